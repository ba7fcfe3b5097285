"""One picture of several crops of a plate: laid over one another and averaged, noise goes and strokes stay. What no
frame shows by itself can be read in it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.types import Image

HEIGHT = 64
"""pixels of the picture"""
NARROWEST = 16
COUNTS = (2, 4)
"""crops in each picture that is given: few are sharp, many are smooth, and together they are right most often"""
BLUR = 1.5
"""pixels by which crops are smoothed before they are compared: not by their noise"""
ALIKE = 0.6
"""correlation from which two crops show the same plate"""
STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-4)
Plane = NDArray[np.float32]


def stacked(crops: Sequence[Image], counts: Sequence[int] = COUNTS) -> list[Image]:
    """A picture of the first two, and one of the first four crops [H, W, 3] of one plate, the best one first; those
    that will not lie over the first are left out. Fewer pictures, or none, where there are too few."""
    if not crops:
        return []
    height, width = crops[0].shape[:2]
    size = max(NARROWEST, round(width * HEIGHT / height)), HEIGHT
    first = _sized(crops[0], size)
    smooth, total, number = _smoothed(first), first.copy(), 1
    found = []
    for crop in crops[1 : max(counts)]:
        over = _laid_over(smooth, _sized(crop, size))
        if over is not None:
            total += _in_the_light_of(first, over)
            number += 1
            if number in counts:
                found.append(_picture(np.divide(total, number, dtype=np.float32)))
    return found


def _sized(crop: Image, size: tuple[int, int]) -> Plane:
    how = cv2.INTER_CUBIC if crop.shape[0] < size[1] else cv2.INTER_AREA
    return np.asarray(cv2.resize(crop, size, interpolation=how), np.float32)


def _smoothed(crop: Plane) -> NDArray[np.uint8]:
    grey = cv2.cvtColor(_picture(crop), cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), BLUR), np.uint8)


def _laid_over(smooth: NDArray[np.uint8], crop: Plane) -> Plane | None:
    """The crop moved, turned and stretched until it lies over the first one; None where it does not."""
    start, whole = np.eye(2, 3, dtype=np.float32), np.full_like(smooth, 255)
    try:
        alike, way = cv2.findTransformECC(smooth, _smoothed(crop), start, cv2.MOTION_AFFINE, STEPS, whole, 1)
    except cv2.error:  # its way of saying that they have nothing in common
        return None
    if alike < ALIKE:
        return None
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = smooth.shape[1], smooth.shape[0]
    return np.asarray(cv2.warpAffine(crop, way, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _in_the_light_of(first: Plane, crop: Plane) -> Plane:
    """The crop as bright and as rich in contrast as the first one."""
    return np.asarray((crop - crop.mean()) * (first.std() / max(1.0, crop.std())) + first.mean(), np.float32)


def _picture(plane: Plane) -> Image:
    return np.clip(plane, 0, 255).astype(np.uint8)
