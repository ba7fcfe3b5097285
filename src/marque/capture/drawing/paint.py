"""Putting flat pictures into a scene in perspective."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.types import Box, Image, Quad

SMALL = 300
"""pixels; what appears smaller is drawn twice as large and averaged down, as a lens would"""


def paste(image: Image, sprite: NDArray[np.float32], quad: Quad, light: float) -> None:
    """Blend a BGRA sprite (colours 0..255, alpha 0..1) onto ``quad``, its colours times ``light``; in place."""
    area = _within(quad.box, image)
    if area is None:
        return
    x0, y0, x1, y1 = area
    height, width = sprite.shape[:2]
    fine = 2 if quad.box.width < SMALL else 1
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    target = (np.array(quad.points) - (x0, y0)) * fine
    matrix = cv2.getPerspectiveTransform(source, target.astype(np.float32))
    warped = cv2.warpPerspective(sprite, matrix, ((x1 - x0) * fine, (y1 - y0) * fine))
    flat = cv2.resize(warped, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA) if fine > 1 else warped
    alpha = flat[..., 3:]
    below = image[y0:y1, x0:x1].astype(np.float32)
    image[y0:y1, x0:x1] = np.clip(below * (1 - alpha) + flat[..., :3] * (alpha * light), 0, 255).astype(np.uint8)


def opaque(image: Image) -> NDArray[np.float32]:
    """A plain picture as a sprite."""
    return np.dstack([image.astype(np.float32), np.ones(image.shape[:2], np.float32)]).astype(np.float32)


def darken_below(image: Image, quad: Quad) -> None:
    """A soft shadow on the ground; in place."""
    box = quad.box
    area = _within(Box(box.x0 - 8, box.y0 - 8, box.x1 + 8, box.y1 + 8), image)
    if area is None:
        return
    x0, y0, x1, y1 = area
    ys, xs = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    (cx, cy), rx, ry = box.center, max(box.width / 2, 1), max(box.height / 2, 1)
    depth = np.clip(1.2 - np.hypot((xs - cx) / rx, (ys - cy) / ry), 0, 0.7)[..., None]
    image[y0:y1, x0:x1] = (image[y0:y1, x0:x1] * (1 - depth)).astype(np.uint8)


def glow(image: Image, centre: tuple[float, float], radius: float, colour: tuple[int, int, int]) -> None:
    """Add a lamp's glare, fading from ``centre`` to ``radius``; in place."""
    x, y, r = round(centre[0]), round(centre[1]), max(2, round(radius))
    x0, y0, x1, y1 = max(0, x - r), max(0, y - r), min(image.shape[1], x + r), min(image.shape[0], y + r)
    if x0 >= x1 or y0 >= y1:
        return
    ys, xs = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    fall = np.clip(1 - np.hypot(xs - x, ys - y) / r, 0, 1)[..., None] ** 3
    lit = image[y0:y1, x0:x1].astype(np.float32) + fall * np.array(colour, np.float32)
    image[y0:y1, x0:x1] = np.clip(lit, 0, 255).astype(np.uint8)


def _within(box: Box, image: Image) -> tuple[int, int, int, int] | None:
    """The whole pixels of ``box`` that lie in the picture, or None."""
    x0, y0 = max(0, int(box.x0)), max(0, int(box.y0))
    x1, y1 = min(image.shape[1], int(box.x1) + 1), min(image.shape[0], int(box.y1) + 1)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
