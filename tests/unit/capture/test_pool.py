"""The pool: all cameras, one worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event

import pytest

from cameras import FakeClock, FakeReader, FakeSource, Seen, frame
from marque.capture import pool as pools
from marque.capture.feed import CameraState
from marque.capture.pool import CameraPool
from marque.config import CameraSettings
from marque.errors import ConfigError, Conflict, StorageFull, UnknownPlugin
from marque.telemetry import Telemetry
from marque.types import Box, EventKind, Frame, PlateEvent
from plate_readings import reading

PASSING = {n: [Seen(reading("AB12CDE"), Box(n, 20, 24 + 1.5 * n, 28))] for n in range(10, 20)}


class Log:
    """Keeps what the pool emits; refuses the first ``refusals`` events."""

    def __init__(self, refusals: int = 0) -> None:
        self.events: list[PlateEvent] = []
        self.pictures: list[Mapping[str, bytes]] = []
        self._refusals = refusals

    def __call__(self, event: PlateEvent, pictures: Mapping[str, bytes]) -> None:
        if self._refusals:
            self._refusals -= 1
            raise StorageFull("no room", hint="Make room.")
        self.events.append(event)
        self.pictures.append(pictures)

    @property
    def told(self) -> list[tuple[str, str, str]]:
        return [(e.camera, e.kind.value, e.read.text if e.read else "") for e in self.events]


Watch = Callable[..., CameraPool]


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """A pool over the given sources, by camera name."""

    def make(sources: Mapping[str, FakeSource], reader: FakeReader, log: Log, **settings: object) -> CameraPool:
        monkeypatch.setattr(pools, "build_source", lambda camera, _: sources[camera.id])
        cameras = [CameraSettings.model_validate({"id": name, "source": "scene:", **settings}) for name in sources]
        return CameraPool(cameras, lambda: reader, log, FakeClock(), Telemetry(), site="yard")

    return make


@contextmanager
def running(pool: CameraPool) -> Iterator[CameraPool]:
    pool.start()
    try:
        yield pool
    finally:
        pool.stop()


def clip(camera: str = "gate", count: int = 30) -> FakeSource:
    return FakeSource([[frame(n, camera=camera) for n in range(count)]])


def test_a_passing_vehicle_is_new_and_then_lost(watch: Watch) -> None:
    log = Log()
    with running(watch({"gate": clip()}, FakeReader(PASSING), log)) as pool:
        assert pool.wait(10)
    assert log.told == [("gate", "new", "AB12CDE"), ("gate", "lost", "AB12CDE")]


def test_an_event_carries_all_that_was_known(watch: Watch) -> None:
    log = Log()
    with running(watch({"gate": clip()}, FakeReader(PASSING), log, timezone="Europe/Oslo")) as pool:
        assert pool.wait(10)
    new, lost = log.events
    assert (new.revision, lost.revision) == (1, 2)
    assert new.id == lost.id
    assert (new.site, new.timezone) == ("yard", "Europe/Oslo")
    assert new.models == {"detector": "d1", "recognizer": "r1"}
    assert lost.direction.value == "approaching"
    assert lost.best_shot in PASSING
    assert set(log.pictures[0]) == {"frame", "plate"}
    assert all(picture.startswith(b"\xff\xd8") for picture in log.pictures[0].values())


def test_every_frame_of_a_file_is_seen(watch: Watch) -> None:
    reader = FakeReader()
    with running(watch({"gate": clip(count=50)}, reader, Log(), motion_gate=False)) as pool:
        assert pool.wait(10)
    assert sum(reader.batches) == 50


def test_a_batch_holds_one_frame_of_each_camera(watch: Watch) -> None:
    reader = FakeReader(PASSING)
    log = Log()
    with running(watch({"north": clip("north"), "south": clip("south")}, reader, log)) as pool:
        assert pool.wait(10)
    assert max(reader.batches) <= 2
    assert sorted(log.told) == [(c, k, "AB12CDE") for c in ("north", "south") for k in ("lost", "new")]


def test_a_dead_camera_does_not_hold_up_another(watch: Watch) -> None:
    log = Log()
    dead = FakeSource([[RuntimeError("a bug in a plugin")]])
    with running(watch({"dead": dead, "gate": clip()}, FakeReader(PASSING), log)) as pool:
        assert pool.wait(10)
        assert [h.state for h in pool.health()] == [CameraState.FAILED, CameraState.ENDED]
    assert "RuntimeError: a bug in a plugin" in pool.health()[0].reason
    assert log.told == [("gate", "new", "AB12CDE"), ("gate", "lost", "AB12CDE")]


def test_a_failing_inference_is_counted_and_the_rest_goes_on(watch: Watch) -> None:
    log = Log()
    pool = watch({"gate": clip()}, FakeReader(PASSING, broken=frozenset({3, 12})), log)
    with running(pool):
        assert pool.wait(10)
    assert log.told == [("gate", "new", "AB12CDE"), ("gate", "lost", "AB12CDE")]
    counted = pool._telemetry.drops.labels("pool", "inference_failed")._value.get()
    assert counted == 2


def test_an_event_the_log_refuses_is_offered_again(watch: Watch) -> None:
    log = Log(refusals=1)
    pool = watch({"gate": clip()}, FakeReader(PASSING), log)
    with running(pool):
        assert not pool.wait(0.5)
    assert [kind for _, kind, _ in log.told] == ["new", "lost"]


def test_stopping_tells_that_vehicles_still_there_are_lost(watch: Watch) -> None:
    frames: Sequence[Frame] = [frame(n) for n in sorted(PASSING)]

    class Endless(FakeSource):
        def __iter__(self) -> Iterator[Frame]:
            yield from frames
            released.wait(10)

        def close(self) -> None:
            released.set()

    released, log = Event(), Log()
    pool = watch({"gate": Endless([], live=False)}, FakeReader(PASSING), log)
    pool.start()
    assert not pool.wait(0.5)
    pool.stop()
    assert [e.kind for e in log.events] == [EventKind.NEW, EventKind.LOST]


class Standing(FakeSource):
    """Gives its frames and stays, until it is closed."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        super().__init__([], live=False)
        self.frames, self.released = frames, Event()

    def __iter__(self) -> Iterator[Frame]:
        yield from self.frames
        self.released.wait(10)

    def close(self) -> None:
        self.released.set()


