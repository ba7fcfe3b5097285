"""The picture of one plate in the making, and the few ways to put something on it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from marque_training.synth import marks

Picture = NDArray[np.uint8]
Colour = NDArray[np.float32]
Box = tuple[float, float, float, float]
"""x, y, width, height in pixels"""


def jitter(colour: Colour, rng: np.random.Generator, amount: float) -> Colour:
    """A neighbouring colour: `amount` is the deviation of each channel and of their common level."""
    return np.clip(colour + rng.normal(0, amount, 3) + rng.normal(0, amount), 0, 255).astype(np.float32)


class Canvas:
    """`image` is what the plate looks like so far, `text` the mask of what will be pressed and inked at the end."""

    def __init__(self, wide: int, high: int, ground: Colour, ink: Colour, rng: np.random.Generator) -> None:
        self.wide, self.high, self.ground, self.ink, self.rng = wide, high, ground, ink, rng
        self.image = np.empty((high, wide, 3), np.uint8)
        self.image[:] = ground.astype(np.uint8)
        self.text = np.zeros((high, wide), np.uint8)

    def stamp(self, mask: Picture, box: Box) -> None:
        """Add a mask to the text."""
        x0, y0, w, h = round(box[0]), round(box[1]), max(2, round(box[2])), max(2, round(box[3]))
        piece = cv2.resize(mask, (w, h), interpolation=cv2.INTER_AREA if h < mask.shape[0] else cv2.INTER_LINEAR)
        left, up = max(0, -x0), max(0, -y0)
        target = self.text[y0 + up : y0 + h, x0 + left : x0 + w]
        if target.size:
            np.maximum(target, piece[up : up + target.shape[0], left : left + target.shape[1]], out=target)

    def bar(self, box: Box) -> None:
        """Add a filled rectangle to the text: a dash or a dot."""
        x, y, w, h = box
        cv2.rectangle(self.text, (round(x), round(y)), (round(x + w), round(y + max(1.0, h))), 255, -1)

    def fill(self, box: Box, colour: Colour) -> None:
        """A filled rectangle."""
        x, y, w, h = (round(v) for v in box)
        cv2.rectangle(self.image, (x, y), (x + w - 1, y + h - 1), colour.tolist(), -1)

    def emblem(self, box: Box, opacity: float = 1.0) -> None:
        """A random emblem; nothing where the box leaves the plate or is tiny."""
        x, y, w, h = (round(v) for v in box)
        picture, mask = marks.emblem(int(self.rng.integers(marks.EMBLEMS)))
        if w < 3 or h < 3 or x < 0 or y < 0 or x + w > self.wide or y + h > self.high:
            return
        alpha = cv2.resize(mask, (w, h), interpolation=cv2.INTER_AREA)[..., None] * np.float32(opacity / 255)
        target = self.image[y : y + h, x : x + w]
        small = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA).astype(np.float32)
        target[:] = (target + (small - target) * alpha).astype(np.uint8)

    def words(self, text: str, box: Box, colour: Colour | None = None) -> None:
        """Small print that is not read; without a colour mostly in the plate's ink."""
        x, y, w, h = round(box[0]), round(box[1]), max(3, round(box[2])), max(3, round(box[3]))
        mask = cv2.resize(
            marks.caption_mask(text, int(self.rng.integers(marks.CAPTION_FONTS))), (w, h), interpolation=cv2.INTER_AREA
        )
        target = self.image[max(0, y) : y + h, max(0, x) : x + w]
        if colour is None:
            colour = self.ink if self.rng.random() < 0.7 else self.rng.integers(0, 256, 3).astype(np.float32)
        alpha = mask[: target.shape[0], : target.shape[1], None] * np.float32(1 / 255)
        target[:] = (target + (colour - target) * alpha).astype(np.uint8)

    def press(self, *, halo: bool = False) -> None:
        """Ink the text: blotted or thin strokes, worn paint, an embossed edge; with `halo` a pale or dark outline."""
        rng, mask = self.rng, self.text
        if halo:
            outline = np.asarray(cv2.dilate(mask, np.ones((5, 5), np.uint8)), np.uint8)
            self.image = _blend(self.image, np.full(3, 245 if self.ink.mean() < 128 else 15, np.float32), outline)
        wear = rng.random()
        if wear < 0.16:
            mask = np.asarray(cv2.dilate(mask, np.ones((2, 2) if rng.random() < 0.6 else (3, 3), np.uint8)), np.uint8)
        elif wear < 0.3:
            mask = np.asarray(cv2.erode(mask, np.ones((2, 2), np.uint8)), np.uint8)
        if rng.random() < 0.12:
            coarse = rng.uniform(90, 255, (5, 12)).astype(np.uint8)
            paint = cv2.resize(coarse, (self.wide, self.high), interpolation=cv2.INTER_LINEAR)
            mask = np.asarray(cv2.multiply(mask, paint, scale=1 / 255), np.uint8)
        if rng.random() < 0.35:
            self._emboss(mask)
        self.image = _blend(self.image, self.ink, mask)

    def _emboss(self, mask: Picture) -> None:
        dx, dy = (int(v) for v in self.rng.integers(-2, 3, 2))
        edge = cv2.subtract(np.roll(mask, (dy, dx), (0, 1)), mask)
        change = int(self.rng.integers(15, 70))
        alpha = cv2.merge([edge, edge, edge])
        shade = cv2.multiply(alpha, np.full_like(alpha, change), scale=1 / 255)
        change_light = cv2.add if self.rng.random() < 0.5 else cv2.subtract
        self.image = np.asarray(change_light(self.image, shade), np.uint8)


def _blend(image: Picture, ink: Colour, mask: Picture) -> Picture:
    """Paint `ink` where `mask` says, all in bytes."""
    alpha = cv2.merge([mask, mask, mask])
    paint = np.empty_like(image)
    paint[:] = ink.astype(np.uint8)
    covered = cv2.multiply(paint, alpha, scale=1 / 255)
    return np.asarray(cv2.add(cv2.multiply(image, cv2.bitwise_not(alpha), scale=1 / 255), covered), np.uint8)
