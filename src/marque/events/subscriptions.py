"""Which sinks get an event."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from marque.config import Filter
from marque.plates import normalize
from marque.types import PlateEvent, PlateRead


def matches(wanted: Filter, event: PlateEvent) -> bool:
    """Whether a sink with this filter gets the event. An empty list means all; a pass whose plate was not read has no
    region and no confidence, so it goes only where neither these nor a plate is asked for."""
    return (
        _one_of(wanted.cameras, event.camera)
        and _one_of(wanted.kinds, event.kind)
        and _one_of(wanted.classes, event.event_class)
        and _one_of(wanted.regions, _region(event.read))
        and (event.read.confidence if event.read else 0.0) >= wanted.min_confidence
        and (wanted.plate is None or _fits(wanted.plate, event.read))
    )


def _one_of(allowed: Sequence[str], value: str | None) -> bool:
    return not allowed or value in allowed


def _region(read: PlateRead | None) -> str | None:
    return read.region.code if read and read.region else None


def _fits(pattern: str, read: PlateRead | None) -> bool:
    return read is not None and fnmatchcase(read.text, _normal(pattern))


def _normal(pattern: str) -> str:
    """The pattern as plates are written in the log: only ``?`` (one character) and ``*`` (any number) are special."""
    return "".join(part if part in ("?", "*") else normalize(part) for part in re.split(r"([?*])", pattern))
