"""``/v1/reads/export`` and ``/v1/events/export``: any query as a file, sent while it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Literal

from anyio import CancelScope, to_thread
from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from marque.api.auth import requires
from marque.api.filters import EventFilter, ReadFilter
from marque.api.parts import Given, Parts
from marque.api.problems import Problem
from marque.errors import Overloaded
from marque.services.exports import Export, Format
from marque.types import Principal

router = APIRouter(prefix="/v1", tags=["export"])
MOST = 100_000_000
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the file",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": "id,revision,kind,...\r\n"},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    429: {"model": Problem, "description": "as many files are being made as may be"},
    501: {"model": Problem, "description": "Parquet needs a package that this server does not have"},
}
Form = Annotated[Format, Query(alias="format", description="CSV for people, JSON Lines whole, Parquet for tools")]
Order = Annotated[Literal["newest", "oldest"], Query(description="which come first")]
Most = Annotated[int | None, Query(ge=1, le=MOST, description="at most so many; all if left out")]


class File(StreamingResponse):
    """Sent chunk by chunk. However that ends, the export is closed, so that the audit trail says how far it came."""

    def __init__(self, export: Export, done: Callable[[], None]) -> None:
        self._export, self._done = export, done
        headers = {
            "Content-Disposition": f'attachment; filename="{export.name}"',
            "Content-Type": export.media_type,
            "Cache-Control": "no-store",
        }
        super().__init__(export.chunks, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await to_thread.run_sync(self._close)

    def _close(self) -> None:
        try:
            self._export.close()
        finally:
            self._done()


@router.get("/reads/export", summary="Export reads", response_class=Response, responses=FILE)
def export_reads(
    parts: Given,
    principal: Annotated[Principal, requires("reads:export")],
    query: ReadFilter,
    form: Form = Format.CSV,
    order: Order = "newest",
    limit: Most = None,
) -> File:
    """Each pass once, in its newest revision, with the filters of `/v1/reads`. CSV is safe to open in a spreadsheet:
    a text that would be a formula starts with an apostrophe. JSON Lines are `marque.event/1`. A file that could not be
    made to its end breaks off, and so does the connection."""
    asked = replace(query, newest_first=order == "newest")
    return _sent(parts, lambda: parts.archive.exports.reads(principal, asked, form, limit))


@router.get("/events/export", summary="Export events", response_class=Response, responses=FILE)
def export_events(
    parts: Given,
    principal: Annotated[Principal, requires("reads:export")],
    query: EventFilter,
    form: Form = Format.CSV,
    order: Order = "newest",
    limit: Most = None,
) -> File:
    """Every revision, with the filters of `/v1/events`; as `/v1/reads/export`."""
    asked = replace(query, newest_first=order == "newest")
    return _sent(parts, lambda: parts.archive.exports.events(principal, asked, form, limit))


def _sent(parts: Parts, make: Callable[[], Export]) -> File:
    if not parts.exporting.acquire(blocking=False):
        raise Overloaded("others export just now", hint="Try again.", retry_after=10)
    try:
        return File(make(), parts.exporting.release)
    except BaseException:
        parts.exporting.release()
        raise
