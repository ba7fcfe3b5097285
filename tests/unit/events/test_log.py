"""The way into the log: processors, pictures, one transaction, the bell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from event_samples import NOON, event, plate
from fakes import FakeClock
from marque.config import Filter, SinkSettings
from marque.errors import StorageFull
from marque.events.bell import Bell
from marque.events.log import EventLog
from marque.ports import Drop, Processor
from marque.queries import EventQuery
from marque.store import SqlStore
from marque.store.blobs import BlobStore, open_blobs
from marque.telemetry import Telemetry
from marque.types import PlateEvent


class Rename:
    def process(self, event: PlateEvent) -> PlateEvent | Drop:
        return replace(event, camera=f"{event.camera}!")


class Refuse:
    def process(self, event: PlateEvent) -> PlateEvent | Drop:  # noqa: ARG002
        return Drop("private road")


class World:
    """An event log with everything around it in the test's hands."""

    def __init__(self, store: SqlStore, blobs: BlobStore) -> None:
        self.store, self.blobs = store, blobs
        self.bell, self.clock, self.telemetry = Bell(), FakeClock(), Telemetry()

    def log(self, subscriptions: Sequence[SinkSettings] = (), processors: Sequence[Processor] = ()) -> EventLog:
        return EventLog(self.store, self.blobs, subscriptions, processors, self.bell, self.clock, self.telemetry)

    def stored(self) -> list[PlateEvent]:
        return [one.event for one in self.store.events(EventQuery())]

    def dropped(self, reason: str) -> float | None:
        return self.telemetry.registry.get_sample_value("marque_drops_total", {"part": "log", "reason": reason})


@pytest.fixture
def world(tmp_path: Path, open_log: Callable[[str], SqlStore]) -> World:
    return World(open_log(f"sqlite:///{tmp_path}/log.db"), open_blobs(f"file://{tmp_path}/blobs"))


class Break:
    def process(self, event: PlateEvent) -> PlateEvent | Drop:  # noqa: ARG002
        raise ZeroDivisionError


def sink(name: str, **settings: object) -> SinkSettings:
    return SinkSettings(name=name, type="webhook", **settings)


def test_an_appended_event_is_stored_counted_and_rung(world: World) -> None:
    cursor = world.log().append(event(1))
    assert cursor is not None
    assert world.stored() == [event(1)]
    assert world.bell.latest == cursor
    labels = {"camera": "gate", "kind": "new", "event_class": "normal"}
    assert world.telemetry.registry.get_sample_value("marque_events_total", labels) == 1


def test_pictures_are_kept_and_named_by_the_event(world: World) -> None:
    world.log().append(event(1, images={"vehicle": "cc"}), {"frame": b"jpeg", "plate": b"crop"})
    (stored,) = world.stored()
    assert set(stored.images) == {"vehicle", "frame", "plate"}
    assert world.blobs.open(stored.images["frame"]) == b"jpeg"
    assert world.blobs.open(stored.images["plate"]) == b"crop"


def test_every_matching_sink_is_owed_the_event(world: World) -> None:
    subscriptions = [
        sink("all"),
        sink("yard", filter=Filter(cameras=["yard"])),
        sink("off", enabled=False),
        sink("gate", expires_after=10),
    ]
    world.log(subscriptions).append(event(1))
    owed = {one.sink: one.expires for one in world.store.deliveries()}
    assert owed == {"all": None, "gate": NOON + timedelta(seconds=10)}


def test_a_sink_that_supersedes_gets_the_newest_revision_only(world: World) -> None:
    log = world.log([sink("web", supersede=True)])
    log.append(event(1))
    log.append(event(1, revision=2))
    assert [one.event.revision for one in world.store.claim("web", 9, 60, NOON)] == [2]


def test_processors_run_in_order(world: World) -> None:
    world.log(processors=[Rename(), Rename()]).append(event(1))
    assert [one.camera for one in world.stored()] == ["gate!!"]


def test_what_a_processor_drops_is_counted_with_its_reason_and_leaves_nothing(world: World) -> None:
    assert world.log([sink("web")], [Refuse(), Rename()]).append(event(1), {"frame": b"jpeg"}) is None
    assert world.stored() == []
    assert world.store.pending() == {}
    assert list(world.blobs.older_than(NOON + timedelta(days=36500))) == []
    assert world.dropped("private road") == 1


def test_a_revision_that_comes_twice_is_counted_as_a_duplicate(world: World) -> None:
    log = world.log([sink("web")])
    log.append(event(1))
    assert log.append(event(1)) is None
    assert world.dropped("duplicate") == 1
    assert world.store.pending() == {"web": 1}


def test_nothing_rings_when_the_log_refuses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise StorageFull("full", hint="free some space")

    monkeypatch.setattr(world.store, "append_many", refuse)
    with pytest.raises(StorageFull):
        world.log().append(event(1))
    assert world.bell.latest == 0


def test_an_event_that_can_never_be_kept_does_not_block_those_behind_it(world: World) -> None:
    log = world.log()
    assert log.append(event(1, read=replace(plate(), confidence=1.5))) is None
    assert world.dropped("malformed") == 1
    assert log.append(event(2)) is not None


def test_a_processor_that_breaks_is_told_and_stops_nothing_else(world: World) -> None:
    assert world.log(processors=[Break()]).append(event(1)) is None
    assert world.dropped("processor_broke") == 1
    assert world.stored() == []


def test_events_that_came_together_are_told_of_one_by_one(world: World) -> None:
    log = world.log([sink("web")])
    log.append(event(2))
    bad = event(3, read=replace(plate(), confidence=1.5))
    first, known, malformed, again = log.append_many([(one, {}) for one in (event(1), event(2), bad, event(1))])
    assert isinstance(first, int)
    assert [known, malformed, again] == [Drop("duplicate"), Drop("malformed"), Drop("duplicate")]
    assert world.bell.latest == first
    assert world.store.pending() == {"web": 2}
    assert world.dropped("duplicate") == 2


def test_what_a_processor_drops_keeps_its_place_among_those_that_came_together(world: World) -> None:
    log = world.log(processors=[Refuse()])
    assert log.append_many([(event(1), {}), (event(2), {})]) == [Drop("private road")] * 2
