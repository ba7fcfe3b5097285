"""One vehicle's pass, as far as it has been seen: when, where, and every reading of its plate."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from marque.capture.judge import Reason
from marque.capture.strip import Strip
from marque.plates import fold, similarity
from marque.types import Box, Detection, Direction, Image, PlateEvent, Reading
from marque.vision.fusion import Ballot, doubted, fuse, mean
from marque.vision.stacking import stacked, views

PARKED_AFTER = 10.0
"""seconds a plate must have stood still"""
STILL = 0.5
"""plate widths it may wobble meanwhile"""
GROWTH = 1.1
"""change of the plate's width that tells a direction"""
AT_ONCE = 3
"""first readings of a plate, frame after frame"""
INTERVAL = 0.2
"""seconds between the next ones"""
SHARPER, WIDER = 1.15, 1.25
"""how much better a crop must be to be read when readings are dear"""
BORDER = 2.0
"""pixels from the picture's border at which a plate counts as cut"""
UNWATCHED = 0.25
"""seconds out of sight in which another vehicle may have taken the place"""
TURNED = 1.5
"""growth of a plate that had been shrinking: one vehicle went away, another comes"""
KEPT_PICTURES = 3
"""texts whose best frame is kept: the winning one is known only at the end"""
KEPT_SHOTS = 24
KNOWN = 0.97
"""confidence from which a text is surely known"""

Encode = Callable[[], Mapping[str, bytes]]


@dataclass(frozen=True, slots=True)
class Sight:
    """One frame's view of a plate: the detection, and the crop with its sharpness when it is to be read."""

    track: int
    detection: Detection
    time: datetime
    sequence: int
    size: tuple[int, int]
    """of the frame, (width, height)"""
    sharpness: float = 0.0

    @property
    def cut(self) -> bool:
        """Whether the plate reaches the picture's border: part of it is probably missing."""
        box, (width, height) = self.detection.box, self.size
        return min(box.x0, box.y0, width - box.x1, height - box.y1) < BORDER

    def measured(self, sharpness: float) -> Sight:
        """The same sight with its crop's sharpness."""
        return replace(self, sharpness=sharpness)


@dataclass(frozen=True, slots=True)
class Shot:
    """A sight that was read. ``pictures``: the very frame and crop, encoded; empty when they were not worth keeping."""

    sight: Sight
    reading: Reading
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def worth(self) -> float:
        return self.sight.sharpness * self.reading.confidence

    @property
    def ballot(self) -> Ballot:
        return Ballot(self.reading, self.sight.sharpness)


