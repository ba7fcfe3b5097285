"""Crops without a plate, to be read as nothing: pieces of photographs that a detector mistook, and drawn grilles.

`marque_training.recognizer.negatives` gathers the pieces from the clean photographs; without them all are drawn.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from marque_training.synth.degrade import degrade

Picture = NDArray[np.uint8]
SIZE = (160, 64)
FILE = Path(__file__).parents[2] / "runs" / "negatives.npz"


@lru_cache(maxsize=1)
def gathered() -> Picture:
    """Grey pieces [N, 96, 240] of photographs; none where nobody gathered any. `MARQUE_NEGATIVES` names the file."""
    file = Path(os.environ.get("MARQUE_NEGATIVES", FILE))
    return np.asarray(np.load(file)["images"]) if file.exists() else np.zeros((0, 96, 240), np.uint8)


def nothing(rng: np.random.Generator) -> Picture:
    """One 64x160 grey crop in which there is nothing to read."""
    pieces = gathered()
    from_photo = len(pieces) > 0 and rng.random() < 0.8
    piece = _varied(pieces[int(rng.integers(len(pieces)))], rng) if from_photo else grille(rng)
    high = int(rng.integers(14, 64))
    low = cv2.resize(piece, (round(2.5 * high), high), interpolation=cv2.INTER_AREA)
    low = degrade(np.asarray(low, np.uint8), float(rng.beta(1.1, 2.1)), rng)
    return np.asarray(cv2.resize(low, SIZE, interpolation=cv2.INTER_LINEAR), np.uint8)


def _varied(piece: Picture, rng: np.random.Generator) -> Picture:
    """Another part of the piece, maybe mirrored, turned by half, or negative."""
    high, wide = piece.shape
    h, w = (round(side * rng.uniform(0.7, 1.0)) for side in (high, wide))
    y, x = int(rng.integers(0, high - h + 1)), int(rng.integers(0, wide - w + 1))
    part = piece[y : y + h, x : x + w]
    if rng.random() < 0.3:
        part = part[:, ::-1]
    if rng.random() < 0.1:
        part = part[::-1]
    return 255 - part if rng.random() < 0.1 else np.ascontiguousarray(part)


def grille(rng: np.random.Generator) -> Picture:
    """Even rows of bars, windows or slots on a soft ground."""
    high, wide = 96, 240
    coarse = rng.normal(rng.uniform(30, 200), rng.uniform(2, 40), (int(rng.integers(2, 5)), int(rng.integers(2, 6))))
    ground = cv2.resize(coarse.astype(np.float32), (wide, high), interpolation=cv2.INTER_LINEAR)
    image = np.clip(ground, 0, 255).astype(np.uint8)
    level = int(rng.integers(0, 256))
    step = np.array([rng.uniform(8, 60), rng.uniform(8, 50)])
    bar = step * [rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.9)]
    shear, start = rng.normal(0, 0.15), rng.uniform(-1, 0, 2) * step
    rows, columns = (rng.random() < p for p in (0.75, 0.75))
    for y in np.arange(start[1], high, step[1] if rows else 2 * high):
        for x in np.arange(start[0], wide, step[0] if columns else 2 * wide):
            w, h = bar[0] if columns else wide, bar[1] if rows else high
            lift = shear * x
            corners = np.array([[x, y + lift], [x + w, y + lift + shear * w], [x + w, y + h + lift], [x, y + h + lift]])
            cv2.fillConvexPoly(image, corners.astype(np.int32), level, cv2.LINE_AA)
    return image
