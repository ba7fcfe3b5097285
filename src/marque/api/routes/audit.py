"""``/v1/audit``: who did what, from where, when, and how much it showed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

from marque.api.auth import requires
from marque.api.desk import At, refusals
from marque.api.filters import utc
from marque.store.audit import AuditQuery, AuditTable
from marque.types import AuditEntry

router = APIRouter(prefix="/v1/audit", tags=["access"], responses=refusals(422))
Word = Annotated[str | None, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
COLUMNS = ("id", "at", "principal", "kind", "address", "action", "target", "results", "detail")
ROWS = 500
"""rows that an export fetches at a time"""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""what makes a cell a formula to a spreadsheet"""


class Entry(BaseModel):
    """One act. ``results``: how many things the answer showed."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: AwareDatetime
    principal: str
    kind: str
    address: str
    action: str
    target: str
    detail: dict[str, Any]
    results: int | None


class AuditPage(BaseModel):
    """Newest first. ``next_cursor`` is the ``cursor`` of the following page, null on the last one."""

    entries: list[Entry]
    next_cursor: int | None


class Csv(StreamingResponse):
    """Comma-separated values."""

    media_type = "text/csv; charset=utf-8"


async def query(
    since: Annotated[AwareDatetime | None, Query(description="not before this time")] = None,
    until: Annotated[AwareDatetime | None, Query(description="before this time")] = None,
    principal: Annotated[Word, Query(description="who: a user's or a key's name")] = None,
    action: Annotated[Word, Query(description="what: `signed in`, `plate searched`, `picture viewed` ...")] = None,
    target: Annotated[Word, Query(description="to what: a plate, the id of a read, a user")] = None,
    address: Annotated[Word, Query(description="from where")] = None,
    cursor: Annotated[int | None, Query(ge=0, le=2**63 - 1, description="`next_cursor` of the page before")] = None,
) -> AuditQuery:
    """The filters of the trail."""
    return AuditQuery(
        since=utc("since", since),
        until=utc("until", until),
        principal=principal,
        action=action,
        target=target,
        address=address,
        before=cursor,
    )


@router.get(
    "",
    summary="List who did what",
    dependencies=[requires("audit:view")],
    response_model=AuditPage,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def list_entries(
    desk: At,
    wanted: Annotated[AuditQuery, Depends(query)],
    limit: Annotated[int, Query(ge=1, le=500, description="entries per page")] = 50,
    format: Annotated[Literal["json", "csv"], Query(description="csv: all of them, in one file")] = "json",  # noqa: A002
) -> Any:
    """The audit trail, newest first. Nothing in it can be changed; it is forgotten after `access.audit_days`."""
    if format == "csv":
        headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
        return Csv(lines(desk.trail, wanted), headers=headers)
    found = desk.trail.page(replace(wanted, limit=limit + 1))
    page = found[:limit]
    return AuditPage(
        entries=[Entry.model_validate(entry) for entry in page],
        next_cursor=page[-1].id if len(found) > limit else None,
    )


def lines(trail: AuditTable, wanted: AuditQuery) -> Iterator[str]:
    """Every entry as a line, a header first."""
    yield _line(COLUMNS)
    while found := trail.page(replace(wanted, limit=ROWS)):
        for entry in found:
            yield _line(_cells(entry))
        wanted = replace(wanted, before=found[-1].id)


def _cells(entry: AuditEntry) -> Iterator[object]:
    for name in COLUMNS:
        value = getattr(entry, name)
        if isinstance(value, datetime):
            yield value.isoformat()
        elif isinstance(value, str):
            yield f"'{value}" if value.startswith(FORMULA) else value
        else:
            yield json.dumps(value, ensure_ascii=False) if name == "detail" else value


def _line(cells: Any) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
