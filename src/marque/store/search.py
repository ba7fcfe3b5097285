"""How revisions are found in the log: its filters as SQL conditions, and the search for plates that look alike."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, case, select

from marque.plates.likeness import skeleton
from marque.queries import EventQuery
from marque.store import dictionary
from marque.store.filters import EVENTS, filters
from marque.store.tables import events

AT_ONCE = 64
"""texts whose events are ranked together"""

__all__ = ["conditions", "look_alikes", "skeleton"]


def conditions(query: EventQuery, database: str) -> list[ColumnElement[bool]]:
    """Every filter of the query but a fuzzy plate; ``database`` is which we speak to."""
    text = dictionary.text_conditions(query, events.c.text, database)
    return [*filters(query, EVENTS), *_cursors(query), *text]


def _cursors(query: EventQuery) -> Iterator[ColumnElement[bool]]:
    if query.after is not None:
        yield events.c.cursor > query.after
    if query.before is not None:
        yield events.c.cursor < query.before


def look_alikes(connection: Connection, query: EventQuery) -> list[int]:
    """Cursors of events whose plate may be a misreading of ``query.plate``, likeliest first, then newest."""
    database = connection.dialect.name
    found: list[int] = []
    known = dictionary.alike(connection, query.plate or "")
    for start in range(0, len(known), AT_ONCE):
        some = known[start : start + AT_ONCE]
        rank = case({one.text: one.far for one in some}, value=events.c.text)
        text = dictionary.one_of(events.c.text, [one.text for one in some], database)
        wanted = (
            select(events.c.cursor).where(text, *conditions(query, database)).order_by(rank, events.c.cursor.desc())
        )
        found += connection.scalars(wanted.limit(query.limit - len(found)))
        if len(found) == query.limit:
            break
    return found
