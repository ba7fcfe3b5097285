"""``/v1/events``: the log in pages, one pass with all its revisions, and its pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from marque.access.scopes import demand
from marque.api.auth import requires
from marque.api.filters import Cursor, EventFilter, refusal
from marque.api.parts import Given
from marque.types import Principal, StoredEvent
from marque.wire import WireEvent

router = APIRouter(prefix="/v1/events", tags=["events"])
FOREVER = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"


class Entry(BaseModel):
    """One revision in the log. ``cursor`` rises with every append."""

    model_config = ConfigDict(from_attributes=True)

    cursor: int
    event: WireEvent


class EventPage(BaseModel):
    """``next_cursor`` is the ``cursor`` of the following page, null on the last one."""

    events: list[Entry]
    next_cursor: int | None


class Pass(BaseModel):
    """One vehicle's pass: its revisions, oldest first."""

    id: UUID
    revisions: list[Entry]


@router.get("", summary="List events")
def list_events(
    parts: Given,
    principal: Annotated[Principal, requires("reads:view")],
    query: EventFilter,
    cursor: Annotated[Cursor | None, Query(description="`next_cursor` of the page before")] = None,
    order: Annotated[Literal["newest", "oldest"], Query(description="which come first")] = "newest",
    limit: Annotated[int, Query(ge=1, le=200, description="revisions per page")] = 50,
) -> EventPage:
    """The log, a page at a time. An entry is one *revision* of one pass: `kind=new` gives each pass once.
    To follow the log from a program, take `order=oldest` and go on from the cursor of the last entry you have.
    `match=fuzzy` gives one page, the most alike first."""
    if query.plate is not None:
        demand(principal, "reads:search")
    query = replace(query, within=principal.within)
    fuzzy = query.plate is not None and query.plate_match == "fuzzy"
    if fuzzy and cursor is not None:
        raise refusal("cursor", "A fuzzy search has one page only")
    newest = order == "newest"
    before, after = (cursor, None) if newest else (None, cursor)
    found = parts.store.events(replace(query, newest_first=newest, limit=limit + 1, before=before, after=after))
    page = found[:limit]
    return EventPage(
        events=[Entry.model_validate(stored) for stored in page],
        next_cursor=page[-1].cursor if len(found) > limit and not fuzzy else None,
    )


@router.get("/{id}", summary="Show one pass", dependencies=[requires("reads:view")])
def show_event(parts: Given, id: UUID) -> Pass:  # noqa: A002 - the name in the URL
    """All revisions of one pass, oldest first."""
    return Pass(id=id, revisions=[Entry.model_validate(stored) for stored in _revisions(parts, id)])


@router.get(
    "/{id}/images/{name}",
    summary="Get a picture",
    dependencies=[requires("pictures:view")],
    response_class=Response,
    responses={
        200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "unchanged"},
    },
)
def show_image(
    parts: Given,
    id: UUID,  # noqa: A002 - the name in the URL
    name: Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,31}$", description="`frame` or `plate`")],
    revision: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="of this revision; else the newest")] = None,
    if_none_match: Annotated[str | None, Header(max_length=1000)] = None,
) -> Response:
    """A picture of a pass as JPEG. With `revision` it never changes and may be cached for good."""
    digest = next(
        (
            stored.event.images[name]
            for stored in reversed(_revisions(parts, id))
            if name in stored.event.images and revision in (None, stored.event.revision)
        ),
        None,
    )
    if digest is None:
        raise HTTPException(404, f"This event has no picture {name!r}.")
    headers = {"ETag": f'"{digest}"', "Cache-Control": ASK_AGAIN if revision is None else FOREVER}
    if if_none_match and (if_none_match.strip() == "*" or f'"{digest}"' in if_none_match):
        return Response(status_code=304, headers=headers)
    return Response(parts.blobs.open(digest), headers=headers, media_type="image/jpeg")


def _revisions(parts: Given, id: UUID) -> list[StoredEvent]:  # noqa: A002 - the name in the URL
    revisions = parts.store.revisions(str(id))
    if not revisions:
        raise HTTPException(404, "There is no such event.")
    return revisions
