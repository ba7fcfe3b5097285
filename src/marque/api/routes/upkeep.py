"""``/v1/storage`` and ``/v1/models``: what is kept, and what reads."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from marque.api.auth import requires
from marque.api.parts import Given, Parts
from marque.services.upkeep import Upkeep
from marque.types import Principal

router = APIRouter(prefix="/v1", tags=["state"])
Looker = Annotated[Principal, requires("state:view")]


class Count(BaseModel):
    """`exact` is false where counting all would take too long."""

    model_config = ConfigDict(from_attributes=True)

    count: int
    exact: bool


class Storage(BaseModel):
    """`bytes`: of the database. `oldest`, `newest`: first seen of the reads. `free`, `room`: bytes left, and in all,
    on the disk of this machine that is written to."""

    model_config = ConfigDict(from_attributes=True)

    database: str
    bytes: int
    reads: Count
    oldest: datetime | None
    newest: datetime | None
    retention_days: float
    pictures: str
    free: int
    room: int


class Network(BaseModel):
    """A network in use. `version` is empty until it was needed; `card`: what it was made from and how well it does, as
    Markdown."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    type: str
    version: str
    device: str
    precision: str
    options: dict[str, Any]
    card: str


class Networks(BaseModel):
    """Detector, recogniser and vehicle finder."""

    models: list[Network]


@router.get("/storage", summary="Show what is kept")
def show_storage(parts: Given, principal: Looker) -> Storage:
    """How much there is, how old, and how much room is left."""
    return Storage.model_validate(_upkeep(parts).kept(principal))


@router.get("/models", summary="Show what reads", dependencies=[requires("state:view")])
def show_models(parts: Given) -> Networks:
    """The networks in use, each with its card."""
    return Networks(models=[Network.model_validate(one) for one in _upkeep(parts).networks()])


def _upkeep(parts: Parts) -> Upkeep:
    if parts.upkeep is None:
        raise HTTPException(503, "This server does not know what it is kept in.")
    return parts.upkeep
