"""Reads as users of Kafka and OpenSearch plate platforms know them: flat events, words to look for, offsets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from marque.errors import Unacceptable
from marque.ports import Clock
from marque.queries import Facets, FoundRead, ReadQuery, Tally
from marque.services.reads import ReadService
from marque.services.rows import text_of
from marque.services.words import Names, understand
from marque.types import Principal

WINDOW = 10_000
"""how far into what was found an offset reaches, as OpenSearch has it; pages of ``/v1/reads`` have no end"""
REFRESH = 60.0
"""seconds for which the names of cameras and the like are taken as they were"""


@dataclass(frozen=True, slots=True)
class Hits:
    """Some of what was found; ``tally`` counts all of it."""

    reads: list[FoundRead]
    tally: Tally
    took_ms: int


class Platform:
    """Raises Unacceptable, Forbidden or StoreError."""

    def __init__(self, reads: ReadService, names: Callable[[], Names], clock: Clock) -> None:
        self._reads, self._clock = reads, clock
        self._names = Remembered(names, clock, REFRESH)

    def search(self, who: Principal, question: str, query: ReadQuery, offset: int, limit: int) -> Hits:
        """What the words of the question and the filters of the query both let through."""
        return self.window(who, asked(question, query, self._names()), offset, limit)

    def window(self, who: Principal, query: ReadQuery, offset: int, limit: int) -> Hits:
        """``limit`` reads after the first ``offset`` of them."""
        began = self._clock.monotonic()
        if offset + limit > WINDOW:
            hint = "Narrow the time, or page through /v1/reads."
            raise Unacceptable(f"offset and limit reach at most {WINDOW} reads in", field="offset", hint=hint)
        found = self._reads.window(who, query, offset, limit)
        tally = self._reads.tally(who, query)
        return Hits(found, tally, self._since(began))

    def facets(self, who: Principal, query: ReadQuery, limit: int) -> tuple[Hits, Facets]:
        """The newest of what the query finds, and how many of all that each value of a field has."""
        began = self._clock.monotonic()
        found = self._reads.window(who, query, 0, limit)
        facets = self._reads.facets(who, query)
        return Hits(found, facets.tally, self._since(began)), facets

    def _since(self, began: float) -> int:
        return round((self._clock.monotonic() - began) * 1000)


class Remembered:
    """What a function gave, for some seconds."""

    def __init__(self, get: Callable[[], Names], clock: Clock, seconds: float) -> None:
        self._get, self._clock, self._seconds = get, clock, seconds
        self._known: tuple[float, Names] | None = None

    def __call__(self) -> Names:
        now = self._clock.monotonic()
        if self._known is None or now - self._known[0] >= self._seconds:
            self._known = now, self._get()
        return self._known[1]


def asked(question: str, query: ReadQuery, names: Names) -> ReadQuery:
    """The query narrowed by the question's words; where both name cameras (or the like) only those in both are left."""
    meant = understand(question, names)
    for name, value in meant.items():
        given = getattr(query, name)
        if isinstance(value, tuple) and given:
            meant[name] = tuple(one for one in value if one in given) or ("",)
    return replace(query, **meant)


def document(found: FoundRead, picture: Callable[[str, str], str]) -> Mapping[str, Any]:
    """One read as such a platform's event: flat, and nested as its index holds it. ``picture`` gives a URL for an
    event's id and a picture's name."""
    event = found.stored.event
    read, vehicle = event.read, event.vehicle
    seen = {
        name: one.value if vehicle and (one := getattr(vehicle, name)) else None
        for name in ("type", "make", "model", "color")
    }
    plate = {
        "text": read.display if read else text_of(event),
        "normalized_text": text_of(event),
        "confidence": read.confidence if read else None,
        "region": read.region.code if read and read.region else None,
    }
    urls = {name: picture(event.id, name) for name in event.images}
    return {
        "event_id": event.id,
        "captured_at": event.first_seen,
        "created_at": event.time,
        "camera_id": event.camera,
        "site_id": event.site,
        "track_id": str(event.track),
        "roi": event.zone,
        "direction": str(event.direction),
        "frame_number": event.best_shot,
        **{f"plate_{name}": value for name, value in plate.items()},
        **{f"vehicle_{name}": value for name, value in seen.items()},
        **{f"{name}_image_url": urls.get(name) for name in ("plate", "vehicle", "frame")},
        "plate": plate,
        "vehicle": seen,
        "node": {"site": event.site},
    }
