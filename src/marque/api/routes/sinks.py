"""``/v1/sinks``: where events go, how that is going, and a try."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from marque.api.auth import requires
from marque.api.parts import Given, Parts
from marque.api.problems import Problem
from marque.services.sinks import Sinks
from marque.types import Principal

router = APIRouter(prefix="/v1/sinks", tags=["deliveries"])


class Health(BaseModel):
    """`breaker`: closed while it works. `error`: the last failure since the last success, at `delivered`."""

    model_config = ConfigDict(from_attributes=True)

    breaker: str
    pending: int
    error: str
    delivered: datetime | None


class Sink(BaseModel):
    """One sink of the configuration, with masks for secrets; `health` is null while it is not enabled."""

    name: str
    type: str
    enabled: bool
    settings: dict[str, Any]
    health: Health | None


class SinkList(BaseModel):
    """In the order of the configuration."""

    sinks: list[Sink]


class Tried(BaseModel):
    """What a try gave: whether the sink can be reached, whether it took the event, what the receiver said."""

    model_config = ConfigDict(from_attributes=True)

    reached: bool
    sent: bool | None
    error: str
    hint: str
    answer: str


@router.get("", summary="List sinks")
def list_sinks(parts: Given, principal: Annotated[Principal, requires("sinks:view")]) -> SinkList:
    """Every sink and how it is doing."""
    return SinkList(
        sinks=[
            Sink(
                **{key: one.settings[key] for key in ("name", "type", "enabled")},
                settings=one.settings,
                health=one.health and Health.model_validate(one.health),
            )
            for one in _sinks(parts).all(principal)
        ]
    )


@router.post(
    "/{name}/test",
    summary="Try a sink",
    responses={
        404: {"model": Problem, "description": "there is no such sink"},
        429: {"model": Problem, "description": "others are being tried; see Retry-After"},
    },
)
def try_sink(
    parts: Given,
    principal: Annotated[Principal, requires("sinks:test")],
    name: Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")],
    send: Annotated[bool, Query(description="also hand it a test event, as it hands on every other")] = False,
) -> Tried:
    """Looks whether the sink can be reached. With `send` it also gets an event: quarantined, of the camera `test` and
    the plate `TEST`; mind what the receiver does with it."""
    return Tried.model_validate(_sinks(parts).attempt(principal, name, send))


def _sinks(parts: Parts) -> Sinks:
    if parts.sinks is None:
        raise HTTPException(503, "This server delivers nothing.")
    return parts.sinks
