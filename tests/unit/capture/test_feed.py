"""One source: connected, watched, connected again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from random import Random
from threading import Condition

from cameras import FakeClock, FakeSource, frame
from marque.capture.feed import LONGEST_PAUSE, CameraState, Feed, pauses
from marque.config import CameraSettings
from marque.errors import SourceError, SourceLost
from marque.telemetry import Telemetry


def feed(source: FakeSource, wait: Callable[[float], bool] = lambda _: False, **settings: object) -> Feed:
    camera = CameraSettings.model_validate({"id": "gate", "source": "scene:", **settings})
    return Feed(camera, source, Condition(), Telemetry(), random=Random(1), wait=wait, clock=FakeClock())


def live(*connections: list[object]) -> FakeSource:
    return FakeSource(list(connections), live=True)  # type: ignore[arg-type]


def noting(paused: list[float]) -> Callable[[float], bool]:
    """A pause that takes no time."""

    def wait(seconds: float) -> bool:
        paused.append(seconds)
        return False

    return wait


def test_pauses_double_with_chance_and_have_a_limit() -> None:
    seconds = list(islice(pauses(Random(1)), 20))
    for n, pause in enumerate(seconds):
        whole = min(2.0**n, LONGEST_PAUSE)
        assert whole / 2 <= pause <= whole


def test_a_lost_source_is_connected_again() -> None:
    paused: list[float] = []
    one = feed(live([frame(0), SourceLost("gone")], [frame(1)]), noting(paused))
    one.run()
    assert len(paused) == 1
    assert one.health.state is CameraState.ENDED
    assert (one.health.frames, one.health.reconnects) == (2, 1)


def test_pauses_grow_while_nothing_comes_and_start_over_after_a_frame() -> None:
    paused: list[float] = []
    gone: list[object] = [SourceLost("gone")]
    source = live(gone[:], gone[:], gone[:], [frame(0), *gone], gone[:], [])
    feed(source, noting(paused)).run()
    assert paused[0] <= 1 < paused[2] <= 4
    assert paused[3] <= 1


def test_why_a_camera_is_lost_is_told() -> None:
    states: list[tuple[CameraState, str]] = []

    def look(_: float) -> bool:
        states.append((one.health.state, one.health.reason))
        return True

    one = feed(live([SourceLost("no route to host")]), look)
    one.run()
    assert states == [(CameraState.LOST, "no route to host")]


def test_a_source_that_cannot_be_used_fails_for_good() -> None:
    one = feed(FakeSource([[SourceError("this is no video", hint="Look at it.")]]))
    one.run()
    assert one.health.state is CameraState.FAILED
    assert one.health.reason == "this is no video"
    assert one.over


def test_a_live_camera_keeps_the_newest_frame_and_counts_the_rest() -> None:
    one = feed(live([frame(0), frame(1), frame(2)]))
    one.run()
    taken = one.slot.take()
    assert taken is not None
    assert taken.sequence == 2
    assert one.health.dropped == 2
    assert one.slot.take() is None


def test_skipped_frames_are_not_seen() -> None:
    one = feed(live([frame(n) for n in range(7)]), frame_skip=2)
    one.run()
    taken = one.slot.take()
    assert taken is not None
    assert taken.sequence == 6
    assert one.health.frames == 7
    assert one.health.dropped == 2


def test_stopping_closes_the_source() -> None:
    source = live([frame(0)])
    one = feed(source)
    one.start()
    one.stop()
    assert source.closed


def test_health_says_how_many_frames_came_how_large_and_which_were_not_seen() -> None:
    one = feed(live([frame(n) for n in range(9)]), frame_skip=2)
    one.run()
    health = one.health
    assert (health.fps, health.size, health.drops) == (9.0, (64, 48), {"frame_skip": 6, "replaced": 2})
    assert health.dropped == 2


def test_uptime_counts_from_the_last_connection() -> None:
    clock, source = FakeClock(), live([frame(0)])
    one = feed(source)
    one._clock = clock
    assert one.health.uptime is None
    one._take(frame(0))
    clock.seconds = 5.0
    one._take(frame(1))
    assert one.health.uptime == 5.0
    one.run()
    assert (one.health.state, one.health.uptime) == (CameraState.ENDED, None)
