"""What the log writes of an event: a row for each table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marque.store.search import skeleton
from marque.types import PlateEvent
from marque.wire import to_wire

LIKELY = 0.05
"""least confidence of a candidate that a pass is found by; below it are guesses that a likeness search finds anyway"""
FEW = 4
"""candidates of a read that are looked at, best first; the first of them is the read itself"""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event that the log takes: where it is in the log, and its pass's place (see :mod:`marque.store.tables`)."""

    cursor: int
    event: PlateEvent
    place: datetime


def text_of(event: PlateEvent) -> str | None:
    """The text that the pass is found by."""
    if event.correction is not None:
        return event.correction.text
    return event.read and event.read.text


def event_row(one: Accepted) -> Row:
    event, read = one.event, one.event.read
    return {
        "cursor": one.cursor,
        "id": event.id,
        "revision": event.revision,
        "camera": event.camera,
        "site": event.site,
        "zone": event.zone,
        "time": event.time,
        "first_seen": one.place,
        "kind": event.kind,
        "event_class": event.event_class,
        "region": read and read.region and read.region.code,
        "confidence": read and read.confidence,
        "text": text_of(event),
        "body": to_wire(event),
    }


def read_row(one: Accepted) -> Row:
    event, read, vehicle = one.event, one.event.read, one.event.vehicle
    return {
        "id": event.id,
        "first_seen": one.place,
        "last_seen": event.last_seen,
        "cursor": one.cursor,
        "revision": event.revision,
        "kind": event.kind,
        "camera": event.camera,
        "site": event.site,
        "zone": event.zone,
        "direction": event.direction,
        "region": read and read.region and read.region.code,
        "confidence": read and read.confidence,
        "event_class": event.event_class,
        "text": text_of(event),
        "vehicle_type": vehicle and vehicle.type and vehicle.type.value,
        "vehicle_color": vehicle and vehicle.color and vehicle.color.value,
        "vehicle_make": vehicle and vehicle.make and vehicle.make.value,
        "vehicle_model": vehicle and vehicle.model and vehicle.model.value,
        "corrected": event.correction is not None,
        "parked": event.parked,
    }


def candidate_rows(one: Accepted) -> Iterator[Row]:
    for text in possible(one.event):
        yield {"id": one.event.id, "text": text, "first_seen": one.place}


def possible(event: PlateEvent) -> set[str]:
    """Other texts by which the pass is to be found."""
    texts = {event.correction.machine} if event.correction else set()
    if event.read:
        texts |= {one.text for one in event.read.candidates[:FEW] if one.confidence >= LIKELY}
    return texts - {text_of(event)}


def picture_rows(one: Accepted) -> Iterator[Row]:
    for digest in set(one.event.images.values()):
        yield {"cursor": one.cursor, "digest": digest}


def text_rows(events: Iterable[PlateEvent]) -> list[Row]:
    """The dictionary's rows of every text by which these are found."""
    words = {text for event in events for text in (text_of(event), *possible(event)) if text is not None}
    folded: Mapping[str, str] = {word: skeleton(word) for word in sorted(words)}
    return [{"text": word, "skeleton": bare, "reversed": bare[::-1]} for word, bare in folded.items()]
