"""``/v1/stream``: events as they happen, as server-sent events; what a listener missed comes first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import structlog
from anyio import fail_after
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from marque.api.auth import requires
from marque.api.filters import Cursor, EventFilter
from marque.api.listening import SCOPE, Dropped, Still, asked, heard
from marque.api.parts import Given, Listeners, Parts
from marque.api.problems import problem
from marque.queries import EventQuery
from marque.services.live import Batch
from marque.types import EventKind, Principal

router = APIRouter(prefix="/v1/stream", tags=["events"])
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(StreamingResponse):
    """Server-sent events to one of a bounded number of listeners; one that takes nothing for long is left alone."""

    media_type = "text/event-stream"

    def __init__(
        self, content: AsyncIterator[bytes], listeners: Listeners, patience: float, status_code: int = 200
    ) -> None:
        super().__init__(content, status_code, HEADERS)
        self.listeners, self.patience = listeners, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def patiently(message: Message) -> None:
            with fail_after(self.patience):
                await send(message)

        if self.listeners.full:
            await problem(503, "Too many listeners.", headers={"Retry-After": "10"})(scope, receive, send)
            return
        with self.listeners:
            try:
                await super().__call__(scope, receive, patiently)
            except TimeoutError:
                structlog.get_logger().warning("a listener took nothing and was dropped", seconds=self.patience)


CONTENT = {
    "text/event-stream": {
        "schema": {
            "description": "each of them",
            "type": "object",
            "properties": {
                "id": {"type": "string", "description": "cursor of the entry"},
                "event": {"enum": [*map(str, EventKind), "dropped"]},
                "data": {"type": "string", "description": "`marque.event/1`, or the problem, as JSON"},
            },
        }
    }
}


@router.get("", summary="Follow events", response_class=Response, responses={200: {"content": CONTENT}})
def follow(
    request: Request,
    parts: Given,
    principal: Annotated[Principal, requires(SCOPE)],
    query: EventFilter,
    last_event_id: Annotated[Cursor | None, Header(description="cursor of the last entry you have")] = None,
    after: Annotated[Cursor | None, Query(description="the same, for a first connection")] = None,
) -> EventStream:
    """Server-sent events named `new`, `update` and `lost`; the id is the cursor, the data the event. A browser that
    lost the connection sends `Last-Event-ID` by itself and gets what it missed. Without either it starts now. The last
    event of a stream that is ended from here is named `dropped`, its data a problem that says why."""
    wanted = asked(parts, principal, query)
    start = parts.tail.start(last_event_id if last_event_id is not None else after)
    return EventStream(_messages(parts, request, wanted, start), parts.listeners, parts.patience)


async def _messages(parts: Parts, request: Request, query: EventQuery, start: int) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    async for told in heard(parts, request, query, start):
        yield _message(told)


def _message(told: Batch | Still | Dropped) -> bytes:
    """An id without data is kept by the browser and shown to nobody: a filter that lets little through costs no search
    through all it left out."""
    if isinstance(told, Batch):
        return b"".join(entry.message for entry in told.entries)
    if isinstance(told, Still):
        return f": still here\nid: {told.cursor}\n\n".encode()
    return f"event: dropped\ndata: {told.problem.model_dump_json()}\n\n".encode()
