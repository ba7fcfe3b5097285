"""How events enter the log: numbered, in every table that tells of them, within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection

from marque.ports import NewDelivery
from marque.store import owed, rows
from marque.store.dialects import Dialect
from marque.store.passes import Known, known, there
from marque.store.rows import Accepted
from marque.store.tables import events, passes, pictures, read_candidates, reads, texts
from marque.types import PlateEvent
from marque.wire import to_json

LONGEST = 500
"""characters of a name; an index of PostgreSQL takes no more than some 2,700 bytes"""
NUL = "\\u0000"


@dataclass(frozen=True, slots=True)
class Offered:
    """An event as its sender tells it, its JSON, and what will be owed of it."""

    event: PlateEvent
    body: str
    owes: Sequence[NewDelivery]


def offer(batch: Iterable[tuple[PlateEvent, Sequence[NewDelivery]]]) -> list[Offered]:
    """Everything that can be done before the log is locked. Raises ValueError for what an event may not be."""
    return [Offered(event, _told(event), owes) for event, owes in batch]


def _told(event: PlateEvent) -> str:
    for name in ("id", "camera", "site", "zone"):
        if len(getattr(event, name) or "") > LONGEST:
            raise ValueError(f"{name} is longer than {LONGEST} characters")
    body = to_json(event)
    if NUL in body and NUL in body.replace("\\\\", ""):
        raise ValueError("a text holds the character NUL, which no database keeps")
    return body


def append(connection: Connection, dialect: Dialect, batch: Sequence[Offered]) -> list[int | None]:
    """A cursor for each event, None for a revision that is there already or comes twice in the batch."""
    if not batch:
        return []
    log = known(connection, dialect, {one.event.id for one in batch})
    places = {one.event.id: one.event.first_seen for one in reversed(batch)}
    places |= {name: one.place for name, one in log.items()}
    settled = [_settled(log.get(one.event.id), one) for one in batch]
    fresh = _fresh(connection, log, [one.event for one in settled])
    cursors = iter(dialect.cursors(connection, sum(fresh)))
    numbered = [next(cursors) if new else None for new in fresh]
    accepted = [
        (Accepted(cursor, one.event, one.body, places[one.event.id], one.event.id in log), one.owes)
        for cursor, one in zip(numbered, settled, strict=True)
        if cursor is not None
    ]
    write(connection, dialect, accepted)
    return numbered


def _settled(seen: Known | None, one: Offered) -> Offered:
    """The event as the log keeps it."""
    if seen is None or not seen.corrections:
        return one
    event = seen.settled(one.event)
    return Offered(event, to_json(event), one.owes)


def _fresh(connection: Connection, log: dict[str, Known], settled: Sequence[PlateEvent]) -> list[bool]:
    """Which of these the log does not have. Few are as old as what it has: those are looked for."""
    old = [(one.id, one.revision, log[one.id].place) for one in settled if _may_be_there(log.get(one.id), one)]
    seen = there(connection, old)
    return list(_first(seen, ((one.id, one.revision) for one in settled)))


def _may_be_there(seen: Known | None, event: PlateEvent) -> bool:
    return seen is not None and event.revision <= seen.revision


def _first(seen: set[tuple[str, int]], keys: Iterable[tuple[str, int]]) -> Iterator[bool]:
    for key in keys:
        yield key not in seen
        seen.add(key)


def write(connection: Connection, dialect: Dialect, accepted: Sequence[tuple[Accepted, Sequence[NewDelivery]]]) -> None:
    """Put events that the log takes, and what is owed of them, into its tables."""
    if not accepted:
        return
    told = cache(dialect.told)
    with dialect.few(connection, len(accepted)):
        _write(connection, dialect, [one for one, _ in accepted], told)
        owed.owe(connection, dialect, accepted, told)
    owed.supersede(connection, accepted)


def _write(connection: Connection, dialect: Dialect, taken: Sequence[Accepted], told: rows.Told) -> None:
    newest = _newest(taken)
    new, again = [one for one in newest if not one.known], [one for one in newest if one.known]
    dialect.fill(connection, events, rows.EVENT, [rows.event_row(one, told) for one in taken])
    dialect.fill(connection, passes, rows.PASS, [rows.pass_row(one, told) for one in new])
    dialect.fill(connection, reads, rows.READ, [rows.read_row(one, told) for one in new])
    dialect.renew(connection, passes, rows.PASS, [rows.pass_row(one, told) for one in again], ("revision",))
    dialect.renew(connection, reads, rows.READ, [rows.read_row(one, told) for one in again], rows.READ[2:])
    dialect.add(connection, texts, rows.TEXT, rows.text_rows(one.event for one in taken))
    candidates = {row for one in taken for row in rows.candidate_rows(one, told)}
    dialect.add(connection, read_candidates, rows.CANDIDATE, sorted(candidates))
    dialect.fill(connection, pictures, rows.PICTURE, [row for one in taken for row in rows.picture_rows(one)])


def _newest(accepted: Sequence[Accepted]) -> list[Accepted]:
    """The newest revision of each pass."""
    newest: dict[str, Accepted] = {}
    for one in accepted:
        if one.event.id not in newest or newest[one.event.id].event.revision < one.event.revision:
            newest[one.event.id] = one
    return list(newest.values())
