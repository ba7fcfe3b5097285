"""The last plates that a camera read, as far as they say something about how it is mounted and set up."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from marque.capture.visit import Sight
from marque.types import Image, Quad

ROOM = 400
"""readings remembered per camera"""
CROPS = 12
"""crops kept of the last ones"""


@dataclass(frozen=True, slots=True)
class Glance:
    """One reading: ``width`` in pixels, ``sharpness`` 0 to 1, ``tilt`` and ``skew`` in degrees (0: a plate seen
    straight).
    """

    track: int
    time: datetime
    width: float
    sharpness: float
    tilt: float
    skew: float

    @classmethod
    def of(cls, sight: Sight) -> Glance:
        """What a sight that was read says."""
        quad = sight.detection.quad or Quad.of(sight.detection.box)
        return cls(sight.track, sight.time, sight.detection.box.width, sight.sharpness, tilt(quad), skew(quad))


class Glances:
    """One camera's. One thread writes, any may read."""

    def __init__(self) -> None:
        self._kept: deque[Glance] = deque(maxlen=ROOM)
        self._crops: deque[Image] = deque(maxlen=CROPS)
        self._lock = Lock()

    def add(self, glance: Glance, crop: Image) -> None:
        """A plate was read."""
        with self._lock:
            self._kept.append(glance)
            self._crops.append(crop)

    def all(self) -> tuple[list[Glance], list[Image]]:
        """Readings and crops, oldest first."""
        with self._lock:
            return list(self._kept), list(self._crops)


def tilt(quad: Quad) -> float:
    """Degrees by which a plate's text runs uphill or downhill."""
    a, b, c, d = quad.points
    return abs(math.degrees(math.atan2(b[1] - a[1] + c[1] - d[1], b[0] - a[0] + c[0] - d[0])))


def skew(quad: Quad) -> float:
    """Degrees by which a plate's sides lean against its text."""
    a, b, c, d = quad.points
    along = math.atan2(b[1] - a[1] + c[1] - d[1], b[0] - a[0] + c[0] - d[0])
    down = math.atan2(d[1] - a[1] + c[1] - b[1], d[0] - a[0] + c[0] - b[0])
    return abs(math.degrees(math.remainder(down - along - math.pi / 2, math.pi)))
