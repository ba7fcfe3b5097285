"""Whether anything moved: two small grey pictures compared, so that an empty scene costs next to nothing."""

from __future__ import annotations

from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.types import Image

WIDTH = 160
"""pixels of the small picture: a car that carries a readable plate covers at least a dozen of them"""
LEVELS = 12
"""grey levels that are more than sensor noise, once the small picture has averaged it"""
CELLS = 4
"""pixels of the small picture that must have changed"""
LINGER = 1.0
"""seconds looked at after the last movement: a car that has just stopped is sharpest then"""
REFRESH = 10.0
"""seconds after which a still picture is looked at all the same"""


class MotionGate:
    """One camera's gate. The reference is the last picture that was looked at, so that slow movement adds up."""

    def __init__(self) -> None:
        self._reference: NDArray[np.uint8] | None = None
        self._moved: datetime | None = None
        self._looked: datetime | None = None

    def opens(self, image: Image, time: datetime) -> bool:
        """Whether the picture taken at ``time`` is worth looking at."""
        small = shrink(image)
        if self._reference is None or changed(self._reference, small):
            self._moved = time
        elif not self._due(time):
            return False
        self._reference, self._looked = small, time
        return True

    def _due(self, time: datetime) -> bool:
        """Whether a still picture is looked at."""
        assert self._moved is not None
        assert self._looked is not None
        lingers = (time - self._moved).total_seconds() <= LINGER
        return lingers or (time - self._looked).total_seconds() >= REFRESH


def shrink(image: Image) -> NDArray[np.uint8]:
    """A grey picture WIDTH pixels wide; every pixel is a mean, which takes the noise out. Green stands for grey and a
    few pixels for all: a tenth of the time (0.15 ms for 1280x720).
    """
    step = max(1, image.shape[1] // (4 * WIDTH))
    height = max(1, round(image.shape[0] * WIDTH / image.shape[1]))
    green = np.ascontiguousarray(image[::step, ::step, 1])
    return np.asarray(cv2.resize(green, (WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)


def changed(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> bool:
    """Whether enough pixels differ; a picture of another size always does."""
    if before.shape != after.shape:
        return True
    return int(np.count_nonzero(cv2.absdiff(before, after) > LEVELS)) >= CELLS
