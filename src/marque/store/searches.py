"""Searches that somebody keeps under a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Table, Text, UniqueConstraint, delete, func, select

from marque.store.database import Database
from marque.store.tables import Serial, Sorted, Utc, metadata
from marque.types import Principal

saved_searches = Table(
    "saved_searches",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    # a user and an API key of one name are two
    Column("kind", Text, nullable=False),
    Column("principal", Sorted, nullable=False),
    Column("name", Sorted, nullable=False),
    Column("phrase", Text, nullable=False),
    Column("created", Utc, nullable=False),
    UniqueConstraint("kind", "principal", "name", name="saved_searches_name"),
    sqlite_autoincrement=True,
)
_s = saved_searches.c


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A phrase, and what somebody calls it."""

    id: int
    name: str
    phrase: str
    created: datetime


class SearchRows:
    """Safe to use from any number of threads. Everybody has their own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, who: Principal) -> list[SavedSearch]:
        """By name."""
        wanted = select(saved_searches).where(_of(who)).order_by(_s.name)
        with self._database.read() as connection:
            return [_search(row) for row in connection.execute(wanted)]

    def put(self, who: Principal, name: str, phrase: str, now: datetime, most: int) -> SavedSearch | None:
        """Keep a phrase under a name, in place of what was kept there; None where ``most`` others are kept already."""
        with self._database.write() as connection:
            others = select(func.count()).select_from(saved_searches).where(_of(who), _s.name != name)
            if (connection.scalar(others) or 0) >= most:
                return None
            connection.execute(delete(saved_searches).where(_of(who), _s.name == name))
            values = {"kind": who.kind, "principal": who.name, "name": name, "phrase": phrase, "created": now}
            row = connection.execute(saved_searches.insert().values(values).returning(*_s)).one()
            return _search(row)

    def remove(self, who: Principal, number: int) -> bool:
        """False where they keep no such search."""
        with self._database.write() as connection:
            return connection.execute(delete(saved_searches).where(_of(who), _s.id == number)).rowcount > 0


def _of(who: Principal) -> ColumnElement[bool]:
    return (_s.kind == who.kind) & (_s.principal == who.name)


def _search(row: Row[Any]) -> SavedSearch:
    return SavedSearch(row.id, row.name, row.phrase, row.created)
