"""What the log knows of a vehicle pass when another revision of it comes: its place, and what people corrected."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, tuple_

from marque.store.dialects import Dialect
from marque.store.tables import corrections, events, passes
from marque.types import Correction, PlateEvent


@dataclass(frozen=True, slots=True)
class Known:
    """A pass in the log. ``revision`` is the newest one, ``corrections`` are those made here, by the revision that each
    became."""

    place: datetime
    revision: int
    corrections: Mapping[int, Correction]

    def number(self, sent: int) -> int:
        """What the log calls a sender's revision: senders do not know of corrections made here, so theirs are counted
        past them. The same one always gets the same number, whenever it comes."""
        for taken in sorted(self.corrections):
            sent += taken <= sent
        return sent

    def settled(self, event: PlateEvent) -> PlateEvent:
        """The sender's event as the log keeps it: under its own number, and with the correction that came before."""
        number = self.number(event.revision)
        before = [one for one in self.corrections if one < number]
        numbered = event if number == event.revision else replace(event, revision=number)
        return corrected(numbered, self.corrections[max(before)]) if before else numbered


def corrected(event: PlateEvent, correction: Correction) -> PlateEvent:
    """The event with the text that a person gave; what the machine read is noted in the correction. A correction that
    came with the event holds when it is the later one."""
    own = event.correction
    if own is not None and own.at >= correction.at:
        return event
    machine = own.machine if own else event.read.text if event.read else correction.machine
    told = replace(correction, machine=machine)
    if event.read is None or event.read.text == told.text:
        return replace(event, correction=told)
    return replace(event, correction=told, read=replace(event.read, text=told.text, display=told.text))


def known(connection: Connection, dialect: Dialect, ids: Collection[str]) -> dict[str, Known]:
    """Those of ``ids`` that the log has, which changes no more until the transaction ends."""
    columns = ("id", "first_seen", "revision", "corrections")
    found: Sequence[Any] = dialect.find(connection, passes, columns, sorted(ids))
    told = _corrections(connection, [name for name, _, _, count in found if count])
    return {name: Known(dialect.time(place), newest, told.get(name, {})) for name, place, newest, _ in found}


def _corrections(connection: Connection, ids: Sequence[str]) -> dict[str, dict[int, Correction]]:
    told: dict[str, dict[int, Correction]] = {one: {} for one in ids}
    if ids:
        for row in connection.execute(select(corrections).where(corrections.c.id.in_(ids))):
            told[row.id][row.revision] = Correction(row.text, row.machine, row.by, row.at, row.reason)
    return told


def there(connection: Connection, sent: Iterable[tuple[str, int, datetime]]) -> set[tuple[str, int]]:
    """Which of these revisions (id, number, place) the log has."""
    keys = list(sent)
    if not keys:
        return set()
    key = tuple_(events.c.id, events.c.revision, events.c.first_seen)
    return {
        (row.id, row.revision)
        for row in connection.execute(select(events.c.id, events.c.revision).where(key.in_(keys)))
    }
