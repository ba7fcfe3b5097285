"""``/v1/searches``: phrases that whoever asks keeps under a name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from marque.api.auth import requires
from marque.api.desk import Bounded
from marque.api.filters import Name
from marque.api.parts import Given, Parts
from marque.api.problems import Problem
from marque.services.searches import Searches
from marque.types import Principal

router = APIRouter(prefix="/v1/searches", tags=["reads"], route_class=Bounded)
Viewer = Annotated[Principal, requires("reads:view")]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]+$", examples=["black van gate yesterday"])]


class Saved(BaseModel):
    """A phrase for ``/v1/search/phrase``, and what somebody calls it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    phrase: str
    created: datetime


class SavedList(BaseModel):
    """By name."""

    searches: list[Saved]


class NewSearch(BaseModel):
    """What to keep, and under which name."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Name, Field(examples=["night shift"])]
    phrase: Text


@router.get("", summary="List saved searches")
def list_searches(parts: Given, principal: Viewer) -> SavedList:
    """One's own; nobody sees another's."""
    return SavedList(searches=[Saved.model_validate(one) for one in _searches(parts).all(principal)])


@router.post(
    "",
    summary="Save a search",
    status_code=201,
    responses={409: {"model": Problem, "description": "as many are kept as may be"}},
)
def save_search(parts: Given, principal: Viewer, given: NewSearch) -> Saved:
    """Keep a phrase under a name, in place of what was kept there."""
    return Saved.model_validate(_searches(parts).save(principal, given.name, given.phrase))


@router.delete(
    "/{id}",
    summary="Remove a saved search",
    status_code=204,
    responses={404: {"model": Problem, "description": "there is no such search"}},
)
def remove_search(parts: Given, principal: Viewer, id: Number) -> None:  # noqa: A002 - the name in the URL
    """It is forgotten."""
    _searches(parts).remove(principal, id)


def _searches(parts: Parts) -> Searches:
    if parts.searches is None:
        raise HTTPException(503, "This server keeps no searches.")
    return parts.searches
