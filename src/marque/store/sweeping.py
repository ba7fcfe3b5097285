"""How events leave the log, with everything that tells of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, select

from marque.store.tables import corrections, deliveries, events, passes, pictures, read_candidates, reads


def some(connection: Connection, which: ColumnElement[bool], limit: int) -> int:
    """Delete so many of these events at most; how many."""
    found = connection.execute(select(events.c.cursor, events.c.id).where(which).limit(limit)).all()
    cursors = [row.cursor for row in found]
    for table in (deliveries, pictures, events):
        connection.execute(delete(table).where(table.c.cursor.in_(cursors)))
    connection.execute(delete(reads).where(reads.c.cursor.in_(cursors), reads.c.id.in_({row.id for row in found})))
    _forget_passes(connection, sorted({row.id for row in found}))
    return len(found)


def _forget_passes(connection: Connection, ids: Sequence[str]) -> None:
    """Those of which no event is left."""
    left = exists().where(events.c.id == passes.c.id, events.c.first_seen == passes.c.first_seen)
    gone = connection.scalars(select(passes.c.id).where(and_(passes.c.id.in_(ids), ~left))).all()
    for table in (read_candidates, corrections, passes):
        connection.execute(delete(table).where(table.c.id.in_(gone)))
