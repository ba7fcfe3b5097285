"""``/v1/reads``: each vehicle's pass once, in its newest revision; found, shown with its history, and corrected."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from marque.api import pictures, problems
from marque.api.auth import requires
from marque.api.filters import PLATE_MAX, Name, ReadFilter
from marque.api.parts import Given
from marque.api.shapes import (
    ASK_AGAIN,
    NULL,
    Count,
    Json,
    OneRead,
    Read,
    ReadPage,
    answer,
    entry,
    is_known,
    read,
    several,
    told,
    version_of,
)
from marque.queries import FoundRead
from marque.types import Principal, StoredEvent

router = APIRouter(prefix="/v1/reads", tags=["reads"])
NOT_THERE: dict[int | str, dict[str, Any]] = {404: {"model": problems.Problem, "description": "there is no such read"}}
IfMatch = Annotated[str | None, Header(max_length=1000, description="the `ETag` of what you saw: refuse if it changed")]


class NewText(BaseModel):
    """What the plate says."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[Name, Field(max_length=PLATE_MAX, description="as people write it; it is normalized")]
    reason: Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$", description="for those who ask later")] = ""


@router.get("", summary="Find reads", response_model=ReadPage)
def list_reads(
    parts: Given,
    principal: Annotated[Principal, requires("reads:view")],
    query: ReadFilter,
    page: Annotated[
        str | None,
        Query(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$", description="`next` of the page before"),
    ] = None,
    order: Annotated[Literal["newest", "oldest"], Query(description="which come first; not for fuzzy")] = "newest",
    limit: Annotated[int, Query(ge=1, le=200, description="reads per page")] = 50,
    count: Annotated[bool, Query(description="also say how many there are on all pages")] = False,
) -> Response:
    """Each pass once, in its newest revision. `match` says how `plate` is compared: `exact`; `prefix`; `wildcard` (`?`
    is one character, `*` any number); `regex`, over the whole text; `fuzzy`, which finds what the recogniser may have
    taken it for, most likely first, with a `likeness` that says why."""
    asked = replace(query, page=page, newest_first=order == "newest", limit=limit)
    found = parts.archive.reads.page(principal, asked)
    tally = parts.archive.reads.tally(principal, asked) if count else None
    counted = NULL if tally is None else Json(Count.model_validate(tally).model_dump_json())
    return answer(told(reads=several(map(read, found.reads)), next=Json(json.dumps(found.next)), count=counted))


@router.get(
    "/{id}", summary="Show one read", response_model=OneRead, responses=NOT_THERE | {304: {"description": "unchanged"}}
)
def show_read(
    parts: Given,
    principal: Annotated[Principal, requires("reads:view")],
    id: UUID,  # noqa: A002 - the name in the URL
    if_none_match: Annotated[str | None, Header(max_length=1000)] = None,
) -> Response:
    """One pass with every revision, oldest first."""
    newest = parts.archive.reads.one(principal, str(id))
    headers = _headers(newest)
    if is_known(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    revisions = parts.archive.reads.revisions(principal, str(id))
    return answer(read(FoundRead(newest), revisions=several(map(entry, revisions))), headers)


@router.patch(
    "/{id}",
    summary="Correct a read",
    response_model=Read,
    responses=NOT_THERE
    | {
        409: {"model": problems.Problem, "description": "others change this read just now"},
        412: {"model": problems.Problem, "description": "the read has changed since"},
    },
)
def correct_read(
    parts: Given,
    principal: Annotated[Principal, requires("reads:correct")],
    id: UUID,  # noqa: A002 - the name in the URL
    new: NewText,
    if_match: IfMatch = None,
) -> Response:
    """Say what the plate is. `plate.raw` and the machine's text stay; `correction` tells who corrected it, when and
    why, and an `update` goes to everybody who follows. Correcting it back to the machine's text is a correction too."""

    def check(stored: StoredEvent) -> None:
        if if_match is not None and not is_known(if_match, version_of(stored)):
            raise HTTPException(412, "The read has changed since you saw it; look at it again.")

    corrected = parts.corrections.correct(principal, str(id), new.text, new.reason, check)
    return answer(read(FoundRead(corrected)), _headers(corrected))


def _headers(stored: StoredEvent) -> dict[str, str]:
    return {"ETag": version_of(stored), "Cache-Control": ASK_AGAIN}


pictures.add(router)
