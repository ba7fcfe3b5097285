"""Pictures as they are kept: JPEG."""

from __future__ import annotations

import cv2
import numpy as np

from marque.types import Box, Image

EVIDENCE = 88
"""quality of what events keep"""
SMALL = 80
"""quality of what only helps people to see"""
WIDEST = 192
"""pixels that a plate in a small picture takes at most"""
AROUND = 0.15
"""of a plate's width that is shown around it"""


def jpeg(image: Image, quality: int = EVIDENCE) -> bytes:
    """The picture as JPEG."""
    done, data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))
    assert done, "a picture in memory can always be written as JPEG"
    return bytes(data)


def clipping(image: Image, box: Box) -> bytes:
    """The place of a plate and a little around it, as a small JPEG; empty where it is not in the picture."""
    margin = AROUND * box.width
    left, top = max(0, int(box.x0 - margin)), max(0, int(box.y0 - margin))
    cut = image[top : max(top, int(box.y1 + margin) + 1), left : max(left, int(box.x1 + margin) + 1)]
    return jpeg(shrunk(cut, WIDEST), SMALL) if cut.size else b""


def shrunk(image: Image, most: int) -> Image:
    """The picture, neither side longer than ``most`` pixels."""
    factor = most / max(image.shape[:2])
    if factor >= 1:
        return image
    size = max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
