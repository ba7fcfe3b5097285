"""Recogniser samples: a drawn plate photographed from some distance, or a real one, cut out with the margins a detector
leaves."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from marque_training.synth.degrade import degrade
from marque_training.synth.marks import CAPTION_FONTS, caption, caption_mask
from marque_training.synth.nothing import nothing
from marque_training.synth.photo import Photo, any_photo, shrunk
from marque_training.synth.plate import DrawnPlate, draw

Picture = NDArray[np.uint8]
HEIGHT, WIDTH = 64, 160
NOTHING = 0.035
"""share of crops without a plate"""


@dataclass(frozen=True)
class Sample:
    """One training crop: 64x160 uint8 grey, the text, the region's code (None where nobody said)."""

    image: Picture
    text: str
    region: str | None


def sample(rng: np.random.Generator, real: float = 0.0) -> Sample:
    """Draw, photograph, crop; one in thirty shows no plate and has an empty text. `real` is the share of real plates,
    where their photographs are on this machine."""
    if rng.random() < NOTHING:
        return Sample(nothing(rng), "", "other")
    if rng.random() < real and (photo := any_photo(rng)):
        return recut(photo, rng)
    plate = draw(rng)
    grey = _grey(plate, rng)
    two_lines = grey.shape[1] < 2.3 * grey.shape[0]
    high = rng.uniform(36, 64) if rng.random() < 0.55 else rng.uniform(26 if two_lines else 14, 40)
    if not two_lines and rng.random() < 0.05:
        high = rng.uniform(10, 15)
    difficulty = float(rng.beta(1.1, 2.1)) * (0.3 if high < 15 else 0.5 if high < 20 else 1.0)
    low = _photograph(grey, float(high), rng)
    return Sample(_whole(degrade(low, difficulty, rng), rng), plate.text, plate.region)


