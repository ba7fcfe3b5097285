"""The audit trail as rows. They are added and, at the end of their retention, deleted; nothing here changes one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, Integer, Row, Table, Text, delete, select

from marque.store.database import Database
from marque.store.tables import Body, Serial, Sorted, Utc, metadata
from marque.store.together import Together
from marque.types import AuditEntry

CHUNK = 1000
"""rows per transaction of a sweep"""

audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("at", Utc, nullable=False),
    Column("principal", Sorted, nullable=False),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("action", Sorted, nullable=False),
    Column("target", Sorted, nullable=False),
    Column("detail", Body, nullable=False),
    Column("results", Integer),
    Index("audit_at", "at"),
    Index("audit_principal", "principal", "id"),
    Index("audit_action", "action", "id"),
    Index("audit_target", "target", "id"),
    # an id is never given twice, so that a gap shows
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """Filters; None lets all through. ``since`` <= at < ``until``. ``before``: only ids below this one."""

    since: datetime | None = None
    until: datetime | None = None
    principal: str | None = None
    action: str | None = None
    target: str | None = None
    address: str | None = None
    before: int | None = None
    limit: int = 50


class AuditTable:
    """See :class:`marque.access.audit.AuditRows`."""

    def __init__(self, database: Database) -> None:
        self._database, self._together = database, Together(self._insert)

    def add(self, entry: AuditEntry) -> None:
        row = {
            "at": entry.at,
            "principal": entry.principal,
            "kind": entry.kind,
            "address": entry.address,
            "action": entry.action,
            "target": entry.target,
            "detail": dict(entry.detail),
            "results": entry.results,
        }
        self._together.write(row)

    def _insert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        with self._database.write() as connection:
            connection.execute(audit.insert(), rows)

    def page(self, query: AuditQuery) -> list[AuditEntry]:
        """Newest first."""
        wanted = select(audit).where(*_conditions(query)).order_by(audit.c.id.desc()).limit(query.limit)
        with self._database.read() as connection:
            return [_entry(row) for row in connection.execute(wanted)]

    def sweep(self, before: datetime) -> int:
        """Forget rows older than ``before``; how many."""
        old = select(audit.c.id).where(audit.c.at < before).limit(CHUNK)
        total = 0
        while True:
            with self._database.write() as connection:
                ids = connection.scalars(old).all()
                connection.execute(delete(audit).where(audit.c.id.in_(ids)))
            total += len(ids)
            if len(ids) < CHUNK:
                return total


def _conditions(query: AuditQuery) -> Iterator[ColumnElement[bool]]:
    for name in ("principal", "action", "target", "address"):
        if (value := getattr(query, name)) is not None:
            yield audit.c[name] == value
    if query.since is not None:
        yield audit.c.at >= query.since
    if query.until is not None:
        yield audit.c.at < query.until
    if query.before is not None:
        yield audit.c.id < query.before


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        principal=row.principal,
        kind=row.kind,
        address=row.address,
        action=row.action,
        target=row.target,
        detail=row.detail,
        results=row.results,
    )
