"""``/v1/deliveries``: what is owed to sinks, and another try for what was refused."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.exceptions import HTTPException

from marque.api.auth import requires
from marque.api.parts import Given, Parts
from marque.api.problems import Problem
from marque.services.deliveries import Deliveries
from marque.types import Delivery, DeliveryState, Principal
from marque.wire import WireEvent

router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"])
LAST = 2**63 - 1
Number = Annotated[int, Field(ge=1, le=LAST)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Viewer = Annotated[Principal, requires("deliveries:view")]


class Owed(BaseModel):
    """One event revision owed to one sink. `answer`: what the receiver said last, or why the attempt failed."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    sink: str
    state: DeliveryState
    attempts: int
    created: datetime
    due: datetime
    expires: datetime | None
    answer: str
    event: WireEvent


class DeliveryPage(BaseModel):
    """`next` is the `before` of the following page, null on the last one."""

    deliveries: list[Owed]
    next: int | None


class Again(BaseModel):
    """Dead letters by their ids, or `all` of them (of one `sink`)."""

    model_config = ConfigDict(extra="forbid")

    ids: list[Number] = Field([], max_length=1000)
    all: bool = False
    sink: Name | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Again:
        if bool(self.ids) == self.all or (self.sink is not None and not self.all):
            raise ValueError("name ids, or say all, with a sink or without")
        return self


class Redriven(BaseModel):
    """How many will be tried again; those that were no dead letters are not among them."""

    count: int


@router.get("", summary="List deliveries")
def list_deliveries(
    parts: Given,
    principal: Viewer,
    sink: Annotated[Name | None, Query(description="only of this sink")] = None,
    state: Annotated[DeliveryState | None, Query(description="only in this state")] = None,
    event: Annotated[UUID | None, Query(description="only of this pass, in any revision")] = None,
    before: Annotated[int | None, Query(ge=1, le=LAST, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="deliveries per page")] = 50,
) -> DeliveryPage:
    """Newest first."""
    of = None if event is None else str(event)
    found, following = _deliveries(parts).page(principal, sink, state, before, limit, of)
    return DeliveryPage(deliveries=[Owed.model_validate(one) for one in found], next=following)


@router.get(
    "/{id}",
    summary="Show a delivery",
    responses={404: {"model": Problem, "description": "there is no such delivery"}},
)
def show_delivery(parts: Given, principal: Viewer, id: Annotated[int, Path(ge=1, le=LAST)]) -> Owed:  # noqa: A002
    """One delivery with its event and the receiver's answer."""
    found: Delivery = _deliveries(parts).one(principal, id)
    return Owed.model_validate(found)


@router.post("/redrive", summary="Try dead letters again")
def redrive(
    parts: Given, principal: Annotated[Principal, requires("deliveries:redrive")], again: Annotated[Again, Body()]
) -> Redriven:
    """Dead letters get a fresh start; what has expired stays so."""
    service = _deliveries(parts)
    count = service.redrive_all(principal, again.sink) if again.all else service.redrive(principal, again.ids)
    return Redriven(count=count)


def _deliveries(parts: Parts) -> Deliveries:
    if parts.deliveries is None:
        raise HTTPException(503, "This server delivers nothing.")
    return parts.deliveries
