"""Plates followed from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from marque.types import Box, Detection
from marque.vision.trackers.bytetrack import ByteTrack

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def plate(x: float, y: float = 100, *, width: float = 40, score: float = 0.9) -> Detection:
    return Detection(Box(x, y, x + width, y + width / 4), score)


def follow(frames: Sequence[Sequence[Detection]], *, fps: float = 10, high: float = 0.0) -> list[dict[int, float]]:
    """For each frame the tracks that were seen in it: id -> left edge."""
    tracker = ByteTrack(high=high)
    seen = []
    for number, detections in enumerate(frames):
        live, _ = tracker.update(detections, NOON + timedelta(seconds=number / fps))
        seen.append({t.id: t.detection.box.x0 for t in live if t.detection is not None})
    return seen


def test_a_plate_keeps_its_id_while_it_moves() -> None:
    seen = follow([[plate(10 * n)] for n in range(10)])
    assert all(list(frame) == [1] for frame in seen)


def test_a_plate_that_moves_by_more_than_its_width_is_followed() -> None:
    seen = follow([[plate(70 * n)] for n in range(10)])
    assert all(list(frame) == [1] for frame in seen)


def test_two_plates_that_pass_each_other_keep_their_ids() -> None:
    frames = [[plate(20 * n, 100), plate(400 - 20 * n, 130)] for n in range(20)]
    seen = follow(frames)
    assert seen[-1] == {1: 380, 2: 20}


def test_a_weak_detection_continues_a_track_but_starts_none() -> None:
    seen = follow([[plate(0)], [plate(10, score=0.2)], [plate(20)]], high=0.5)
    assert seen == [{1: 0}, {1: 10}, {1: 20}]
    assert follow([[plate(0, score=0.2)]], high=0.5) == [{}]


def test_a_sure_detection_is_matched_before_a_weak_one() -> None:
    seen = follow([[plate(100)], [plate(101, score=0.2), plate(106)]], high=0.5)
    assert seen[1] == {1: 106}


def test_a_plate_behind_a_post_is_the_same_after_it() -> None:
    frames = [[plate(20 * n)] if n not in (4, 5, 6) else [] for n in range(10)]
    assert list(follow(frames)[-1]) == [1]


def test_a_track_ends_when_it_was_not_seen_for_its_age() -> None:
    tracker = ByteTrack(max_age=1.0)
    tracker.update([plate(0)], NOON)
    live, ended = tracker.update([], NOON + timedelta(seconds=1.0))
    assert [t.id for t in live] == [1]
    assert live[0].detection is None
    live, ended = tracker.update([], NOON + timedelta(seconds=1.1))
    assert live == []
    assert [t.id for t in ended] == [1]


def test_a_plate_of_quite_another_size_is_another_one() -> None:
    seen = follow([[plate(100, width=40)], [plate(100, width=120)]])
    assert list(seen[1]) == [2]


def test_motion_is_counted_in_seconds_not_in_frames() -> None:
    steady = [plate(10 * n) for n in range(30)]
    kept = [0, 1, 2, 3, 9, 15, 21]
    tracker = ByteTrack(max_age=2.0)
    ids = [tracker.update([steady[n]], NOON + timedelta(seconds=n / 10))[0][0].id for n in kept]
    assert set(ids) == {1}


def test_a_frame_twice_at_one_instant_does_no_harm() -> None:
    tracker = ByteTrack()
    tracker.update([plate(0)], NOON)
    live, _ = tracker.update([plate(2)], NOON)
    assert [t.id for t in live] == [1]


def test_a_plate_that_appears_beside_where_one_was_missed_for_some_frames_is_another_one() -> None:
    frames = [[plate(0)], [plate(0)], [], [], [], [plate(70)]]
    assert list(follow(frames, fps=25)[-1]) == [2]