def standing(camera: str = "gate") -> Standing:
    return Standing([frame(n, camera=camera) for n in sorted(PASSING)])


def settings(camera: str) -> CameraSettings:
    return CameraSettings(id=camera, source="scene:")


def until(condition: Callable[[], object]) -> None:
    """Wait for what another thread does."""
    while not condition():
        Event().wait(0.01)


def test_a_camera_that_is_added_is_watched_and_one_that_is_removed_tells_what_it_saw_last(watch: Watch) -> None:
    log, sources = Log(), {"gate": standing(), "yard": standing("yard")}
    pool = watch(sources, FakeReader(PASSING), log)
    with running(pool):
        assert pool.remove("yard")
        sources["yard"] = standing("yard")
        pool.add(settings("yard"))
        until(lambda: len(log.told) >= 2)
        assert pool.remove("gate")
        assert pool.watched == ["yard"]
        assert ("gate", "lost", "AB12CDE") in log.told
        assert not pool.wait(0)
    assert log.told.count(("yard", "lost", "AB12CDE")) >= 1


def test_a_camera_can_be_stopped_and_started_again_and_again(watch: Watch) -> None:
    sources = {"gate": standing()}
    pool = watch(sources, FakeReader(PASSING), Log())
    with running(pool):
        for _ in range(20):
            assert pool.remove("gate")
            assert not pool.remove("gate")
            sources["gate"] = standing()
            pool.add(settings("gate"))
        assert [one.camera for one in pool.health()] == ["gate"]


def test_the_last_camera_taken_out_is_not_the_end(watch: Watch) -> None:
    pool = watch({"gate": standing()}, FakeReader(PASSING), Log())
    with running(pool):
        pool.remove("gate")
        assert not pool.wait(0.6)


def test_one_camera_is_not_watched_twice(watch: Watch) -> None:
    pool = watch({"gate": standing()}, FakeReader(PASSING), Log())
    with running(pool), pytest.raises(Conflict, match="the camera gate is watched already"):
        pool.add(settings("gate"))


def test_what_a_camera_sees_can_be_looked_at_with_its_plates(watch: Watch) -> None:
    with running(watch({"gate": standing()}, FakeReader(PASSING), Log())) as pool:
        until(lambda: (view := pool.view("gate")) and [text for _, text in view.plates] == ["AB12CDE"])
        view = pool.view("gate")
        assert view
        assert view.frame.camera == "gate"
        assert pool.view("yard") is None


def test_health_says_how_many_frames_were_seen_and_how_old_they_were(watch: Watch) -> None:
    past = FakeSource([[frame(n) for n in range(3)]], live=True)
    failing = FakeReader(broken=frozenset({1}))
    pool = watch({"gate": past, "file": clip("file", 3)}, failing, Log(), motion_gate=False)
    with running(pool):
        assert pool.wait(10)
        gate, file = pool.health()
    assert gate.processed_fps >= 1
    assert gate.latency_ms == 0.0
    assert (file.processed_fps, file.latency_ms, file.drops) == (3.0, None, {"inference_failed": 1})


def test_a_pool_without_cameras_is_done() -> None:
    pool = CameraPool([], FakeReader, Log(), FakeClock(), Telemetry())
    with running(pool):
        assert pool.wait(10)


def test_mistakes_in_a_source_are_named_with_their_camera() -> None:
    camera = CameraSettings(id="gate", source="scene:vehicles=many&sped=3")
    with pytest.raises(ConfigError) as caught:
        CameraPool([camera], FakeReader, Log(), FakeClock(), Telemetry())
    assert len(caught.value.problems) == 2
    assert all(problem.startswith("camera gate: ") for problem in caught.value.problems)


def test_an_unknown_kind_of_source_is_named() -> None:
    with pytest.raises(UnknownPlugin):
        CameraPool([CameraSettings(id="gate", source={"type": "scenes"})], FakeReader, Log(), FakeClock(), Telemetry())
