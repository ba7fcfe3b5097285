"""The deep module of vision: pictures in, plate reads out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from marque import plugins
from marque.clock import SystemClock
from marque.config import ReaderSettings
from marque.errors import ConfigError
from marque.plates.formats import Formats
from marque.ports import Clock, Detector, ModelContext, Recognizer, VehicleFinder
from marque.types import Box, Candidate, Detection, Image, PlateRead, Quad, Reading, Vehicle
from marque.vision import image as images_
from marque.vision.chunks import chunks
from marque.vision.looks import at_once

PLATE = "plate"
BATCH = 16
"""pictures held at once"""
READABLE = 40.0
"""pixels of width from which a plate can be told from other things by what it carries"""
DOUBTED = 0.5
"""score of a find below which it must carry something: plates in scripts that are not read are mostly surer"""
SHOWN = 0.6
"""confidence from which a text shows that what the detector was not sure of is a plate"""
TRUST = 0.55
"""power of the confidence: formats and softened labels both leave room for doubt, more than real crops bear out"""
POOLED = 1.3
"""power of the odds of a text from several readings: a mean of honest probabilities is too near to one half
(Ranjan and Gneiting 2010)"""


@dataclass(frozen=True, slots=True)
class TimedReads:
    """The reads of one picture and the milliseconds they took."""

    reads: list[PlateRead]
    detect_ms: float
    recognize_ms: float
    total_ms: float
    nothing: int = 0
    """finds that were left out, since they surely carry no text"""


class Reader:
    """Finds and reads plates. Make one and keep it: the networks are loaded here. It may be shared by threads.

    Raises ModelError for a network that cannot be used, UnknownPlugin, MissingExtra, and ConfigError for unknown
    regions or options.
    """

    def __init__(self, settings: ReaderSettings | None = None, *, clock: Clock | None = None) -> None:
        self._settings = settings or ReaderSettings()
        self._clock = clock or SystemClock()
        self._formats = Formats(self._settings.regions)
        self._context = ModelContext(self._settings.device, self._settings.threads)
        self._detector: Detector = _build("detectors", self._settings.detector, self._context)
        self._recognizer: Recognizer = _build("recognizers", self._settings.recognizer, self._context)

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions of the networks: ``detector`` and ``recognizer``."""
        return {"detector": self._detector.version, "recognizer": self._recognizer.version}

    @overload
    def read(self, image: str | Path) -> list[PlateRead]: ...
    @overload
    def read(self, image: bytes) -> list[PlateRead]: ...
    @overload
    def read(self, image: NDArray[np.uint8]) -> list[PlateRead]: ...
    def read(self, image: str | Path | bytes | NDArray[np.uint8]) -> list[PlateRead]:
        """Every plate of a picture, surest detection first: a path, an encoded picture, or an HxWx3 uint8 BGR array.

        A plate that was found but not read has an empty text; what surely carries none is no plate (``reader.veto``),
        and what the detector is not sure of is one if it can be read. Raises ImageError, InferenceError, and TypeError
        for anything else.
        """
        return self.read_array(self._open(image))

    def read_file(self, path: str | Path) -> list[PlateRead]:
        """The plates of a picture file."""
        return self.read_array(images_.load(path))

    def read_bytes(self, data: bytes) -> list[PlateRead]:
        """The plates of an encoded picture."""
        return self.read_array(images_.decode(data))

    @cached_property
    def finder(self) -> VehicleFinder:
        """What finds vehicles; loaded when it is first asked for. Raises as the reader itself does."""
        found: VehicleFinder = _build("vehicles", self._settings.vehicles, self._context)
        return found

    @property
    def loaded(self) -> Mapping[str, str]:
        """Versions of all networks that were needed so far: ``versions``, and ``vehicles`` once they were found."""
        finder = {"vehicles": self.finder.version} if "finder" in vars(self) else {}
        return {**self.versions, **finder}

    def vehicles(self, image: str | Path | bytes | NDArray[np.uint8]) -> list[Vehicle]:
        """Every vehicle of a picture, surest first, with its type and colour as far as they are known; whether it has a
        plate or not. Raises as :meth:`read` does.
        """
        picture = self._open(image)
        return [at_once(seen, picture) for seen in self.finder.find([picture])[0]]

    def read_array(self, image: NDArray[np.uint8]) -> list[PlateRead]:
        """The plates of an HxWx3 uint8 BGR picture."""
        return self.read_timed(image).reads

    def read_many(self, images: Iterable[str | Path | bytes | NDArray[np.uint8]]) -> list[list[PlateRead]]:
        """:meth:`read` for each picture, some at a time as a batch, which is faster on a graphics card."""
        return [reads for batch in chunks(images, BATCH) for reads in self._read_batch(batch)]

    def _read_batch(self, images: Sequence[str | Path | bytes | NDArray[np.uint8]]) -> list[list[PlateRead]]:
        pictures = [self._open(image) for image in images]
        found = [_plates(detections) for detections in self._detector.detect(pictures)]
        crops = [self.crop(picture, d) for picture, each in zip(pictures, found, strict=True) for d in each]
        readings = iter(self.recognize(crops))
        pairs = [[(next(readings), d) for d in each] for each in found]
        return [self._plate_reads(each) for each in pairs]

    def read_timed(self, image: NDArray[np.uint8], regions: Sequence[str] = ()) -> TimedReads:
        """The plates of an HxWx3 uint8 BGR picture, expected from ``regions``, and how long it took."""
        start = self._clock.monotonic()
        picture = images_.check(image)
        found = _plates(self._detector.detect([picture])[0])
        detected = self._clock.monotonic()
        return self._read_found(picture, found, regions, start, detected)

    def read_plate_timed(self, image: NDArray[np.uint8], regions: Sequence[str] = ()) -> TimedReads:
        """The same for a picture that *is* a plate: nothing is detected."""
        start = self._clock.monotonic()
        picture = images_.check(image)
        whole = Detection(Box(0.0, 0.0, float(picture.shape[1]), float(picture.shape[0])), 1.0)
        # How tightly it was cut nobody knows: half the margin is right by half for both.
        return self._read_found(picture, [whole], regions, start, start, margin=self._recognizer.margin / 2)

    def _read_found(
        self,
        picture: Image,
        found: Sequence[Detection],
        regions: Sequence[str],
        start: float,
        detected: float,
        margin: float | None = None,
    ) -> TimedReads:
        readings = self.recognize([self.crop(picture, d, margin) for d in found])
        pairs = list(zip(readings, found, strict=True))
        reads = self._plate_reads(pairs, regions)
        nothing = sum(d.sure and self.is_nothing(r, d) for r, d in pairs)
        end = self._clock.monotonic()
        ms = (1e3 * (detected - start), 1e3 * (end - detected), 1e3 * (end - start))
        return TimedReads(reads, *ms, nothing=nothing)

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        """What the detector surely finds in each picture, best score first."""
        return [[d for d in each if d.sure] for each in self._detector.detect(images)] if images else []

    def crop(self, image: Image, detection: Detection, margin: float | None = None) -> Image:
        """The detected plate flat and upright, with the recogniser's margin (or another), at its size."""
        quad = detection.quad or Quad.of(detection.box)
        around = self._recognizer.margin if margin is None else margin
        return images_.rectify(image, quad, around, self._recognizer.size)

    def recognize(self, crops: Sequence[Image]) -> list[Reading]:
        """One reading per crop of :meth:`crop`."""
        return self._recognizer.recognize(crops) if crops else []

    def is_nothing(self, reading: Reading, detection: Detection) -> bool:
        """Whether a doubtful find surely carries no text though it is wide enough to be read: a lamp, a wall."""
        doubtful = detection.score < DOUBTED and detection.box.width >= READABLE
        return doubtful and not reading.text and reading.confidence > self._settings.veto

    def _plate_reads(self, pairs: Iterable[tuple[Reading, Detection]], regions: Sequence[str] = ()) -> list[PlateRead]:
        """Those of them that are plates."""
        reads = [(self.plate_read(r, d, regions), d.sure) for r, d in pairs if not self.is_nothing(r, d)]
        return [read for read, sure in reads if sure or _shown(read)]

    def plate_read(
        self, reading: Reading, detection: Detection, regions: Sequence[str] = (), readings: int = 1
    ) -> PlateRead:
        """A reading matched with the formats of ``regions`` (none: those of the settings). ``readings``: how many it
        was fused from."""
        match = self._formats.look(reading, regions)
        candidates = calibrated(match.candidates, readings)
        best = candidates[0]
        return PlateRead(
            text=best.text,
            raw=reading.text,
            display=best.display or best.text,
            confidence=best.confidence,
            characters=reading.characters,
            candidates=candidates,
            region=match.region,
            box=detection.box,
            quad=detection.quad or Quad.of(detection.box),
            detection_confidence=detection.score,
            format=best.format,
            readings=readings,
        )

    def _open(self, image: str | Path | bytes | NDArray[np.uint8]) -> Image:
        match image:
            case str() | Path():
                return images_.load(image)
            case bytes():
                return images_.decode(image)
            case np.ndarray():
                return images_.check(image)
        raise TypeError(f"a picture is a path, bytes or an array, not {type(image).__name__}")


