"""Real plates of the clean photographs, found by the detector and read by eye (`strangers.jsonl`).

Two thirds of the texts train the recogniser (`synth/photo.py`), one third is measured on; a text is on one
side with all its pictures. The eye corrected what the net of that day read, so the labels are a little kind to it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.plates import fold

Grey = NDArray[np.uint8]
FILE = Path(__file__).with_suffix(".jsonl")
SIDES = 3
"""one text in so many is held out"""


@dataclass(frozen=True)
class Stranger:
    """One plate of a photograph: the set and its file, the text, the corners [4, 2] in pixels, clockwise from the upper
    left."""

    set: str
    image: str
    text: str
    quad: NDArray[np.float32]

    @property
    def held(self) -> bool:
        """Whether it is measured on, by its text."""
        return zlib.crc32(fold(self.text).encode()) % SIDES == 0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the plate in pixels, means of opposite sides."""
        sides = np.linalg.norm(self.quad - np.roll(self.quad, -1, 0), axis=1)
        return float(sides[[0, 2]].mean()), float(sides[[1, 3]].mean())


@lru_cache(maxsize=1)
def strangers() -> tuple[Stranger, ...]:
    """Every plate of the file."""
    rows = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
    return tuple(Stranger(r["set"], r["image"], r["text"], np.array(r["quad"], np.float32)) for r in rows)


def photographs(plates: Iterable[Stranger], folder: Path) -> Iterator[tuple[Stranger, Grey]]:
    """Those plates whose photographs lie in the folder of sets, each with its photograph."""
    for plate in plates:
        image = cv2.imread(str(folder / plate.set / plate.image), cv2.IMREAD_GRAYSCALE)
        if image is not None:
            yield plate, np.asarray(image, np.uint8)


def held_out(folder: Path) -> Iterator[tuple[Stranger, Grey]]:
    """What is measured on: the largest picture of each text, cut by its corners without a margin."""
    largest = {plate.text: plate for plate in sorted(strangers(), key=lambda plate: plate.size) if plate.held}
    for plate, image in photographs(largest.values(), folder):
        yield plate, _flat(plate, image)


def _flat(plate: Stranger, image: Grey) -> Grey:
    wide, high = (max(8, round(side)) for side in plate.size)
    target = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    matrix = cv2.getPerspectiveTransform(plate.quad, target)
    return np.asarray(cv2.warpPerspective(image, matrix, (wide, high), borderMode=cv2.BORDER_REPLICATE), np.uint8)