def recut(photo: Photo, rng: np.random.Generator) -> Sample:
    """A real plate, seen from at least as far away, cut with other margins and corners, a little spoilt."""
    wide, high = photo.size
    scale = rng.uniform(min(1.0, 15 / high), 1.0) if rng.random() < 0.5 else 1.0
    scale = min(scale, 64 / high)
    image = shrunk(photo.image, scale)
    found = photo.quad * np.divide(image.shape[::-1], photo.image.shape[::-1], dtype=np.float32)
    quad, (w, h) = _framed(max(28.0, wide * scale * rng.uniform(0.8, 1.05)), high * scale, rng)
    matrix = cv2.getPerspectiveTransform(found.astype(np.float32), quad - 0.5)
    shot = np.asarray(cv2.warpPerspective(image, matrix, (w, h), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    # It has been through one camera already, and through a worse one the smaller it is.
    difficulty = float(rng.beta(1.1, 2.1)) * min(0.6, high * scale / 60)
    return Sample(_whole(degrade(shot, difficulty, rng), rng), photo.text, None)


def _whole(low: Picture, rng: np.random.Generator) -> Picture:
    """The crop at the net's size."""
    kernel = cv2.INTER_LINEAR if rng.random() < 0.85 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(low, (WIDTH, HEIGHT), interpolation=kernel), np.uint8)


def _framed(wide: float, high: float, rng: np.random.Generator) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Where a plate of this size hangs in its crop, and the crop's width and height."""
    quad = _quad(wide, high, rng)
    margins = _margins(rng) * [wide, high, wide, high]
    lowest = quad.min(0) - margins[:2]
    size = np.maximum(quad.max(0) + margins[2:] - lowest, [24, 10])
    w, h = (round(float(v)) for v in size)
    return (quad - lowest).astype(np.float32), (w, h)


def _grey(plate: DrawnPlate, rng: np.random.Generator) -> Picture:
    """Mostly the usual luminance; sometimes another mix, as infrared and tinted cameras give."""
    if rng.random() < 0.75:
        return np.asarray(cv2.cvtColor(plate.image, cv2.COLOR_BGR2GRAY), np.uint8)
    weights = rng.dirichlet([1.0, 2.0, 1.5]).astype(np.float32)
    return (plate.image @ weights).astype(np.uint8)


def _photograph(plate: Picture, high: float, rng: np.random.Generator) -> Picture:
    """Warp the plate to about `high` pixels in a low-resolution crop with background around it."""
    aspect = plate.shape[1] / plate.shape[0] * rng.uniform(0.65, 1.03)
    quad, (w, h) = _framed(max(28.0, high * aspect), high, rng)
    plate = shrunk(plate, 1.3 * high / plate.shape[0])
    scene = _surround(w, h, plate, rng)
    if rng.random() < 0.3:
        _holder(scene, quad, rng)
    ph, pw = plate.shape
    corners = np.array([[-0.5, -0.5], [pw - 0.5, -0.5], [pw - 0.5, ph - 0.5], [-0.5, ph - 0.5]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, quad - 0.5)
    cv2.warpPerspective(plate, matrix, (w, h), scene, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    return _bow(scene, rng) if rng.random() < 0.12 else scene


def _bow(shot: Picture, rng: np.random.Generator) -> Picture:
    """A bent plate or a wide lens: columns move up or down along a parabola."""
    h, w = shot.shape
    x = np.linspace(-1, 1, w, dtype=np.float32)
    lift = np.float32(rng.normal(0, 0.07) * h) * (x * x - np.float32(0.4))
    rows = np.arange(h, dtype=np.float32)[:, None] + lift[None]
    columns = np.broadcast_to(np.arange(w, dtype=np.float32), (h, w))
    bent = cv2.remap(shot, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent, np.uint8)


def _quad(wide: float, high: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """The plate's corners: rectified by corners found more or less well, or as it hung (turned, sheared, one side
    further away)."""
    quad = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float64)
    # The detector's corners are off by .13 heights in the median and by .31 in the worst tenth.
    quad += rng.normal(0, rng.choice([0.03, 0.08, 0.13], p=[0.42, 0.4, 0.18]), (4, 2)) * high
    if rng.random() < 0.2:
        side = [0, 3] if rng.random() < 0.5 else [1, 2]
        middle = quad[side].mean(0)
        quad[side] = middle + (quad[side] - middle) * rng.uniform(0.7, 1.0)
    kind = rng.random()
    if kind < 0.4:
        turn, lean = rng.normal(0, 0.09), rng.normal(0, 0.15)
    elif kind < 0.54:
        turn, lean = rng.uniform(-0.33, 0.33), rng.normal(0, 0.2)
    else:
        return quad
    return np.asarray(quad @ np.array([[1, turn], [lean, 1]]))


def _margins(rng: np.random.Generator) -> NDArray[np.float64]:
    """Left, top, right, bottom, as fractions of the plate: half of them near 6 %, the others up to 35 %."""
    kind = rng.random()
    if kind < 0.5:
        return np.asarray(rng.normal(0.05, 0.035, 4) * [0.6, 1.2, 0.6, 1.2])
    common = rng.uniform(0.0, 0.22) if kind < 0.88 else rng.uniform(0.15, 0.35)
    return np.asarray((common + rng.normal(0, 0.05, 4)).clip(-0.01) * [0.7, 1.2, 0.7, 1.2])


def _surround(w: int, h: int, plate: Picture, rng: np.random.Generator) -> Picture:
    """Bumper, holder, shadow: soft patches, often dark, sometimes like the plate itself, with lines and letters."""
    kind = rng.random()
    level = rng.uniform(5, 90) if kind < 0.55 else rng.uniform(60, 250)
    if kind > 0.9:
        level = float(plate.mean())
    coarse = rng.normal(level, rng.uniform(2, 40), (int(rng.integers(2, 5)), int(rng.integers(2, 6))))
    scene = np.clip(cv2.resize(coarse.astype(np.float32), (w, h), interpolation=cv2.INTER_LINEAR), 0, 255).astype(
        np.uint8
    )
    for _ in range(int(rng.integers(0, 4))):
        y = int(rng.integers(0, h))
        cv2.line(scene, (0, y), (w, y + int(rng.normal(0, 2))), int(rng.integers(0, 256)), int(rng.integers(1, 4)))
    return scene


def _holder(scene: Picture, quad: NDArray[np.float32], rng: np.random.Generator) -> None:
    """A holder around the plate, with a dealer's line below it, in place."""
    middle = quad.mean(0)
    grown = (
        middle
        + (quad - middle) * [rng.uniform(1.01, 1.05), rng.uniform(1.05, 1.3)]
        + [0, rng.uniform(0, 0.1) * scene.shape[0]]
    )
    level = int(rng.integers(0, 60) if rng.random() < 0.8 else rng.integers(60, 230))
    cv2.fillPoly(scene, [np.round(grown).astype(np.int32)], level)
    (x0, y0), (x1, y1) = (quad[3] + grown[3]) / 2, (quad[2] + grown[2]) / 2
    high = max(2.0, float((grown[3] - quad[3])[1]) * 0.8)
    if high > 3:
        wide = int((x1 - x0) * rng.uniform(0.4, 0.95))
        mask = cv2.resize(
            caption_mask(caption(rng), int(rng.integers(CAPTION_FONTS))),
            (max(3, wide), int(high)),
            interpolation=cv2.INTER_AREA,
        )
        x, y = int(x0 + (x1 - x0 - wide) / 2), int((y0 + y1) / 2 - high / 2)
        target = scene[max(0, y) : y + mask.shape[0], max(0, x) : x + mask.shape[1]]
        alpha = mask[: target.shape[0], : target.shape[1]].astype(np.float32) / 255
        target[:] = (target + (float(rng.integers(120, 256)) - target) * alpha).astype(np.uint8)