def calibrated(candidates: Sequence[Candidate], readings: int = 1) -> tuple[Candidate, ...]:
    """The first with a confidence that is right as often as it says; the others share what is left as they did.
    ``readings``: how many they were fused from.
    """
    first, *others = candidates
    sure = first.confidence**TRUST
    if readings > 1:
        sure = sure**POOLED / (sure**POOLED + (1.0 - sure) ** POOLED)
    left = (1.0 - sure) / (1.0 - first.confidence) if first.confidence < 1.0 else 0.0
    return (replace(first, confidence=sure), *(replace(o, confidence=o.confidence * left) for o in others))


def _shown(read: PlateRead) -> bool:
    """Whether what was read shows that it is a plate."""
    return bool(read.text) and read.confidence >= SHOWN


def _plates(detections: Sequence[Detection]) -> list[Detection]:
    """Those worth reading."""
    return [d for d in detections if d.kind == PLATE and (d.sure or d.box.width >= READABLE)]


def _build(folder: str, options: Mapping[str, Any], context: ModelContext) -> Any:
    """The plugin that ``type`` names, built with the other options."""
    key = folder if folder == "vehicles" else folder[:-1]
    if "type" not in options:
        raise ConfigError([f"reader.{key}: `type` is missing"])
    own = {key: value for key, value in options.items() if key != "type"}
    try:
        return plugins.build(folder, options["type"], own, context)
    except ValidationError as error:
        problems = [f"reader.{key}.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise ConfigError(problems) from error
