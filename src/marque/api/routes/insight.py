"""``/v1/cameras/{id}/...``: what a camera saw and did not tell, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict
from starlette.exceptions import HTTPException

from marque.api.auth import requires
from marque.api.parts import Given, Parts
from marque.api.problems import Problem
from marque.capture.judge import Why
from marque.capture.rejections import Rejection
from marque.services.insight import Insight
from marque.types import Box, Principal

router = APIRouter(prefix="/v1/cameras/{id}", tags=["cameras"])
NOW = {"Cache-Control": "no-store"}
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
GONE: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "there is no such thing"}}
JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}


def _corners(value: Any) -> Any:
    return value.as_list() if isinstance(value, Box) else value


class Shape(BaseModel):
    """Read off our dataclasses."""

    model_config = ConfigDict(from_attributes=True)


class RejectionReason(Shape):
    """`why` is one of a few names, which stay; `sentence` is for people."""

    why: Why
    sentence: str


class Refusal(Shape):
    """A plate that was not told, or told in quarantine. `time` and `last`: first and last seen; `times`: how often it
    was refused. `width`: pixels at the widest; `score`: how sure the detector was. `open`: it is still there and may
    yet be told. `event`: id of the read that tells of it all the same. `picture`: whether there is one, under
    `/image`."""

    number: int
    time: datetime
    last: datetime
    times: int
    reason: RejectionReason
    text: str
    confidence: float | None
    readings: int
    width: float | None
    score: float | None
    box: Annotated[tuple[float, float, float, float] | None, BeforeValidator(_corners)]
    open: bool
    event: str | None
    picture: Annotated[bool, BeforeValidator(bool)]


class RefusalList(BaseModel):
    """The last one seen first."""

    rejections: list[Refusal]


@router.get("/rejections", summary="Show what was rejected", responses=GONE)
def list_rejections(
    parts: Given,
    principal: Annotated[Principal, requires("reads:view")],
    id: Id,  # noqa: A002 - the name in the URL
) -> RefusalList:
    """The last plates that the camera saw and did not tell, or not yet, or not as to be trusted, each with the reason.
    Kept in memory only, 50 at most."""
    return RefusalList(rejections=[_refusal(one) for one in _insight(parts).rejected.all(principal, id)])


@router.get(
    "/rejections/{number}/image", summary="Look at what was rejected", response_class=Response, responses=JPEG | GONE
)
def rejection_image(
    parts: Given,
    principal: Annotated[Principal, requires("pictures:view")],
    id: Id,  # noqa: A002 - the name in the URL
    number: Annotated[int, Path(ge=1, le=2**53)],
) -> Response:
    """A small picture of the plate, as JPEG."""
    return Response(_insight(parts).rejected.picture(principal, id, number), media_type="image/jpeg", headers=NOW)


def _refusal(one: Rejection) -> Refusal:
    return Refusal.model_validate(one)


def _insight(parts: Parts) -> Insight:
    if parts.insight is None:
        raise HTTPException(503, "This server has no cameras.")
    return parts.insight
