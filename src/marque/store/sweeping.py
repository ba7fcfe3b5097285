"""How events leave the log, with everything that tells of them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, select

from marque.store.tables import corrections, deliveries, events, passes, pictures, read_candidates, reads, texts


def some(connection: Connection, which: ColumnElement[bool], limit: int) -> int:
    """Delete so many of these events at most; how many. Nobody may append meanwhile."""
    found = connection.execute(select(events.c.cursor, events.c.id, events.c.text).where(which).limit(limit)).all()
    cursors, ids = [row.cursor for row in found], {row.id for row in found}
    connection.execute(delete(events).where(events.c.cursor.in_(cursors)))
    connection.execute(delete(reads).where(reads.c.cursor.in_(cursors), reads.c.id.in_(ids)))
    forget(connection, cursors, ids, {row.text for row in found})
    return len(found)


def forget(connection: Connection, cursors: Collection[int], ids: Collection[str], words: set[str | None]) -> None:
    """Delete what else told of events that are gone: what was owed, their pictures, the passes of which no event is
    left, and those of the words that nothing else uses."""
    for table in (deliveries, pictures):
        connection.execute(delete(table).where(table.c.cursor.in_(cursors)))
    left = exists().where(events.c.id == passes.c.id, events.c.first_seen == passes.c.first_seen)
    gone = connection.scalars(select(passes.c.id).where(and_(passes.c.id.in_(ids), ~left))).all()
    candidates = delete(read_candidates).where(read_candidates.c.id.in_(gone)).returning(read_candidates.c.text)
    words |= set(connection.scalars(candidates))
    for table in (corrections, passes):
        connection.execute(delete(table).where(table.c.id.in_(gone)))
    _forget_words(connection, {word for word in words if word is not None})


def _forget_words(connection: Connection, words: Collection[str]) -> None:
    of_event = exists().where(events.c.text == texts.c.text)
    of_candidate = exists().where(read_candidates.c.text == texts.c.text)
    connection.execute(delete(texts).where(texts.c.text.in_(words), ~of_event, ~of_candidate))
