"""The colour of a vehicle from its pixels.

A small picture of the vehicle is summed up in a few dozen numbers: how light and how colourful its middle and the whole
of it are, which hues its coloured pixels have, how light the others are. A linear model, fitted to crops that people
named (``marque_training.vehicle.color``), makes shares of eleven names of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
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
COLOURLESS = 0.042
"""chroma that nearly no pixel of a black-and-white or infra-red picture exceeds"""
COLOURED = 0.02
"""share of the pixels that must exceed it for the colour to be told at all"""
PALE, VIVID = 0.12, 0.22
"""chroma from which a pixel begins to count as coloured, and from which it wholly does"""
HUES, SHADES = 8, 7
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Palette:
    """``mean`` and ``deviation`` [F] of :func:`features`, ``weights`` [F, names], ``bias`` [names]. ``threshold``:
    below this confidence a colour is not told."""

    names: tuple[str, ...]
    mean: Floats
    deviation: Floats
    weights: Floats
    bias: Floats
    temperature: float
    threshold: float

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Palette:
        """What :func:`load` found in the file."""
        layers = ("mean", "deviation", "weights", "bias")
        arrays: dict[str, Any] = {name: np.array(stored[name], np.float32) for name in layers}
        temperature, threshold = float(stored["temperature"]), float(stored["threshold"])
        return cls(names=tuple(stored["names"]), temperature=temperature, threshold=threshold, **arrays)

    def shares(self, seen: Floats) -> Floats:
        """[F] of :func:`features` -> how likely each name is, [names]."""
        scores = ((seen - self.mean) / self.deviation @ self.weights + self.bias) / self.temperature
        raised = np.exp(scores - scores.max())
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
    """What a crop is judged by, [F]: the same numbers of the body below the windows and of the whole vehicle."""
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB) / (100, 60, 60)
    ys, xs = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    body, whole = (ys > -0.25) & (ys < 0.6) & (abs(xs) < 0.8), (abs(ys) < 0.9) & (abs(xs) < 0.9)
    return np.array([number for mask in (body, whole) for number in _summed_up(*lab[mask].T)], np.float32)


def _summed_up(light: Floats, a: Floats, b: Floats) -> Iterator[float]:
    """Of some pixels in Lab: spread of lightness and chroma, the middle colour and the colour of the most colourful,
    how many are colourless, how light those and the others are, and how often each hue and each shade of grey occurs.
    """
    chroma = np.hypot(a, b)
    vivid, grey = np.square(chroma) + 1e-4, chroma < PALE
    yield from _quantiles(light, (0.1, 0.3, 0.5, 0.7, 0.9))
    yield from (*_quantiles(a, (0.5,)), *_quantiles(b, (0.5,)))
    yield from _quantiles(chroma, (0.3, 0.5, 0.7, 0.9))
    yield from (float(side @ vivid / vivid.sum()) for side in (a, b))
    yield float(grey.mean())
    yield from (float(light[some].mean()) if some.any() else 0.5 for some in (grey, ~grey))
    coloured, hue = np.clip((chroma - PALE) / (VIVID - PALE), 0, 1), np.arctan2(b, a)
    away = np.abs((hue - np.linspace(-np.pi, np.pi, HUES, endpoint=False)[:, None] + np.pi) % (2 * np.pi) - np.pi)
    yield from (np.clip(1 - away / (2 * np.pi / HUES), 0, 1) @ coloured / len(light)).tolist()
    away = np.abs(light - np.linspace(0, 1, SHADES)[:, None])
    yield from (np.clip(1 - away * (SHADES - 1), 0, 1) @ (1 - coloured) / len(light)).tolist()


def _quantiles(values: Floats, shares: Sequence[float]) -> list[float]:
    """The values below which these shares of them lie, without interpolating: a tenth of the time."""
    ordered = np.sort(values)
    return [float(ordered[int(share * (len(ordered) - 1))]) for share in shares]


def is_colourless(small: Image) -> bool:
    """Whether the picture knows no colours: at night, infra-red."""
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB) / 60
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
