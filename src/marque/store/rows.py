"""What the log writes of an event: rows for each table, as tuples in the order of the columns named beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from marque.store.search import skeleton
from marque.types import PlateEvent

LIKELY = 0.05
"""least confidence of a candidate that a pass is found by; below it are guesses that a likeness search finds anyway"""
FEW = 4
"""candidates of a read that are looked at, best first; the first of them is the read itself"""

Row = tuple[object, ...]
Told = Callable[[datetime], str]
"""a time as the database takes it"""

Columns = tuple[str, ...]

EVENT: Columns = ("cursor", "id", "revision", "camera", "site", "zone", "time", "first_seen", "kind", "class")
EVENT += ("region", "confidence", "text", "body")
PASS: Columns = ("id", "first_seen", "revision", "corrections")
READ: Columns = ("id", "first_seen", "last_seen", "cursor", "revision", "kind", "camera", "site", "zone", "direction")
READ += ("region", "confidence", "class", "text", "vehicle_type", "vehicle_color", "vehicle_make", "vehicle_model")
READ += ("corrected", "parked")
CANDIDATE = ("id", "text", "first_seen")
PICTURE = ("cursor", "digest")
TEXT = ("text", "skeleton", "reversed")


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event that the log takes: where it is in the log, its JSON, and its pass's place (see
    :mod:`marque.store.tables`). ``known``: whether the log has had the pass before."""

    cursor: int
    event: PlateEvent
    body: str
    place: datetime
    known: bool


def text_of(event: PlateEvent) -> str | None:
    """The text that the pass is found by."""
    if event.correction is not None:
        return event.correction.text
    return event.read.text if event.read else None


def event_row(one: Accepted, told: Told) -> Row:
    event, read = one.event, one.event.read
    return (
        one.cursor,
        event.id,
        event.revision,
        event.camera,
        event.site,
        event.zone,
        told(event.time),
        told(one.place),
        event.kind.value,
        event.event_class.value,
        read.region.code if read and read.region else None,
        read.confidence if read else None,
        text_of(event),
        one.body,
    )


def pass_row(one: Accepted, told: Told) -> Row:
    return (one.event.id, told(one.place), one.event.revision, 0)


def read_row(one: Accepted, told: Told) -> Row:
    event, read = one.event, one.event.read
    return (
        event.id,
        told(one.place),
        told(event.last_seen),
        one.cursor,
        event.revision,
        event.kind.value,
        event.camera,
        event.site,
        event.zone,
        event.direction.value,
        read.region.code if read and read.region else None,
        read.confidence if read else None,
        event.event_class.value,
        text_of(event),
        *_vehicle(event),
        event.correction is not None,
        event.parked,
    )


def _vehicle(event: PlateEvent) -> tuple[str | None, ...]:
    if event.vehicle is None:
        return (None, None, None, None)
    seen = event.vehicle
    return tuple(one.value if one else None for one in (seen.type, seen.color, seen.make, seen.model))


def candidate_rows(one: Accepted, told: Told) -> Iterator[Row]:
    for text in possible(one.event):
        yield (one.event.id, text, told(one.place))


def possible(event: PlateEvent) -> set[str]:
    """Other texts by which the pass is to be found."""
    texts = {event.correction.machine} if event.correction else set()
    if event.read:
        texts |= {one.text for one in event.read.candidates[:FEW] if one.confidence >= LIKELY}
    return texts - {text_of(event)}


def picture_rows(one: Accepted) -> Iterator[Row]:
    for digest in set(one.event.images.values()):
        yield (one.cursor, digest)


def text_rows(events: Iterable[PlateEvent]) -> list[Row]:
    """The dictionary's rows of every text by which these are found, in an order that is always the same."""
    words = {text for event in events for text in (text_of(event), *possible(event)) if text is not None}
    folded = [(word, skeleton(word)) for word in sorted(words)]
    return [(word, bare, bare[::-1]) for word, bare in folded]
