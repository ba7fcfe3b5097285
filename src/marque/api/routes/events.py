"""``/v1/events``: the log in pages, one pass with all its revisions, and its pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from marque.api import pictures
from marque.api.auth import requires
from marque.api.filters import Cursor, EventFilter, refusal
from marque.api.parts import Given
from marque.api.problems import Problem
from marque.api.shapes import NULL, EventPage, Json, Pass, answer, entry, several, told
from marque.types import Principal

router = APIRouter(prefix="/v1/events", tags=["events"])


@router.get("", summary="List events", response_model=EventPage)
def list_events(
    parts: Given,
    principal: Annotated[Principal, requires("reads:view")],
    query: EventFilter,
    cursor: Annotated[Cursor | None, Query(description="`next_cursor` of the page before")] = None,
    order: Annotated[Literal["newest", "oldest"], Query(description="which come first")] = "newest",
    limit: Annotated[int, Query(ge=1, le=200, description="revisions per page")] = 50,
) -> Response:
    """The log, a page at a time. An entry is one *revision* of one pass; `/v1/reads` gives each pass once.
    To follow the log from a program, take `order=oldest` and go on from the cursor of the last entry you have.
    `match=fuzzy` gives one page, the most alike first."""
    fuzzy = query.plate is not None and query.plate_match == "fuzzy"
    if fuzzy and cursor is not None:
        raise refusal("cursor", "A fuzzy search has one page only")
    newest = order == "newest"
    before, after = (cursor, None) if newest else (None, cursor)
    asked = replace(query, newest_first=newest, limit=limit + 1, before=before, after=after)
    found = parts.archive.reads.events(principal, asked)
    more = len(found) > limit and not fuzzy
    page = found[:limit]
    following = Json(str(page[-1].cursor)) if more else NULL
    return answer(told(events=several(map(entry, page)), next_cursor=following))


@router.get(
    "/{id}",
    summary="Show one pass",
    response_model=Pass,
    responses={404: {"model": Problem, "description": "there is no such event"}},
)
def show_event(
    parts: Given,
    principal: Annotated[Principal, requires("reads:view")],
    id: UUID,  # noqa: A002 - the name in the URL
) -> Response:
    """All revisions of one pass, oldest first."""
    revisions = parts.archive.reads.revisions(principal, str(id))
    return answer(told(id=Json(f'"{id}"'), revisions=several(map(entry, revisions))))


pictures.add(router)
