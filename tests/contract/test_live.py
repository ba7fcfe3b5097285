"""A live stream lets the same events through as a page of the log, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from event_samples import NOON, event, plate
from marque.plates import normalize
from marque.queries import EventQuery
from marque.services.live import admits
from marque.store import SqlStore
from marque.types import (
    Attribute,
    Correction,
    Direction,
    EventClass,
    EventKind,
    PlateEvent,
    RegionScore,
    Vehicle,
    Within,
)

CAMERAS, SITES, ZONES = ("gate", "yard", "north"), ("a", "b", None), ("in", None)
TEXTS = ("AB12CDE", "AB12", "8BC123", "WÜAB12", "")


def some(random: Random, number: int) -> PlateEvent:
    """One event, drawn."""
    text = random.choice((*TEXTS, None))
    region = random.choice((None, RegionScore("gb", 0.9), RegionScore("us-ca", 0.8)))
    read = None if text is None else plate(text, region=region, confidence=random.choice((0.2, 0.5, 0.9)))
    vehicle = Vehicle(type=Attribute("car", 0.9), color=random.choice((None, Attribute("red", 0.5))))
    correction = Correction(text or "", "X", "anna", NOON, "") if random.random() < 0.2 and text else None
    return replace(
        event(number, text),
        camera=random.choice(CAMERAS),
        site=random.choice(SITES),
        zone=random.choice(ZONES),
        direction=random.choice(list(Direction)),
        kind=random.choice(list(EventKind)),
        event_class=random.choice(list(EventClass)),
        vehicle=random.choice((None, vehicle)),
        read=read,
        correction=correction,
    )


QUERIES = [
    EventQuery(),
    EventQuery(cameras=("gate", "yard")),
    EventQuery(sites=("a",)),
    EventQuery(zones=("in",)),
    EventQuery(directions=("approaching",)),
    EventQuery(regions=("us-ca",)),
    EventQuery(vehicle_types=("car",)),
    EventQuery(colors=("red", "blue")),
    EventQuery(makes=("Toyota",)),
    EventQuery(kinds=("new", "lost")),
    EventQuery(event_class="quarantine"),
    EventQuery(corrected=True),
    EventQuery(corrected=False),
    EventQuery(min_confidence=0.5),
    EventQuery(max_confidence=0.5),
    EventQuery(since=NOON + timedelta(seconds=50), until=NOON + timedelta(seconds=150)),
    EventQuery(plate="ab 12"),
    EventQuery(plate="ab-12", plate_match="prefix"),
    EventQuery(plate="?B*", plate_match="wildcard"),
    EventQuery(plate="*1?*", plate_match="wildcard"),
    EventQuery(plate="wü*12", plate_match="wildcard"),
    EventQuery(within=Within(cameras=frozenset({"gate"}), sites=frozenset({"a", "b"}))),
    EventQuery(within=Within(cameras=frozenset())),
]


@pytest.fixture
def events(store: SqlStore) -> list[PlateEvent]:
    random = Random(3)
    made = [some(random, number) for number in range(1, 201)]
    store.append_many([(one, ()) for one in made])
    return made


def test_a_stream_lets_through_what_a_page_shows(store: SqlStore, events: list[PlateEvent]) -> None:
    for query in QUERIES:
        shown = {stored.event.id for stored in store.events(replace(query, limit=1000))}
        assert {one.id for one in events if admits(query)(one)} == shown, query


def test_the_samples_are_worth_something(events: list[PlateEvent]) -> None:
    counts = [sum(map(admits(query), events)) for query in QUERIES]
    assert sum(0 < count < len(events) for count in counts) >= len(QUERIES) - 3
    assert normalize("wü*12") == "WÜ12"