@dataclass(slots=True, eq=False)
class Visit:
    """Grows with every sight and reading. ``id`` is that of its events; ``last`` the last one told, None before the
    first.
    """

    id: str
    tracks: set[int]
    first_seen: datetime
    last_seen: datetime
    box: Box
    anchor: Box
    anchored: datetime
    score: float = 0.0
    """how sure the detector was, last"""
    last: PlateEvent | None = None
    left: bool = False
    """``lost`` was told, and the visit is remembered in case the vehicle never went"""
    parked: bool = False
    reads: int = 0
    doubts: int | None = None
    """another vehicle may have taken its place; so many readings since have not settled it. None: it is the same"""
    hindrance: Reason | None = None
    """why the sight seen last could not be read"""
    shots: list[Shot] = field(default_factory=list)
    strip: Strip = field(default_factory=Strip)
    stacked: Reading | None = None
    """what is read in the picture that frames make together"""
    _read: datetime | None = None
    _narrowest: float = math.inf
    _early: list[float] = field(default_factory=list)
    _late: deque[float] = field(default_factory=lambda: deque(maxlen=3))
    _fused: Reading | None = None

    @classmethod
    def begin(cls, id_: str, sight: Sight) -> Visit:
        """A vehicle seen for the first time."""
        box, time = sight.detection.box, sight.time
        visit = cls(id_, {sight.track}, time, time, box, box, time)
        visit.see(sight)
        return visit

    def see(self, sight: Sight) -> None:
        """The plate is there at ``sight.time``."""
        box = sight.detection.box
        self._narrowest = min(self._narrowest, box.width)
        away = (sight.time - self.last_seen).total_seconds() > UNWATCHED
        if self.doubts is None and (away or box.width >= TURNED * self._narrowest):
            self.doubts = 0
        self.box, self.last_seen, self.left = box, sight.time, False
        self.score = sight.detection.score
        if math.dist(box.center, self.anchor.center) > STILL * self.anchor.width:
            self.anchor, self.anchored, self.parked = box, sight.time, False
        self.parked = self.parked or (sight.time - self.anchored).total_seconds() >= PARKED_AFTER
        if len(self._early) < 3:
            self._early.append(box.width)
        self._late.append(box.width)

    def wants(self, sight: Sight, budget: int) -> bool:
        """Whether this sight is worth a reading. A plate that comes nearer must not use up its budget while it is
        small: a few readings at once, up to half the budget at intervals, the rest (and all once a text was told that
        is surely known) for clearly better crops only. One that may have been replaced is read again, until it is
        known.
        """
        if self.reads >= budget:
            return False
        if self.doubts is not None:
            return self.doubts == 0 or self._rested(sight, INTERVAL * 2**self.doubts)
        early = not (self.last and self._known) and self.reads < math.ceil(budget / 2)
        paced = self.reads < AT_ONCE or self._rested(sight, INTERVAL)
        return (early and paced) or self._clearer(sight)

    def _rested(self, sight: Sight, seconds: float) -> bool:
        """Whether the last reading is so long ago."""
        return self._read is None or (sight.time - self._read).total_seconds() >= seconds

    def _clearer(self, sight: Sight) -> bool:
        """Sharper, or wider and hardly less sharp, than all that were read."""
        sharpest = max((s.sight.sharpness for s in self.shots), default=0.0)
        widest = max((s.sight.detection.box.width for s in self.shots), default=0.0)
        wider = sight.detection.box.width >= WIDER * widest and SHARPER * sight.sharpness >= sharpest
        return wider or sight.sharpness >= SHARPER * sharpest

    def learn(self, sight: Sight, reading: Reading, encode: Encode, crop: Image | None = None) -> None:
        """Take a reading; its pictures are encoded only when they are the best of their text so far."""
        self._count(sight)
        self.doubts, self._narrowest = None, sight.detection.box.width
        self.stacked = None
        shot = Shot(sight, reading)
        if crop is not None:
            self.strip.add(sight.time, reading.text, shot.worth, crop)
        rivals = [s for s in self.shots if s.pictures and s.reading.text == reading.text]
        if reading.text and all(shot.worth > s.worth for s in rivals):
            self.shots = [Shot(s.sight, s.reading) if s in rivals else s for s in self.shots]
            shot = Shot(sight, reading, encode())
        self.shots = [*self.shots, shot]
        self._trim()

    def doubt(self, sight: Sight) -> None:
        """A reading says too little to know whether it is still the same vehicle."""
        self._count(sight)
        self.doubts = (self.doubts or 0) + 1

    def pictures(self) -> list[Image]:
        """What its frames show together, in several views, if it is not known well enough yet."""
        together = None if self.stacked or self._known else stacked(self.strip.crops)
        return [] if together is None else views(together)

    def reconsider(self, readings: Sequence[Reading]) -> None:
        """Take what these views are read as, if anything."""
        said = [r for r in readings if r.text]
        self.stacked, self._fused = mean(said) if said else None, None

    def _count(self, sight: Sight) -> None:
        self.reads, self._read = self.reads + 1, sight.time

    def absorb(self, other: Visit) -> None:
        """Take over a fragment of the same pass: its tracks, sights and readings."""
        self.tracks |= other.tracks
        self.reads += other.reads
        self.first_seen = min(self.first_seen, other.first_seen)
        if other.last_seen >= self.last_seen:
            self.box, self.last_seen, self._late = other.box, other.last_seen, other._late
            self.doubts, self._narrowest = other.doubts, other._narrowest
        self.left = self.left and other.left
        # What was told of a parked vehicle is settled; later readings, through rain or the night, would unsettle it.
        if self.last is None or not self.parked:
            self.stacked = None
            self.strip.absorb(other.strip)
            self.shots = [*self.shots, *other.shots]
            self._trim()

    def _trim(self) -> None:
        """Bound what is kept: the most telling shots, and pictures of a few texts."""
        self.shots = sorted(self.shots, key=lambda s: -s.ballot.vote)[:KEPT_SHOTS]
        self._fused = None
        pictured = [s for s in self.shots if s.pictures]
        let_go = sorted(pictured, key=lambda s: (fold(s.reading.text) != self._key, -s.worth))[KEPT_PICTURES:]
        self.shots = [Shot(s.sight, s.reading) if s in let_go else s for s in self.shots]

    @property
    def _key(self) -> str:
        return fold(self.fused.text)

    @property
    def fused(self) -> Reading:
        """All readings as one; there must be one."""
        if self._fused is None:
            ballots = [s.ballot for s in self.shots]
            frames = fuse(ballots)
            self._fused = doubted(mean([frames, self.stacked]) if self.stacked else frames, ballots)
        return self._fused

    @property
    def _known(self) -> bool:
        """Whether it is so sure that nothing more is looked for."""
        return self.fused.confidence >= KNOWN

    @property
    def text(self) -> str:
        """The fused text, empty while nothing was read."""
        return self.fused.text if self.shots else ""

    @property
    def agreeing(self) -> int:
        """Readings that say the fused text, look-alikes (O and 0) counted as the same."""
        return sum(fold(s.reading.text) == self._key for s in self.shots)

    @property
    def readings(self) -> int:
        """Readings that said anything."""
        return sum(bool(s.reading.text) for s in self.shots)

    @property
    def best(self) -> Shot:
        """The evidence: of the shots whose pictures are there, the one nearest to the fused text, then the best."""
        text = self.fused.text
        pictured = [s for s in self.shots if s.pictures]
        return max(pictured, key=lambda s: (similarity(s.reading.text, text), s.worth))

    @property
    def direction(self) -> Direction:
        """From the plate's width at the beginning and now."""
        growth = _mean(self._late) / _mean(self._early)
        if growth >= GROWTH:
            return Direction.APPROACHING
        return Direction.RECEDING if growth <= 1 / GROWTH else Direction.UNKNOWN


def _mean(values: list[float] | deque[float]) -> float:
    return sum(values) / len(values)
