"""Settings tried on what a camera sees just now, before they are saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from pydantic import Field, ValidationError

from marque import plugins
from marque.access.audit import Audit
from marque.capture.judge import Reason, Why
from marque.capture.pool import CameraPool, View
from marque.capture.quality import sharpness
from marque.capture.reading import PlateReader
from marque.capture.verdict import verdict
from marque.capture.zones import Zones
from marque.config import CameraSettings, ReaderSettings, Section, Zone
from marque.config.settings import Fraction, RegionCode
from marque.errors import NotFound, Overloaded, Unacceptable
from marque.plates.catalogue import known_regions
from marque.ports import Clock, Detector, ModelContext
from marque.services.cameras import Cameras
from marque.services.seats import Seats
from marque.types import Detection, Image, PlateRead, Principal

AT_ONCE = 2
"""pictures tried at a time"""
FAINTEST = 0.1
"""score from which what is under the detector's own threshold is shown"""
MOST = 8
"""of those, the surest"""
SAME = 0.3
"""overlap from which two finds are one plate"""
PLATE = "plate"
FAINT = Reason(Why.WEAK, "the detector is less sure than its own threshold asks for")


class Tried(Section):
    """Settings of a camera to try; what is left out is as the camera has it."""

    detection_threshold: Fraction | None = None
    """score a plate needs"""
    recognition_threshold: Fraction | None = None
    """how sure the text must be"""
    min_plate_width: int | None = Field(None, ge=4)
    """pixels; narrower plates are not read"""
    min_plate_length: int | None = Field(None, ge=1)
    """shorter texts are quarantined"""
    regions: list[RegionCode] | None = None
    """regions expected"""
    zones: list[Zone] | None = None
    """where plates are read"""

    def over(self, camera: CameraSettings) -> CameraSettings:
        """The camera's settings with these in place of its own."""
        return camera.model_copy(
            update={name: getattr(self, name) for name in self.model_fields_set if self._has(name)}
        )

    def _has(self, name: str) -> bool:
        return getattr(self, name) is not None


@dataclass(frozen=True, slots=True)
class TriedPlate:
    """One plate in the picture. ``told``: whether it would be, as one to be trusted; if not, ``reason`` is its first
    obstacle. ``under``: the detector found it only below its own threshold, where the camera sees nothing. ``width`` in
    pixels, ``sharpness`` 0 to 1.
    """

    read: PlateRead
    width: float
    sharpness: float
    zone: str | None
    told: bool
    reason: Reason | None = None
    under: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """What the settings make of one picture, ``image``; those that would be told come first. ``size``: width and
    height."""

    time: datetime
    sequence: int
    size: tuple[int, int]
    took_ms: float
    plates: tuple[TriedPlate, ...]
    image: Image


class FaintDetector:
    """The cameras' detector with a low threshold, made when it is first asked. Finds nothing where the detector's
    plugin has no ``threshold``.
    """

    def __init__(self, settings: ReaderSettings) -> None:
        self._settings, self._lock = settings, Lock()
        self._made: Detector | None = None
        self._asked = False

    def detect(self, image: Image) -> list[Detection]:
        """Whatever may be a plate, best score first. Raises ModelError or InferenceError."""
        with self._lock:
            if not self._asked:
                self._made = self._make()
                self._asked = True
        return self._made.detect([image])[0] if self._made else []

    def _make(self) -> Detector | None:
        options = {**self._settings.detector, "threshold": FAINTEST}
        kind = str(options.pop("type", ""))
        try:
            made: Detector = plugins.build("detectors", kind, options, ModelContext("cpu", self._settings.threads))
        except ValidationError:
            return None
        return made


class Trials:
    """Raises NotFound for a camera that is not there, or not there for whoever asks."""

    def __init__(
        self,
        cameras: Cameras,
        pool: CameraPool,
        reader: Callable[[], PlateReader],
        faint: Callable[[Image], list[Detection]],
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._cameras, self._pool, self._reader, self._faint = cameras, pool, reader, faint
        self._audit, self._clock = audit, clock
        busy = "other settings are being tried already"
        self._seats = Seats(AT_ONCE, lambda: Overloaded(busy, hint="Try again in a few seconds.", retry_after=2))

    def attempt(self, principal: Principal, camera: str, tried: Tried) -> Trial:
        """What the camera's last picture would give with these settings. Nothing is kept. Raises NotFound where there
        is no picture yet, Unacceptable for an unknown region, Overloaded, InferenceError."""
        settings = tried.over(CameraSettings.model_validate(self._cameras.one(principal, camera).settings))
        check_regions(tried.regions or ())
        view = self._pool.view(camera)
        if view is None:
            raise NotFound(f"the camera {camera} has no picture yet", hint="Is it running?")
        with self._seats.one():
            self._audit.record(principal, "settings tried", camera, tried.model_dump(mode="json", exclude_unset=True))
            return self._read(settings, view)

    def _read(self, settings: CameraSettings, view: View) -> Trial:
        start, frame, reader = self._clock.monotonic(), view.frame, self._reader()
        found = [d for d in reader.detect([frame.image])[0] if d.kind == PLATE]
        under = unseen([d for d in self._faint(frame.image) if d.kind == PLATE], found)
        crops = [reader.crop(frame.image, d) for d in (*found, *under)]
        reads = [
            (reader.plate_read(reading, detection, settings.regions), detection)
            for detection, reading in zip((*found, *under), reader.recognize(crops), strict=True)
        ]
        reasons = [verdict(settings, frame, d, read, stills=view.stills) for read, d in reads[: len(found)]]
        plates = [
            judged(settings, view, read, sharpness(crop), reason)
            for (read, _), crop, reason in zip(reads, crops, [*reasons, *[FAINT] * len(under)], strict=True)
        ]
        ranked = sorted(plates, key=lambda p: (not p.told, p.under, -p.read.detection_confidence))
        took = 1e3 * (self._clock.monotonic() - start)
        return Trial(frame.time, frame.sequence, view.size, took, tuple(ranked), frame.image)


def judged(settings: CameraSettings, view: View, read: PlateRead, sharp: float, reason: Reason | None) -> TriedPlate:
    """A plate with what was decided about it."""
    zone = Zones(settings.zones).name(read.box, view.size)
    return TriedPlate(read, read.box.width, sharp, zone, reason is None, reason, reason is FAINT)


def unseen(faint: Sequence[Detection], found: Sequence[Detection]) -> list[Detection]:
    """Those of the faint finds that are none of the others, the surest of them."""
    new = [d for d in faint if all(d.box.iou(other.box) < SAME for other in found)]
    return sorted(new, key=lambda d: -d.score)[:MOST]


def check_regions(codes: Sequence[str]) -> None:
    """Raises Unacceptable naming the first region that there is not."""
    known = known_regions()
    for number, code in enumerate(codes):
        if code not in known:
            raise Unacceptable(
                f"there is no region {code!r}", field=f"regions.{number}", hint="Write one such as 'gb'."
            )
