"""Plates of real photographs, to be cut anew each time: dies, dirt, lenses and light that no drawing has."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from marque_training.datasets import data_folder
from marque_training.strangers import photographs, strangers

Picture = NDArray[np.uint8]
AROUND = 0.6
"""what is kept around a plate, in its heights"""


@dataclass(frozen=True)
class Photo:
    """A piece of a photograph (grey) with one plate: its text, corners [4, 2] and size, in the piece's pixels."""

    image: Picture
    text: str
    quad: NDArray[np.float32]
    size: tuple[float, float]


@lru_cache(maxsize=1)
def photos() -> tuple[tuple[Photo, ...], ...]:
    """Those that may train, by text; empty where the photographs are not on this machine."""
    found: defaultdict[str, list[Photo]] = defaultdict(list)
    training = (plate for plate in strangers() if not plate.held)
    for plate, image in photographs(training, data_folder()):
        reach = AROUND * plate.size[1]
        x0, y0 = np.floor(plate.quad.min(0) - reach).clip(0).astype(int)
        x1, y1 = np.ceil(plate.quad.max(0) + reach).astype(int)
        piece = np.ascontiguousarray(image[y0:y1, x0:x1])
        found[plate.text].append(Photo(piece, plate.text, plate.quad - np.array([x0, y0], np.float32), plate.size))
    return tuple(tuple(own) for own in found.values())


def any_photo(rng: np.random.Generator) -> Photo | None:
    """One of any text, each text as often as every other; none where there are none."""
    texts = photos()
    if not texts:
        return None
    own = texts[int(rng.integers(len(texts)))]
    return own[int(rng.integers(len(own)))]


def shrunk(image: Picture, scale: float) -> Picture:
    """The picture at `scale`, no larger than it is, so that a warp afterwards need not shrink it much."""
    if scale >= 0.9:
        return image
    size = (max(8, round(image.shape[1] * scale)), max(8, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
