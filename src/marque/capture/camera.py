"""One camera: its frames become tracks, readings and at last plate events. No threads and no networks here; the pool
calls the steps in turn: ``looks`` (is the frame worth the detector?), ``seeks`` (and a look for vehicles?), ``follow``
(which crops shall be read?), ``learn`` (what do the readings tell?), ``parting`` (who is about to leave, and what do
their frames show together?), ``reconsider``, ``tick``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from marque.capture import judge
from marque.capture.gate import MotionGate
from marque.capture.glances import Glance, Glances
from marque.capture.judge import Reason, Why
from marque.capture.pictures import clipping, jpeg
from marque.capture.quality import sharpness
from marque.capture.reading import PlateReader
from marque.capture.rejections import Rejection, Rejections
from marque.capture.vehicles import Passings
from marque.capture.visit import Sight
from marque.capture.visits import Parting, Surroundings, Told, Visits
from marque.capture.zones import Zones
from marque.config import CameraSettings
from marque.types import Detection, Frame, Image, Reading, SeenVehicle
from marque.vision.trackers.bytetrack import ByteTrack

PLATE = "plate"
SET_BACK = 1.0
"""seconds the time may go back before all that was seen counts as over: it would be awaited until the clock is there
again"""
STILL = Reason(Why.STILL, "nothing moved, so the picture was not looked at")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A crop to be read, and where it is from."""

    frame: Frame
    sight: Sight
    crop: Image

    def pictures(self) -> Mapping[str, bytes]:
        """The very frame and crop, as JPEG."""
        return {"frame": jpeg(self.frame.image), "plate": jpeg(self.crop)}


class Camera:
    """One camera's pipeline, from detections to events."""

    def __init__(
        self, settings: CameraSettings, reader: PlateReader, outside: Surroundings, *, stills: bool = False
    ) -> None:
        self.settings = settings
        self._reader = reader
        self._stills = stills
        self._gate = MotionGate()
        self._zones = Zones(settings.zones)
        self._tracker = self._fresh_tracker()
        self.rejections = Rejections()
        self.glances = Glances()
        self._passings = Passings(settings, outside, stills=stills) if settings.vehicles else None
        self._visits = Visits(settings, outside, stills=stills, rejections=self.rejections, carriers=self._passings)
        self._last: Sequence[Detection] = ()
        self._sights: Sequence[Sight] = ()
        self._time: datetime | None = None

    def looks(self, frame: Frame) -> bool:
        """Whether the frame is to be given to the detector; a still one shows what the last one showed."""
        return self._stills or not self.settings.motion_gate or self._gate.opens(frame.image, frame.time)

    def seeks(self, frame: Frame) -> bool:
        """Whether vehicles are to be looked for in a frame that the detector is given."""
        return self._passings is not None and self._passings.due(frame.time)

    def follow(
        self,
        frame: Frame,
        detections: Sequence[Detection] | None,
        vehicles: Sequence[SeenVehicle] | None = None,
    ) -> list[Wanted]:
        """Track the frame's detections (None: it was not looked at) and its vehicles (None: they were not looked for),
        and give the crops that shall be read."""
        self._last = self._last if detections is None else detections
        size = (frame.image.shape[1], frame.image.shape[0])
        plates = [d for d in self._last if d.kind == PLATE and self._zones.wants(d.box, size)]
        tracks, _ = self._tracker.update(plates, frame.time)
        sights = [Sight(t.id, t.detection, frame.time, frame.sequence, size) for t in tracks if t.detection is not None]
        for sight in sights:
            self._visits.see(sight)
        self._sights = sights
        self._see_vehicles(frame, detections is None, vehicles)
        if detections is None:
            self.rejections.note(STILL.why, Rejection(frame.time, frame.time, STILL))
            return []
        self._note_untracked(frame, size)
        return self._wanted(frame, sights)

    def _see_vehicles(self, frame: Frame, still: bool, vehicles: Sequence[SeenVehicle] | None) -> None:
        if self._passings is not None and vehicles is not None:
            self._passings.see(frame, vehicles, self._sights)
        elif self._passings is not None and still:
            self._passings.stay(frame.time)

    def plates(self) -> Iterator[tuple[Detection, str]]:
        """The plates in the last frame, each with its text as far as it is known."""
        return ((sight.detection, self._visits.text(sight)) for sight in self._sights)

    def learn(self, wanted: Wanted, reading: Reading) -> list[Told]:
        """Take the reading of a wanted crop."""
        if reading.text:
            self.glances.add(Glance.of(wanted.sight), wanted.crop)
        return self._visits.learn(wanted.sight, reading, wanted.pictures, wanted.crop)

    def parting(self, time: datetime | None = None) -> list[Parting]:
        """What is to be read before ``tick`` at this time, or ``close``: pictures that many frames make together."""
        return [] if self._stills else self._visits.parting(time)

    def reconsider(self, parting: Parting, readings: Sequence[Reading], time: datetime) -> list[Told]:
        """Take what these pictures were read as."""
        return self._visits.reconsider(parting, readings, time)

    def tick(self, time: datetime) -> list[Told]:
        """Time has passed; after a picture of its own, or when the clock was set back, nothing is awaited."""
        back = self._time is not None and (self._time - time).total_seconds() > SET_BACK
        self._time = time
        if not self._stills and not back:
            return self._visits.tick(time) + (self._passings.tick(time) if self._passings else [])
        self._tracker, self._gate = self._fresh_tracker(), MotionGate()
        return self.close(time)

    def close(self, time: datetime) -> list[Told]:
        """No more frames will come."""
        return self._visits.close(time) + (self._passings.close(time) if self._passings else [])

    def _fresh_tracker(self) -> ByteTrack:
        return ByteTrack(high=self.settings.detection_threshold or 0.0)

    def _note_untracked(self, frame: Frame, size: tuple[int, int]) -> None:
        """Keep why plates that were found are not followed: they are out of the zones, or too weak to begin with."""
        followed = [sight.detection for sight in self._sights]
        for found in self._last:
            if found.kind != PLATE or any(found is one for one in followed):
                continue
            high = self.settings.detection_threshold or 0.0
            reason = self._zones.refuses(found.box, size) or judge.weakness(found.score, high)
            if reason is not None:
                self._note(frame, found, reason)

    def _note(self, frame: Frame, found: Detection, reason: Reason) -> None:
        box = found.box
        seen = Rejection(frame.time, frame.time, reason, width=box.width, score=found.score, box=box)
        self.rejections.note(self.rejections.key(reason.why, box, frame.time), seen, lambda: clipping(frame.image, box))

    def _readable(self, frame: Frame, sight: Sight) -> bool:
        """Whether a plate is wide enough and whole; of a still there is no better one to wait for."""
        box, cut = sight.detection.box, sight.cut and not self._stills
        reason = judge.unreadable(box.width, self.settings.min_plate_width, cut)
        if reason is not None:
            self._visits.unread(sight, reason, lambda: clipping(frame.image, box))
        return reason is None

    def _wanted(self, frame: Frame, sights: Sequence[Sight]) -> list[Wanted]:
        """Crops of the plates that are worth a reading."""
        readable = [s for s in sights if self._readable(frame, s)]
        cropped = [(s, self._reader.crop(frame.image, s.detection)) for s in readable]
        measured = [Wanted(frame, s.measured(sharpness(crop)), crop) for s, crop in cropped]
        return [w for w in measured if self._visits.wants(w.sight)]
