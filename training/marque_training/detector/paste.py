"""Put a flat patch (a plate, a word, a sign) into a picture in perspective, with the light of the place."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Quad = NDArray[np.float32]


def pose(rng: np.random.Generator, width: float, aspect: float, *, roll: float | None = None) -> Quad:
    """Corners around (0, 0) of a plate `width` pixels wide and width/aspect high, turned in space."""
    yaw = math.radians(float(np.clip(rng.normal(0, 27), -68, 68)))
    pitch = math.radians(float(np.clip(rng.normal(0, 16), -50, 50)))
    tilted = 0.65 if aspect < 1.7 else 0.15  # motorcycles lean, and so do their plates
    if roll is None:
        roll = float(rng.uniform(-50, 50) if rng.random() < tilted else rng.normal(0, 6))
    turn = math.radians(roll)
    flat = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64) * (0.5, 0.5 / aspect)
    x, y = flat[:, 0], flat[:, 1]
    x, z = x * math.cos(yaw), x * math.sin(yaw)
    y, z = y * math.cos(pitch) - z * math.sin(pitch), y * math.sin(pitch) + z * math.cos(pitch)
    distance = rng.uniform(1.8, 8)
    x, y = x * distance / (distance + z), y * distance / (distance + z)
    x, y = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
    quad = np.stack([x, y], 1)
    return np.asarray(quad * width / max(np.ptp(quad[:, 0]), 1e-6), np.float32)


def bounds(quad: Quad) -> NDArray[np.float32]:
    """The smallest upright box xyxy around a quad."""
    return np.concatenate([quad.min(0), quad.max(0)]).astype(np.float32)


def shrunk(patch: Image, side: float) -> Image:
    """The patch no more than about twice as fine as it will be shown, so that warping it does not alias."""
    height, width = patch.shape[:2]
    scale = 1.6 * side / max(width, height)
    if scale >= 1:
        return patch
    size = max(2, round(width * scale)), max(2, round(height * scale))
    return np.asarray(cv2.resize(patch, size, interpolation=cv2.INTER_AREA), np.uint8)


def paste(image: Image, patch: Image, quad: Quad, *, gain: float = 1.0, soft: float = 0.6) -> None:
    """Warp `patch` (BGR, or BGRA with its own mask) onto `quad` of `image`, in place. What sticks out is cut."""
    height, width = image.shape[:2]
    x0, y0 = np.floor(quad.min(0) - 2).astype(int)
    x1, y1 = np.ceil(quad.max(0) + 3).astype(int)
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    patch = shrunk(patch, float(np.ptp(quad, axis=0).max()))
    if patch.shape[2] == 3:
        patch = np.dstack([patch, np.full(patch.shape[:2], 255, np.uint8)])
    ph, pw = patch.shape[:2]
    corners = np.array([[0, 0], [pw, 0], [pw, ph], [0, ph]], np.float32)
    local = (quad - (x0 + 0.5, y0 + 0.5)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners - np.float32(0.5), local)
    warped = cv2.warpPerspective(patch, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    mask = warped[..., 3:].astype(np.float32) / 255
    alpha = cv2.GaussianBlur(mask, (0, 0), soft)[..., None] if soft > 0.3 else mask
    region = image[y0:y1, x0:x1].astype(np.float32)
    # The warp already carries the mask in its dark border; divide it out where it is meaningful.
    colour = warped[..., :3].astype(np.float32) * gain / np.maximum(mask, 0.2)
    image[y0:y1, x0:x1] = np.clip(region + (colour - region) * alpha, 0, 255).astype(np.uint8)


def brightness(image: Image, box: NDArray[np.float32]) -> float:
    """Mean grey of a box of the picture, 0 to 255."""
    height, width = image.shape[:2]
    x0, y0, x1, y1 = np.clip(box, 0, [width, height, width, height]).astype(int)
    region = image[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    return float(region.mean()) if region.size else 128.0
