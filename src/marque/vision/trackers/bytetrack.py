"""Plates followed over time, in the manner of ByteTrack (Zhang et al., 2022): sure detections are matched first and
may start tracks, weak ones only keep tracks alive.

Two things differ because plates are small and fast. A plate may move by more than its own width between two frames, so
that boxes do not overlap: the distance of the centres, in plate widths, counts beside the overlap. And cameras drop
frames: motion is predicted by seconds, not by frames.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from marque.types import Box, Detection

SMOOTHING = 0.6
"""share of a new observation in the velocity estimate"""
REACH = 1.0
"""plate widths a centre may be away from its prediction, whatever time has passed"""
FASTEST = 25.0
"""plate widths a second: a car crossing the picture at 50 km/h"""
UNSURE = 3.0
"""plate widths a second that the prediction of a track with a known velocity may be wrong by"""
FURTHEST = 5.0
"""plate widths, however long the gap"""
BLINK = 1
"""frames in a row that a plate may be missed; after more, only what comes back where it should be is taken for it: the
next vehicle often appears where the last one went, and fragments of one pass can still be joined by their texts"""


@dataclass(slots=True, eq=False)
class Track:
    """One plate; ``detection`` is None in frames where it was not seen."""

    id: int
    detection: Detection | None
    box: Box
    seen: datetime
    velocity: tuple[float, float] = (0.0, 0.0)
    """pixels a second of the centre"""
    hits: int = 1
    missed: int = 0
    """frames in a row in which it was not seen"""

    def ahead(self, time: datetime) -> Box:
        """Where the plate should be at ``time``."""
        seconds = self.since(time)
        dx, dy = self.velocity[0] * seconds, self.velocity[1] * seconds
        return Box(self.box.x0 + dx, self.box.y0 + dy, self.box.x1 + dx, self.box.y1 + dy)

    def reach(self, time: datetime) -> float:
        """Plate widths that the prediction may be off at ``time``."""
        if self.missed > BLINK:
            return REACH
        return min(REACH + (FASTEST if self.hits == 1 else UNSURE) * self.since(time), FURTHEST)

    def since(self, time: datetime) -> float:
        """Seconds it has not been seen; clocks may be set back."""
        return max(0.0, (time - self.seen).total_seconds())

    def follow(self, detection: Detection, time: datetime) -> None:
        """Take an observation."""
        seconds = self.since(time)
        if seconds > 0:
            share = 1.0 if self.hits == 1 else SMOOTHING
            self.velocity = _blend(self.velocity, _speed(self.box, detection.box, seconds), share)
        self.detection, self.box, self.seen = detection, detection.box, time
        self.hits += 1
        self.missed = 0


class ByteTrack:
    """One camera's tracker. ``high``: score from which a detection may start a track; ``max_age``: seconds a track
    lives without being seen.
    """

    def __init__(self, *, high: float = 0.0, max_age: float = 1.0) -> None:
        self._high = high
        self._max_age = max_age
        self._ids = count(1)
        self._tracks: list[Track] = []

    def update(self, detections: Sequence[Detection], time: datetime) -> tuple[list[Track], list[Track]]:
        """Match the detections of the frame at ``time``; gives (live tracks, tracks that ended)."""
        for track in self._tracks:
            track.missed += track.detection is None
            track.detection = None
        sure = [d for d in detections if d.score >= self._high]
        weak = [d for d in detections if d.score < self._high]
        unmatched = self._match(sure, time)
        self._match(weak, time)
        self._tracks += [Track(next(self._ids), d, d.box, time) for d in unmatched]
        return self._sweep(time)

    def _match(self, detections: Sequence[Detection], time: datetime) -> list[Detection]:
        """Give detections to free tracks, best pair first; returns those that found none."""
        free = [t for t in self._tracks if t.detection is None]
        pairs = [(affinity(t, d, time), t, d) for t in free for d in detections]
        left = list(detections)
        for _, track, detection in sorted((p for p in pairs if p[0] > 0), key=lambda p: -p[0]):
            if track.detection is None and any(detection is d for d in left):
                track.follow(detection, time)
                left = [d for d in left if d is not detection]
        return left

    def _sweep(self, time: datetime) -> tuple[list[Track], list[Track]]:
        """Split off the tracks that have not been seen for too long."""
        ended = [t for t in self._tracks if t.since(time) > self._max_age]
        self._tracks = [t for t in self._tracks if t.since(time) <= self._max_age]
        return list(self._tracks), ended


def affinity(track: Track, detection: Detection, time: datetime) -> float:
    """How well a detection continues a track: 0 not at all, up to 1 the same box. Overlap counts fully, nearness of
    the centres at most half.
    """
    box, ahead = detection.box, track.ahead(time)
    sizes = sorted((max(box.width, 1.0), max(ahead.width, 1.0)))
    if sizes[0] / sizes[1] < 0.5:
        return 0.0
    distance = math.dist(box.center, ahead.center) / sizes[1]
    return max(ahead.iou(box), 0.5 * (1 - distance / track.reach(time)))


def _speed(before: Box, after: Box, seconds: float) -> tuple[float, float]:
    (x0, y0), (x1, y1) = before.center, after.center
    return (x1 - x0) / seconds, (y1 - y0) / seconds


def _blend(old: tuple[float, float], new: tuple[float, float], share: float) -> tuple[float, float]:
    return old[0] + share * (new[0] - old[0]), old[1] + share * (new[1] - old[1])
