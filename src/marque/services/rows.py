"""A read as one flat row, for tables: what its columns are called and what they hold."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from marque.queries import FoundRead
from marque.types import Correction, PlateEvent, PlateRead, Vehicle

Value = str | int | float | bool | datetime | None
EVENT: Mapping[str, type] = {
    "id": str,
    "revision": int,
    "kind": str,
    "class": str,
    "reason": str,
    "site": str,
    "camera": str,
    "zone": str,
    "direction": str,
    "parked": bool,
    "time": datetime,
    "first_seen": datetime,
    "last_seen": datetime,
    "timezone": str,
    "plate": str,
}
PLATE: Mapping[str, type] = {
    "display": str,
    "raw": str,
    "confidence": float,
    "region": str,
    "region_confidence": float,
    "format": str,
    "readings": int,
}
VEHICLE: Mapping[str, type] = {f"vehicle_{name}": str for name in ("type", "color", "make", "model")}
CORRECTION: Mapping[str, type] = {
    "machine_text": str,
    "corrected_by": str,
    "corrected_at": datetime,
    "correction_reason": str,
}
COLUMNS: Mapping[str, type] = {**EVENT, **PLATE, **VEHICLE, **CORRECTION, "likeness": float}
"""column -> what it holds, where it holds anything; ``likeness`` only after a fuzzy search"""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""what a cell starts with that spreadsheets compute"""


def row(found: FoundRead) -> list[Value]:
    """One value per column, in their order; times in UTC."""
    event = found.stored.event
    values: Iterable[Value] = (
        *_event(event),
        *(_plate(event.read) if event.read else [None] * len(PLATE)),
        *(_vehicle(event.vehicle) if event.vehicle else [None] * len(VEHICLE)),
        *(_correction(event.correction) if event.correction else [None] * len(CORRECTION)),
        found.likeness.score if found.likeness else None,
    )
    return [value.astimezone(UTC) if isinstance(value, datetime) else value for value in values]


def text_of(event: PlateEvent) -> str | None:
    """The normalized text; a person may have given one to a pass whose plate was not read."""
    if event.read is not None:
        return event.read.text
    return event.correction.text if event.correction else None


def _event(event: PlateEvent) -> list[Value]:
    return [
        event.id,
        event.revision,
        str(event.kind),
        str(event.event_class),
        event.reason,
        event.site,
        event.camera,
        event.zone,
        str(event.direction),
        event.parked,
        event.time,
        event.first_seen,
        event.last_seen,
        event.timezone,
        text_of(event),
    ]


def _plate(read: PlateRead) -> list[Value]:
    region = read.region
    return [
        read.display,
        read.raw,
        read.confidence,
        region.code if region else None,
        region.confidence if region else None,
        read.format,
        read.readings,
    ]


def _vehicle(vehicle: Vehicle) -> list[Value]:
    seen = (vehicle.type, vehicle.color, vehicle.make, vehicle.model)
    return [one.value if one else None for one in seen]


def _correction(correction: Correction) -> list[Value]:
    return [correction.machine, correction.by, correction.at, correction.reason]


def cell(value: Value) -> str:
    """A value as a cell of a text table; one that a spreadsheet would take for a formula starts with an apostrophe."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case str():
            return f"'{value}" if value.startswith(FORMULA) else value
    return str(value)


def line(cells: Iterable[str]) -> str:
    """One line of CSV."""
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
