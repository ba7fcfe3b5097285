"""The colour of a vehicle from its pixels.

Every pixel of a small picture of the vehicle is asked twice, by its colour and place: which of the eleven names it
looks like, and how much it has to say (glass, tyres and the road have nothing). The answers are averaged by that
weight. The few hundred numbers behind it were fitted to crops that people named (``marque_training.vehicle.color``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.errors import ModelError
from marque.types import Attribute, Box, Image

FILE = "vehicle-color.json"
SIDE = 24
"""pixels of the small picture, both ways"""
COLOURLESS = 2.5
"""chroma (CIE Lab) that nearly no pixel of a black-and-white or infra-red picture exceeds"""
COLOURED = 0.02
"""share of the pixels that must exceed it for the colour to be told at all"""
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Palette:
    """``hidden`` [F, H], ``answer`` [H, names + 1]; the last answer is how much a pixel has to say. ``threshold``:
    below this confidence a colour is not told."""

    names: tuple[str, ...]
    hidden: Floats
    hidden_bias: Floats
    answer: Floats
    answer_bias: Floats
    temperature: float
    threshold: float

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Palette:
        """What :func:`load` found in the file."""
        layers = ("hidden", "hidden_bias", "answer", "answer_bias")
        arrays: dict[str, Any] = {name: np.array(stored[name], np.float32) for name in layers}
        temperature, threshold = float(stored["temperature"]), float(stored["threshold"])
        return cls(names=tuple(stored["names"]), temperature=temperature, threshold=threshold, **arrays)

    def shares(self, pixels: Floats) -> Floats:
        """[P, F] of :func:`features` -> how likely each name is, [names]."""
        answers = np.maximum(pixels @ self.hidden + self.hidden_bias, 0.0) @ self.answer + self.answer_bias
        weights = softmax(answers[:, -1])
        return softmax((weights @ answers[:, :-1]) / self.temperature)


def softmax(values: Floats) -> Floats:
    raised = np.exp(values - values.max())
    return np.asarray(raised / raised.sum(), np.float32)


def crop(image: Image, box: Box) -> Image | None:
    """The vehicle's part of the picture, SIDE pixels both ways, or None where there is nothing of it."""
    height, width = image.shape[:2]
    x0, y0 = max(0, int(box.x0)), max(0, int(box.y0))
    x1, y1 = min(width, round(box.x1)), min(height, round(box.y1))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return None
    part = image[y0:y1, x0:x1]
    # What is much larger than needed is thinned out first: a mean over a megapixel tells no more.
    step = max(1, min(part.shape[:2]) // (4 * SIDE))
    return np.asarray(cv2.resize(part[::step, ::step], (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def features(small: Image) -> Floats:
    """What each pixel of a crop is asked by, [SIDE^2, 8]: its Lab colour, its chroma, its lightness against the crop's,
    its place and how far that is from the middle line."""
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB).reshape(-1, 3)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    ys, xs = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j].reshape(2, -1)
    light, side = lab[:, 0] / 50 - 1, np.abs(xs)
    columns = (light, lab[:, 1] / 40, lab[:, 2] / 40, chroma / 40, light - np.median(light), ys, ys * ys, side)
    return np.stack(columns, 1).astype(np.float32)


def is_colourless(small: Image) -> bool:
    """Whether the picture knows no colours: at night, infra-red."""
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    return bool((np.hypot(lab[..., 1], lab[..., 2]) > COLOURLESS).mean() < COLOURED)


@cache
def load() -> Palette:
    """The palette of the package. Raises ModelError."""
    try:
        return Palette.of(json.loads((files("marque.models") / FILE).read_text("utf-8")))
    except (OSError, KeyError, ValueError) as error:
        raise ModelError(f"{FILE} cannot be used: {error}", hint="Install Marque again.") from error


def colors(image: Image, box: Box, palette: Palette | None = None) -> tuple[Attribute, ...]:
    """What colour the vehicle in ``box`` may be, likeliest first, with shares that add up to one; empty where nothing
    can be said, as of pictures without colours.
    """
    palette = palette or load()
    small = crop(image, box)
    if small is None or is_colourless(small):
        return ()
    shares = palette.shares(features(small))
    return tuple(Attribute(palette.names[i], float(shares[i])) for i in np.argsort(-shares, kind="stable"))
