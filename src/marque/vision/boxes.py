"""Boxes as arrays: fit pictures into a network's input, keep the best of overlapping boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.types import Box, Image, Quad

ALIKE = 0.4
"""IoU that a quad's own box has at least with the box that was found"""
Floats = NDArray[np.float32]
GREY = 114
"""what the networks were trained to see beside a picture"""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a picture lies in an input of ``width`` x ``height``: shrunk or grown by ``scale``, at ``left``, ``top``."""

    width: int
    height: int
    scale: float
    left: int = 0
    top: int = 0

    def back(self, xy: Floats) -> Floats:
        """Input pixels (x and y in turn along the last axis) as picture pixels."""
        offset = np.tile(np.array([self.left, self.top], np.float32), xy.shape[-1] // 2)
        return np.asarray((xy - offset) / self.scale, np.float32)


def fit_long_side(size: tuple[int, int], long_side: float, multiple: int, grow: float = 1.0) -> Fit:
    """A picture of ``size`` (width, height) brought to ``long_side``, the input padded to ``multiple``.

    Smaller pictures are enlarged ``grow`` times at most: their plates are small too.
    """
    scale = min(grow, long_side / max(size))
    width, height = (-(-max(1, round(s * scale)) // multiple) * multiple for s in size)
    return Fit(width, height, scale)


def fit_inside(size: tuple[int, int], into: tuple[int, int], grow: float) -> Fit:
    """A picture of ``size`` at the top left of a fixed input ``into``, both (width, height), as large as it fits there,
    but enlarged ``grow`` times at most."""
    return Fit(*into, min(grow, into[0] / size[0], into[1] / size[1]))


def fit_centred(size: tuple[int, int], into: tuple[int, int]) -> Fit:
    """A picture of ``size`` in the middle of a fixed input ``into``, both (width, height)."""
    scale = min(into[0] / size[0], into[1] / size[1])
    return Fit(*into, scale, *((i - round(s * scale)) // 2 for i, s in zip(into, size, strict=True)))


def letterbox(image: Image, fit: Fit) -> Image:
    """The picture as it lies in the input, grey beside it; HxWx3 as given."""
    height, width = (max(1, round(s * fit.scale)) for s in image.shape[:2])
    canvas = np.empty((fit.height, fit.width, 3), np.uint8)
    right, below = fit.left + width, fit.top + height
    smooth = cv2.INTER_AREA if fit.scale < 1 else cv2.INTER_LINEAR
    # It writes to where the picture belongs, row by row; without a change of size it copies.
    cv2.resize(image, (width, height), canvas[fit.top : below, fit.left : right], interpolation=smooth)
    for beside in (
        canvas[: fit.top],
        canvas[below:],
        canvas[fit.top : below, : fit.left],
        canvas[fit.top : below, right:],
    ):
        beside[...] = GREY
    return canvas


def planes(image: Image) -> Image:
    """HxWx3 as 3xHxW."""
    first: Image = batch([image])[0]
    return first


def batch(images: Sequence[Image]) -> Image:
    """Pictures of one size, HxWx3 each, as Nx3xHxW."""
    planes = np.empty((len(images), 3, *images[0].shape[:2]), np.uint8)
    for image, into in zip(images, planes, strict=True):
        # It writes to where the planes belong: stacking them would copy each twice.
        cv2.split(image, list(into))
    return planes


def corners(values: Sequence[float], box: Box) -> Quad | None:
    """The quad of x and y in turn, or None where it is none: crossed, hollow, or somewhere else than the box."""
    x0, y0, x1, y1, x2, y2, x3, y3 = values
    quad = Quad(((x0, y0), (x1, y1), (x2, y2), (x3, y3)))
    points = np.array(quad.points, np.float32)
    sound = cv2.isContourConvex(points) and cv2.contourArea(points, oriented=True) > 0
    return quad if sound and quad.box.iou(box) > ALIKE else None


def iou(box: Floats, others: Floats) -> Floats:
    """Intersection over union of one xyxy box with [N, 4] others."""
    shared = np.clip(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0, None).prod(1)
    areas = (others[:, 2:] - others[:, :2]).prod(1)
    return np.asarray(shared / np.maximum((box[2:] - box[:2]).prod() + areas - shared, 1e-9), np.float32)


def inside(boxes: Floats, place: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    """Which of [N, 4] xyxy boxes lie wholly in a place xyxy."""
    x0, y0, x1, y1 = place
    low = (boxes[:, 0] >= x0) & (boxes[:, 1] >= y0)
    return np.asarray(low & (boxes[:, 2] <= x1) & (boxes[:, 3] <= y1))


def windows(
    boxes: Floats, size: tuple[int, int], window: tuple[int, int], most: int
) -> list[tuple[int, int, int, int]]:
    """Places xyxy of the size of ``window`` in a picture of ``size``, both (width, height), in the middle of each of
    which is a box of [N, 4]: those first in the list first, until all are in one or there are ``most``."""
    places: list[tuple[int, int, int, int]] = []
    while len(boxes) and len(places) < most:
        middle = (boxes[0, :2] + boxes[0, 2:]) / 2
        room = np.subtract(size, window)
        x, y = np.clip(middle - np.divide(window, 2), 0, np.maximum(room, 0)).astype(int).tolist()
        places.append((x, y, min(x + window[0], size[0]), min(y + window[1], size[1])))
        boxes = boxes[1:][~inside(boxes[1:], places[-1])]
    return places


def nms(boxes: Floats, scores: Floats, classes: NDArray[np.intp], limit: float, most: int = 300) -> NDArray[np.intp]:
    """Indices of the boxes that stay, best first: what overlaps a better one of its class above IoU ``limit`` goes.

    [N, 4] xyxy, [N], [N]; at most ``most``.
    """
    # Each class in a place of its own, so that one pass serves all of them.
    spread = float(boxes.max() - boxes.min()) if boxes.size else 0.0
    boxes = boxes + classes[:, None].astype(np.float32) * np.float32(spread)
    order = np.argsort(-scores, kind="stable")[: 10 * most]
    kept: list[np.intp] = []
    while order.size and len(kept) < most:
        kept.append(order[0])
        order = order[1:][iou(boxes[order[0]], boxes[order[1:]]) <= limit]
    return np.array(kept, np.intp)
