"""One picture of two crops of a plate: laid over one another and averaged, noise goes and strokes stay. What no frame
shows by itself can be read in it, most often if it is looked at in several ways."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.types import Image

HEIGHT = 64
"""pixels of the picture"""
NARROWEST = 16
SLANT = 0.03
"""pixels down for each pixel to the right, of a picture that is tilted by hand"""
HALO, SHARPER = 1.5, 0.8
"""pixels around a stroke, and by how much of what they differ from it a sharpened picture is stronger"""
BLUR = 1.5
"""pixels by which crops are smoothed before they are compared: not by their noise"""
ALIKE = 0.6
"""correlation from which two crops show the same plate"""
STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-4)
Plane = NDArray[np.float32]


def stacked(crops: Sequence[Image]) -> Image | None:
    """The first crop [H, W, 3] of a plate, which is the best one, and the next that will lie over it; more make the
    picture smoother and are right less often. None where there are no two."""
    if not crops:
        return None
    height, width = crops[0].shape[:2]
    size = max(NARROWEST, round(width * HEIGHT / height)), HEIGHT
    first = _sized(crops[0], size)
    smooth = _smoothed(first)
    for crop in crops[1:]:
        over = _laid_over(smooth, _sized(crop, size))
        if over is not None:
            return _picture((first + _in_the_light_of(first, over)) / np.float32(2))
    return None


def views(picture: Image) -> list[Image]:
    """The picture [H, W, 3], tilted one way and the other, and sharpened: a network's mistakes in these differ, what
    it sees does not."""
    soft = cv2.GaussianBlur(picture, (0, 0), HALO)
    sharp = np.asarray(cv2.addWeighted(picture, 1 + SHARPER, soft, -SHARPER, 0), np.uint8)
    return [picture, _tilted(picture, SLANT), _tilted(picture, -SLANT), sharp]


def _tilted(picture: Image, slant: float) -> Image:
    height, width = picture.shape[:2]
    way = np.array([[1, 0, 0], [slant, 1, -slant * width / 2]], np.float32)
    tilted = cv2.warpAffine(picture, way, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(tilted, np.uint8)


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
