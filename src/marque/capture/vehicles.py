"""One camera's vehicles: which plate is on which, and what is told of those without one.

A few times a second, where something moves, a finder says where vehicles are; a tracker follows them. A plate belongs
to the vehicle whose box holds it, and its events name that vehicle. What has passed without any plate being told is an
event of its own with ``plate: null``: ``new`` when it is out of sight, ``update`` when it comes back and is seen
better, ``lost`` when it has been away for ``lost_after``.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from marque.capture.carriers import news
from marque.capture.passing import WIDTHS, Passing
from marque.capture.visit import Sight
from marque.capture.visits import Surroundings, Told
from marque.capture.zones import Zones
from marque.config import CameraSettings
from marque.types import Box, Detection, EventKind, Frame, PlateEvent, SeenVehicle, Vehicle
from marque.vision.trackers.bytetrack import ByteTrack

INTERVAL = 0.2
"""seconds between two looks for vehicles"""
HOLDS, COVERS = 0.5, 0.8
"""share of a plate that lies in its vehicle's box; share of a part of a vehicle that lies in the whole one's"""
REMEMBERED = 256
"""tracks of plates that were told of: the vehicle may be seen only later"""
AGAIN = 2.0
"""seconds after which a vehicle that the tracker lost is another one"""
APART = 1.5
"""widths that it may have come along meanwhile"""


SETTLING = 1.0
"""seconds longer that a vehicle is waited for on which a plate was found: it may be told yet"""


class Passings:
    """The vehicles of one camera. ``stills``: every frame is a picture of its own, so one look is enough."""

    def __init__(self, camera: CameraSettings, outside: Surroundings, *, stills: bool = False) -> None:
        self._camera, self._outside, self._stills = camera, outside, stills
        self._zones = Zones(camera.zones)
        self._tracker = ByteTrack()
        self._there: list[Passing] = []
        self._looked: datetime | None = None
        self._found: Sequence[Detection] = ()
        self._told: deque[int] = deque(maxlen=REMEMBERED)

    def due(self, time: datetime) -> bool:
        """Whether it is time for another look."""
        waited = None if self._looked is None else (time - self._looked).total_seconds()
        return self._stills or waited is None or waited < 0 or waited >= INTERVAL

    def see(self, frame: Frame, found: Sequence[SeenVehicle], plates: Sequence[Sight]) -> None:
        """Take one look: what was found in the frame, and the plates that are tracked in it."""
        self._looked, self._found = frame.time, [one.detection for one in found]
        tracks, ended = self._tracker.update(self._found, frame.time)
        by_detection = {id(one.detection): one for one in found}
        for track in tracks:
            if track.detection is not None:
                self._follow(track.id, by_detection[id(track.detection)], frame)
        self._give_up({track.id for track in ended})
        here = [passing for passing in self._there if passing.last_seen == frame.time]
        for plate in plates:
            owner = _holder(plate.detection.box, here, HOLDS)
            if owner is not None:
                owner.carries(plate.track, told=plate.track in self._told)
        for passing in here:
            passing.inside += _holder(passing.box, here, COVERS) is not None

    def stay(self, time: datetime) -> None:
        """Nothing has moved since the last look: what was there is there."""
        if not self.due(time):
            return
        for passing in self._there:
            if passing.last_seen == self._looked:
                passing.last_seen = time
        self._looked = time
        self._tracker.update(self._found, time)

    def of(self, plates: Collection[int], time: datetime) -> Vehicle | None:
        """The vehicle that carries a plate of these tracks, as far as it is known, its box as it was at ``time``."""
        owner = self._owner(plates)
        return owner.vehicle(time) if owner else None

    def told(self, plates: Collection[int]) -> None:
        """The plate of these tracks was told of: its vehicle is no event of its own."""
        self._told.extend(plate for plate in plates if plate not in self._told)
        owner = self._owner(plates)
        if owner is not None:
            owner.plate_told()

    def tick(self, time: datetime) -> list[Told]:
        """Time has passed: gives what is to be told of vehicles without a plate."""
        over = [p for p in self._there if self._away(p, time) >= self._camera.lost_after + SETTLING * bool(p.plates)]
        told = [event for passing in over for event in self._lose(passing, time)]
        self._there = [p for p in self._there if p not in over]
        lasting = [p for p in self._there if p.last is not None or (p.gone and not p.plates)]
        return told + [event for passing in lasting for event in self._tell(passing, time)]

    def close(self, time: datetime) -> list[Told]:
        """No more frames will come: everything still there is lost."""
        told = [event for passing in self._there for event in self._lose(passing, time)]
        self._there, self._tracker, self._looked, self._found = [], ByteTrack(), None, ()
        return told

    def _away(self, passing: Passing, time: datetime) -> float:
        """Seconds since it was last seen."""
        return (time - passing.last_seen).total_seconds()

    def _owner(self, plates: Collection[int]) -> Passing | None:
        """The vehicle on which these plates were seen most often."""
        counted = [(sum(p.plates.get(track, 0) for track in plates), p) for p in self._there]
        count, owner = max(counted, key=lambda pair: pair[0], default=(0, None))
        return owner if count else None

    def _follow(self, track: int, seen: SeenVehicle, frame: Frame) -> None:
        known = next((passing for passing in self._there if passing.track == track), None)
        if known is not None:
            known.see(seen, frame)
            return
        keep = WIDTHS * self._camera.min_plate_width
        fresh = Passing.begin(self._outside.new_id(), track, seen, frame, keep)
        before = next((p for p in self._there if not self._stills and _same(p, fresh)), None)
        if before is not None:
            fresh.absorb(before)
            self._there.remove(before)
        self._there.append(fresh)

    def _give_up(self, tracks: Collection[int]) -> None:
        for passing in self._there:
            passing.gone = passing.gone or passing.track in tracks

    def _wanted(self, passing: Passing) -> bool:
        """Whether it is to be told of by itself."""
        best = passing.best
        return passing.passes(stills=self._stills) and self._zones.wants(best.box, best.size)

    def _tell(self, passing: Passing, time: datetime) -> list[Told]:
        """``new``, or ``update`` when what was told has changed."""
        if not self._wanted(passing):
            return []
        event = self._event(passing, time)
        if passing.last is None:
            return [self._record(passing, event)]
        changes = news(passing.last.vehicle, event.vehicle)
        if not changes:
            return []
        return [self._record(passing, replace(event, kind=EventKind.UPDATE, changes=changes))]

    def _lose(self, passing: Passing, time: datetime) -> list[Told]:
        """``lost``, after ``new`` where that was not told yet."""
        told = self._tell(passing, time) if passing.last is None else []
        if passing.last is None:
            return []
        return [*told, self._record(passing, replace(self._event(passing, time), kind=EventKind.LOST))]

    def _event(self, passing: Passing, time: datetime) -> PlateEvent:
        best = passing.best
        return PlateEvent(
            id=passing.id,
            revision=passing.last.revision + 1 if passing.last else 1,
            kind=EventKind.NEW,
            camera=self._camera.id,
            time=time,
            first_seen=passing.first_seen,
            last_seen=passing.last_seen,
            read=None,
            site=self._outside.site,
            zone=self._zones.name(best.box, best.size),
            direction=passing.direction,
            track=passing.track,
            best_shot=best.sequence,
            frame_size=best.size,
            models=self._outside.models,
            timezone=self._camera.timezone,
            vehicle=passing.vehicle(),
        )

    def _record(self, passing: Passing, event: PlateEvent) -> Told:
        passing.last = event
        return event, passing.best.pictures()


def _holder(box: Box, passings: Iterable[Passing], least: float) -> Passing | None:
    """The smallest of the larger vehicles in whose box ``least`` of it lies."""
    holders = [one for one in passings if one.box.area > box.area and _share(box, one.box) >= least]
    return min(holders, key=lambda one: one.box.area, default=None)


def _share(part: Box, whole: Box) -> float:
    """Share of a box that lies in another."""
    width = min(part.x1, whole.x1) - max(part.x0, whole.x0)
    height = min(part.y1, whole.y1) - max(part.y0, whole.y0)
    return max(width, 0.0) * max(height, 0.0) / max(part.area, 1e-6)


def _same(before: Passing, after: Passing) -> bool:
    """Whether a vehicle that appears is one that the tracker lost a moment ago."""
    seconds = (after.first_seen - before.last_seen).total_seconds()
    sizes = sorted((max(1.0, before.box.width), max(1.0, after.box.width)))
    near = math.dist(before.box.center, after.box.center) <= APART * sizes[1]
    return 0 < seconds <= AGAIN and sizes[1] <= 2 * sizes[0] and near
