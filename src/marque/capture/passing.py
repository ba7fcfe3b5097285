"""One vehicle's pass, as far as it was seen: where it was, what it looks like, and whose plate it carries."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from marque.capture.pictures import jpeg
from marque.capture.visit import GROWTH
from marque.types import Box, Direction, Frame, Image, PlateEvent, SeenVehicle, Vehicle
from marque.vision.looks import Looks

LOOKS = 3
"""looks at a vehicle before it is believed"""
MOVED, GROWN = 0.35, 1.35
"""widths that it must have come along, or times that it must have grown: posters and parked vehicles pass nobody"""
STEADY = 2
"""looks whose mean is where it began and where it is: boxes of what stands still are not all the same"""
WIDTHS = 8.0
"""plates' least readable widths that a vehicle must be wide: further away, it is not known whether it has one"""
KEPT_BOXES = 150
"""looks whose boxes are kept: half a minute"""
WITHIN = 0.5
"""share of its looks in which it was a part of another vehicle, from which it is one"""


@dataclass(frozen=True, slots=True)
class Best:
    """The look that is kept as evidence; without a picture of a vehicle that is not told of by itself."""

    image: Image | None
    box: Box
    sequence: int
    size: tuple[int, int]
    worth: float

    def pictures(self) -> Mapping[str, bytes]:
        """The frame and the vehicle, as JPEG."""
        box = self.box
        if self.image is None:
            return {}
        part = self.image[max(0, int(box.y0)) : math.ceil(box.y1), max(0, int(box.x0)) : math.ceil(box.x1)]
        return {"frame": jpeg(self.image), **({"vehicle": jpeg(part)} if part.size else {})}


@dataclass(slots=True, eq=False)
class Passing:
    """Grows with every look. ``keep``: pixels it must be wide for a picture to be kept. ``plates`` counts by plate
    track how often that plate was on it; ``plated``: its plate was told of. ``last``: what was told of the vehicle
    itself.
    """

    id: str
    track: int
    first_seen: datetime
    last_seen: datetime
    box: Box
    best: Best
    keep: float
    looks: Looks = field(default_factory=Looks)
    count: int = 0
    inside: int = 0
    """looks in which it was a part of another vehicle"""
    moved: bool = False
    plates: dict[int, int] = field(default_factory=dict)
    plated: bool = False
    gone: bool = False
    """the tracker gave it up"""
    last: PlateEvent | None = None
    _boxes: deque[tuple[datetime, Box]] = field(default_factory=lambda: deque(maxlen=KEPT_BOXES))
    _early: list[Box] = field(default_factory=list)
    _late: deque[Box] = field(default_factory=lambda: deque(maxlen=STEADY))

    @classmethod
    def begin(cls, id_: str, track: int, seen: SeenVehicle, frame: Frame, keep: float = 0.0) -> Passing:
        """A vehicle seen for the first time."""
        box, nothing = seen.detection.box, replace(shot(seen, frame), image=None, worth=0.0)
        passing = cls(id_, track, frame.time, frame.time, box, nothing, keep)
        passing.see(seen, frame)
        return passing

    def see(self, seen: SeenVehicle, frame: Frame) -> None:
        """One look at it."""
        box, fresh = seen.detection.box, shot(seen, frame)
        self.looks.add(seen, frame.image)
        self.box, self.last_seen, self.count, self.gone = box, frame.time, self.count + 1, False
        self._boxes.append((frame.time, box))
        if fresh.worth > self.best.worth:
            wanted = box.width >= self.keep and not self.plated
            self.best = fresh if wanted else replace(fresh, image=None)
        if len(self._early) < STEADY:
            self._early.append(box)
        self._late.append(box)
        self.moved = self.moved or _apart(_mean(self._early), _mean(self._late))

    def absorb(self, other: Passing) -> None:
        """Take over what was seen before the tracker lost it."""
        self.id, self.first_seen = other.id, other.first_seen
        self.count, self.inside = self.count + other.count, self.inside + other.inside
        self.moved, self.plated, self.last = self.moved or other.moved, self.plated or other.plated, other.last
        self.best = max(self.best, other.best, key=lambda one: one.worth)
        self.looks.absorb(other.looks)
        self._boxes = deque([*other._boxes, *self._boxes], KEPT_BOXES)
        self._early = other._early
        for track, count in other.plates.items():
            self.plates[track] = self.plates.get(track, 0) + count

    def carries(self, plate: int, *, told: bool) -> None:
        """A plate, by its track, is on it."""
        self.plates[plate] = self.plates.get(plate, 0) + 1
        if told:
            self.plate_told()

    def plate_told(self) -> None:
        """It is no event of its own any more."""
        self.plated, self.best = True, replace(self.best, image=None)

    def vehicle(self, time: datetime | None = None) -> Vehicle:
        """What is known of it now; its box is where it was at ``time``, or in its best picture."""
        return self.looks.vehicle(self.best.box if time is None else self.at(time))

    def at(self, time: datetime) -> Box:
        """Where it was: between two looks on the straight way from one to the other."""
        times = [one for one, _ in self._boxes]
        after = bisect_left(times, time)
        if after in (0, len(times)):
            return self._boxes[min(after, len(times) - 1)][1]
        (t0, a), (t1, b) = self._boxes[after - 1], self._boxes[after]
        share = (time - t0) / (t1 - t0)
        return Box(*(u + share * (v - u) for u, v in zip(a.as_list(), b.as_list(), strict=True)))

    @property
    def direction(self) -> Direction:
        """From its width at the beginning and now."""
        growth = _mean(self._late).width / max(1.0, _mean(self._early).width)
        if growth >= GROWTH:
            return Direction.APPROACHING
        return Direction.RECEDING if growth <= 1 / GROWTH else Direction.UNKNOWN

    def passes(self, *, stills: bool = False) -> bool:
        """Whether it is worth telling by itself: surely a vehicle, near enough for a plate to be read, without one that
        was told, and passing (in a picture of its own, everything does)."""
        near, whole = self.best.image is not None, self.inside <= WITHIN * self.count
        return near and whole and not self.plated and (stills or (self.count >= LOOKS and self.moved))


def shot(seen: SeenVehicle, frame: Frame) -> Best:
    """The look as evidence: large, sure, and not cut by the picture's border is best."""
    box, (height, width) = seen.detection.box, frame.image.shape[:2]
    cut = min(box.x0, box.y0, width - box.x1, height - box.y1) < 2
    worth = seen.detection.score * box.area * (0.5 if cut else 1.0)
    return Best(frame.image, box, frame.sequence, (width, height), worth)


def _mean(boxes: Collection[Box]) -> Box:
    return Box(*(sum(sides) / len(boxes) for sides in zip(*(box.as_list() for box in boxes), strict=True)))


def _apart(before: Box, after: Box) -> bool:
    """Whether it came along or grew enough for something that moves."""
    small, large = sorted((max(1.0, before.width), max(1.0, after.width)))
    return math.dist(before.center, after.center) >= MOVED * large or large >= GROWN * small
