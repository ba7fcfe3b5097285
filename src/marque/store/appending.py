"""How events enter the log: numbered, in every table that tells of them, within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from marque.ports import NewDelivery
from marque.store import owed, rows
from marque.store.dialects import Dialect
from marque.store.passes import Known, known, there
from marque.store.rows import Accepted
from marque.store.tables import events, passes, pictures, read_candidates, reads, texts
from marque.types import PlateEvent

Offered = tuple[PlateEvent, Sequence[NewDelivery]]


def append(connection: Connection, dialect: Dialect, batch: Sequence[Offered]) -> list[int | None]:
    """A cursor for each event, None for a revision that is there already or comes twice in the batch."""
    if not batch:
        return []
    dialect.lock_log(connection)
    log = known(connection, {event.id for event, _ in batch})
    settled = list(_settled(log, [event for event, _ in batch]))
    fresh = _fresh(connection, log, settled)
    cursors = iter(dialect.cursors(connection, sum(fresh)))
    numbered = [next(cursors) if new else None for new in fresh]
    accepted = [
        (Accepted(cursor, event, log[event.id].place), owes)
        for cursor, event, (_, owes) in zip(numbered, settled, batch, strict=True)
        if cursor is not None
    ]
    _write(connection, dialect, [one for one, _ in accepted])
    owed.owe(connection, [(one.cursor, one.event, owes) for one, owes in accepted])
    return numbered


def _settled(log: dict[str, Known], sent: Iterable[PlateEvent]) -> Iterator[PlateEvent]:
    """Each event as the log keeps it. A pass that is new has its place from now on."""
    for event in sent:
        yield log.setdefault(event.id, Known(event.first_seen, {})).settled(event)


def _fresh(connection: Connection, log: dict[str, Known], settled: Sequence[PlateEvent]) -> list[bool]:
    seen = there(connection, [(event.id, event.revision, log[event.id].place) for event in settled])
    fresh = []
    for event in settled:
        fresh.append((event.id, event.revision) not in seen)
        seen.add((event.id, event.revision))
    return fresh


def _write(connection: Connection, dialect: Dialect, accepted: Sequence[Accepted]) -> None:
    if not accepted:
        return
    newest: dict[str, Accepted] = {}
    for one in accepted:
        if one.event.id not in newest or newest[one.event.id].event.revision < one.event.revision:
            newest[one.event.id] = one
    connection.execute(events.insert(), [rows.event_row(one) for one in accepted])
    places = [{"id": one.event.id, "first_seen": one.place, "corrections": 0} for one in newest.values()]
    connection.execute(dialect.insert(passes).on_conflict_do_nothing(), places)
    connection.execute(_newer(dialect), [rows.read_row(one) for one in newest.values()])
    for table, some in (
        (texts, rows.text_rows(one.event for one in accepted)),
        (read_candidates, [row for one in accepted for row in rows.candidate_rows(one)]),
        (pictures, [row for one in accepted for row in rows.picture_rows(one)]),
    ):
        if some:
            connection.execute(dialect.insert(table).on_conflict_do_nothing(), some)


def _newer(dialect: Dialect) -> Any:
    """A read's row, unless the log has a newer revision of it."""
    insert = dialect.insert(reads)
    values = {column.key: insert.excluded[column.key] for column in reads.c if not column.primary_key}
    return insert.on_conflict_do_update(
        index_elements=[reads.c.id, reads.c.first_seen],
        set_=values,
        where=reads.c.revision < insert.excluded.revision,
    )
