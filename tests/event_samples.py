"""Events for tests: one that is typical, and a hypothesis strategy for all that are possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from marque.types import (
    Attribute,
    Box,
    Candidate,
    Character,
    Correction,
    Direction,
    EventClass,
    EventKind,
    PlateEvent,
    PlateRead,
    Quad,
    RegionScore,
    Vehicle,
)

NOON = datetime(2026, 5, 4, 12, 0, 0, 250_000, tzinfo=UTC)


def plate(text: str = "AB12CDE", **changes: Any) -> PlateRead:
    """A well-read British plate."""
    characters = tuple(Character(c, 0.97, (("B", 0.02), ("R", 0.01))) for c in text)
    read = PlateRead(
        text=text,
        raw=text,
        display=f"{text[:4]} {text[4:]}".strip(),
        confidence=0.94,
        characters=characters,
        candidates=(Candidate(text, 0.94, text, "gb", "gb-current"), Candidate(f"{text}8", 0.03)),
        region=RegionScore("gb", 0.88),
        box=Box(412.0, 300.5, 520.0, 332.0),
        quad=Quad(((412.0, 301.0), (519.5, 300.5), (520.0, 331.0), (412.5, 332.0))),
        detection_confidence=0.91,
        format="gb-current",
        readings=5,
    )
    return replace(read, **changes)


def event(number: int = 1, text: str | None = "AB12CDE", **changes: Any) -> PlateEvent:
    """One pass at the gate, ``number`` seconds after noon; ``text=None`` is a pass whose plate was not read."""
    time = NOON + timedelta(seconds=number)
    made = PlateEvent(
        id=f"0196a1b2-0000-7000-8000-{number:012d}",
        revision=1,
        kind=EventKind.NEW,
        camera="gate",
        time=time,
        first_seen=time - timedelta(seconds=1),
        last_seen=time,
        read=None if text is None else plate(text),
        site="yard",
        direction=Direction.APPROACHING,
        track=7,
        best_shot=41,
        frame_size=(1280, 720),
        models={"detector": "marque-1", "recognizer": "marque-1"},
        timezone="Europe/London",
    )
    return replace(made, **changes)


# committed as tests/golden/event-*.json; a change of the wire shows there
GOLDEN = {
    "new": event(1),
    "update": event(1, "AB12CDF", revision=2, kind=EventKind.UPDATE, changes={"text": ("AB12CDE", "AB12CDF")}),
    "lost": event(1, revision=3, kind=EventKind.LOST, zone="drive", images={"frame": "ab" * 32, "plate": "cd" * 32}),
    "quarantine": event(2, "C0", event_class=EventClass.QUARANTINE, reason="too_short", site=None),
    "unread": event(3, None, kind=EventKind.LOST, parked=True),
}

scores = st.floats(0, 1)
pixels = st.floats(-1e4, 1e4)
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
times = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
points = st.tuples(pixels, pixels)
values = st.none() | st.booleans() | st.integers(-1000, 1000) | pixels | words


def _dicts(of: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(words, of, max_size=3)


def _tuples(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=3).map(tuple)


def _of(made: Callable[..., Any], /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(made, **fields)


regions = _of(RegionScore, code=words, confidence=scores)
candidates = _of(
    Candidate, text=words, confidence=scores, display=words, region=st.none() | words, format=st.none() | words
)
characters = _of(Character, char=words, confidence=scores, alternatives=_tuples(st.tuples(words, scores)))
plates = _of(
    PlateRead,
    text=words,
    raw=words,
    display=words,
    confidence=scores,
    characters=_tuples(characters),
    candidates=_tuples(candidates),
    region=st.none() | regions,
    box=_of(Box, x0=pixels, y0=pixels, x1=pixels, y1=pixels),
    quad=_of(Quad, points=st.tuples(points, points, points, points)),
    detection_confidence=scores,
    format=st.none() | words,
    readings=st.integers(1, 99),
)
attributes = st.none() | _of(Attribute, value=words, confidence=scores)
vehicles = _of(
    Vehicle,
    box=st.none() | _of(Box, x0=pixels, y0=pixels, x1=pixels, y1=pixels),
    type=attributes,
    color=attributes,
    make=attributes,
    model=attributes,
)
events = _of(
    PlateEvent,
    id=words,
    revision=st.integers(1, 99),
    kind=st.sampled_from(EventKind),
    camera=words,
    time=times,
    first_seen=times,
    last_seen=times,
    read=st.none() | plates,
    event_class=st.sampled_from(EventClass),
    reason=st.none() | words,
    site=st.none() | words,
    zone=st.none() | words,
    direction=st.sampled_from(Direction),
    track=st.integers(0, 9999),
    best_shot=st.integers(0, 9999),
    frame_size=st.tuples(st.integers(0, 9999), st.integers(0, 9999)),
    parked=st.booleans(),
    changes=_dicts(st.tuples(values, values)),
    images=_dicts(words),
    models=_dicts(words),
    timezone=words,
    vehicle=st.none() | vehicles,
    correction=st.none() | _of(Correction, text=words, machine=words, by=words, at=times, reason=words),
)
