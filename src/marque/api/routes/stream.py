"""``/v1/stream``: events as they happen, as server-sent events; what a listener missed comes first."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated

import structlog
from anyio import sleep, to_thread
from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from marque.access.scopes import demand
from marque.api.auth import requires
from marque.api.filters import Cursor, EventFilter, refusal
from marque.api.parts import Given, Parts
from marque.errors import StoreError
from marque.queries import EventQuery
from marque.types import Principal, StoredEvent
from marque.wire import to_wire

router = APIRouter(prefix="/v1/stream", tags=["events"])
PAGE = 100
GLANCE = 0.1
"""seconds between looks at the bell: a listener costs no thread"""
LOOKS = 10
"""looks at the bell before the log is asked anyway: another process may write to it"""
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(StreamingResponse):
    """Server-sent events."""

    media_type = "text/event-stream"


@router.get("", summary="Follow events", response_class=EventStream)
async def follow(
    parts: Given,
    principal: Annotated[Principal, requires("events:stream")],
    query: EventFilter,
    last_event_id: Annotated[Cursor | None, Header(description="cursor of the last entry you have")] = None,
    after: Annotated[Cursor | None, Query(description="the same, for a first connection")] = None,
) -> EventStream:
    """Server-sent events named `new`, `update` and `lost`; the id is the cursor, the data the event. A browser that
    lost the connection sends `Last-Event-ID` by itself and gets what it missed. Without either it starts now."""
    if query.plate is not None:
        demand(principal, "reads:search")
    query = replace(query, within=principal.within)
    if query.plate is not None and query.plate_match == "fuzzy":
        raise refusal("match", "A stream is in the order of the log; take exact or prefix")
    if parts.listeners.full:
        raise HTTPException(503, "Too many listeners.", {"Retry-After": "10"})
    last = await to_thread.run_sync(parts.store.last_cursor)
    known = last_event_id if last_event_id is not None else after
    start = last if known is None else min(known, last)
    return EventStream(_messages(parts, replace(query, newest_first=False, limit=PAGE), start), headers=HEADERS)


async def _messages(parts: Parts, query: EventQuery, cursor: int) -> AsyncIterator[str]:
    with parts.listeners:
        yield "retry: 2000\n\n"
        spoke = parts.clock.monotonic()
        while not parts.closing.is_set():
            try:
                cursor, found = await to_thread.run_sync(_after, parts, query, cursor)
            except StoreError as error:  # the listener comes back by itself, and is told 503 until the log answers
                structlog.get_logger().error("a stream ends: the log does not answer", error=str(error))
                return
            for stored in found:
                yield message(stored)
            if found or parts.clock.monotonic() - spoke >= parts.heartbeat:
                spoke = parts.clock.monotonic()
                yield ": still here\n\n"
            if len(found) < PAGE:
                await _ring(parts, cursor)


async def _ring(parts: Parts, cursor: int) -> None:
    """Until the bell rings for something after the cursor, the server closes, or it is time to look anyway."""
    for _ in range(LOOKS):
        if parts.bell.wait(cursor, 0) or parts.closing.is_set():
            return
        await sleep(GLANCE)


def _after(parts: Parts, query: EventQuery, cursor: int) -> tuple[int, list[StoredEvent]]:
    """The cursor to go on from, past what the filter leaves out, and the entries up to there."""
    last = parts.store.last_cursor()
    found = parts.store.events(replace(query, after=cursor))
    reached = found[-1].cursor if found else cursor
    return (reached if len(found) == PAGE else max(reached, last)), found


def message(stored: StoredEvent) -> str:
    """One entry as a server-sent event; JSON has no line breaks of its own."""
    data = json.dumps(to_wire(stored.event), ensure_ascii=False, separators=(",", ":"))
    return f"id: {stored.cursor}\nevent: {stored.event.kind}\ndata: {data}\n\n"
