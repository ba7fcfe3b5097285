"""Cameras for tests without pixels or nets: frames carry their number, the reader answers from a script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from marque.errors import InferenceError, SourceEnded, SourceError
from marque.ports import Source
from marque.types import Box, Candidate, Detection, Frame, Hypothesis, Image, PlateRead, Quad, Reading, RegionScore

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
FORMATS = {7: ("gb", "gb-current")}
"""texts of seven characters are British here"""
PLACE = Box(8, 12, 56, 24)


@dataclass
class FakeClock:
    """Stands still until it is moved."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


@dataclass(frozen=True)
class Seen:
    """A plate that the script puts into a frame."""

    reading: Reading
    box: Box = PLACE
    score: float = 0.9

    @property
    def detection(self) -> Detection:
        return Detection(self.box, self.score)


Script = Mapping[int, Sequence[Seen]]


def numbered(number: int, *, size: tuple[int, int] = (64, 48)) -> Image:
    """A picture that carries its number, and differs from the one before all over."""
    image = np.full((size[1], size[0], 3), 40 + 90 * (number % 2), np.uint8)
    image[0, 0] = (number % 256, number // 256, 0)
    return image


def frame(number: int, *, camera: str = "gate", fps: float = 10.0) -> Frame:
    return Frame(numbered(number), camera, NOON + timedelta(seconds=number / fps), number)


def read_as(reading: Reading, detection: Detection, readings: int = 1) -> PlateRead:
    """A plate read whose only candidate is the text itself."""
    region, form = FORMATS.get(len(reading.text), (None, None))
    return PlateRead(
        text=reading.text,
        raw=reading.text,
        display=reading.text,
        confidence=reading.confidence,
        characters=reading.characters,
        candidates=(Candidate(reading.text, reading.confidence, reading.text, region, form),),
        region=RegionScore(region, 0.9) if region else None,
        box=detection.box,
        quad=Quad.of(detection.box),
        detection_confidence=detection.score,
        format=form,
        readings=readings,
    )


CROP = (16, 40, 3)
NOTHING = Reading((Hypothesis((), 0.9),))


@dataclass
class FakeReader:
    """Finds in a numbered picture what the script says; in numbers of ``broken`` inference fails."""

    script: Script = field(default_factory=dict)
    broken: frozenset[int] = frozenset()
    together: Reading = NOTHING
    """what pictures say that several crops make together"""
    batches: list[int] = field(default_factory=list)
    read: list[int] = field(default_factory=list)
    versions: Mapping[str, str] = field(default_factory=lambda: {"detector": "d1", "recognizer": "r1"})

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        numbers = [number_of(image) for image in images]
        if self.broken & set(numbers):
            raise InferenceError("the net failed", hint="Try again.")
        self.batches.append(len(images))
        return [[seen.detection for seen in self.script.get(n, ())] for n in numbers]

    def crop(self, image: Image, detection: Detection) -> Image:
        number = number_of(image)
        which = [seen.detection for seen in self.script[number]].index(detection)
        crop = np.zeros(CROP, np.uint8)
        crop[::2, ::2] = 200
        crop[0, 0] = (number % 256, number // 256, which)
        return crop

    def recognize(self, crops: Sequence[Image]) -> list[Reading]:
        self.read += [number_of(crop) for crop in crops if crop.shape == CROP]
        return [self._reading(crop) for crop in crops]

    def _reading(self, crop: Image) -> Reading:
        return self.script[number_of(crop)][int(crop[0, 0, 2])].reading if crop.shape == CROP else self.together

    def plate_read(
        self, reading: Reading, detection: Detection, regions: Sequence[str] = (), readings: int = 1
    ) -> PlateRead:
        assert not isinstance(regions, str)
        return read_as(reading, detection, readings)


def number_of(image: Image) -> int:
    return int(image[0, 0, 0]) + 256 * int(image[0, 0, 1])


def drain(source: Source) -> tuple[list[Frame], SourceError | None]:
    """All frames of a source, and how it ended; None: without a word, as when it is closed."""
    frames: list[Frame] = []
    try:
        for one in source:
            frames.append(one)
    except SourceError as error:
        return frames, error
    return frames, None


@dataclass
class FakeSource:
    """Each iteration plays the next of ``connections``: frames, or an error to raise."""

    connections: list[list[Frame | Exception]]
    live: bool = False
    stills: bool = False
    closed: bool = False

    def __iter__(self) -> Iterator[Frame]:
        for item in self.connections.pop(0) if self.connections else []:
            if isinstance(item, Exception):
                raise item
            yield item
        raise SourceEnded("the script is over")

    def close(self) -> None:
        self.closed = True
