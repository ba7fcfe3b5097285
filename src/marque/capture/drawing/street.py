"""The street behind the vehicles, and the eye that sees it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from marque.types import Image

BLIND = 0.35
"""share of the places for a window where there is none"""
HAZE = 0.012
"""blur of what is far, as a share of the horizon's height"""


@dataclass(frozen=True, slots=True)
class Eye:
    """A pinhole camera looking along the street. Metres: x to the right, y up from the ground, z away from it."""

    width: int
    height: int
    above: float = 1.6

    @property
    def focal(self) -> float:
        return 1.17 * self.width

    @property
    def horizon(self) -> float:
        return 0.25 * self.height

    def project(self, x: float, y: float, z: float) -> tuple[float, float]:
        """Where a point of the street appears, in pixels."""
        return self.width / 2 + self.focal * x / z, self.horizon + self.focal * (self.above - y) / z


def draw_street(eye: Eye, random: Generator) -> Image:
    """Sky, houses, trees, pavement, a textured road with a line."""
    image = np.zeros((eye.height, eye.width, 3), np.uint8)
    horizon = round(eye.horizon)
    sky = np.linspace((224, 206, 190), (232, 228, 224), horizon)[:, None]
    image[:horizon] = sky.astype(np.uint8)
    _houses(image, horizon, random)
    _ground(image, eye, random)
    return np.asarray(cv2.GaussianBlur(image, (3, 3), 0), np.uint8)


def _houses(image: Image, horizon: int, random: Generator) -> None:
    x = 0
    while x < image.shape[1]:
        width = int(random.integers(image.shape[1] // 12, image.shape[1] // 5))
        top = int(random.integers(horizon // 6, max(horizon // 6 + 1, horizon // 2)))
        _roof(image, (x, x + width), top, random)
        _house(image[top:horizon, x : x + width], random)
        x += width
    image[:horizon] = cv2.GaussianBlur(image[:horizon], (0, 0), HAZE * horizon)
    for _ in range(18):
        centre = (int(random.integers(image.shape[1])), horizon - int(random.integers(0, 30)))
        _tree(image, centre, int(random.integers(14, 44)), random)


def _roof(image: Image, span: tuple[int, int], eaves: int, random: Generator) -> None:
    left, right = span
    ridge = eaves - int(random.integers(eaves // 2, eaves + 1))
    inset = int(random.integers(0, max(1, (right - left) // 3)))
    roof = np.array([(left - 4, eaves), (left + inset, ridge), (right - inset, ridge), (right + 4, eaves)], np.int32)
    cv2.fillPoly(image, [roof], random.integers(60, 120, 3).tolist(), cv2.LINE_AA)


def _house(front: Image, random: Generator) -> None:
    """A wall with windows that mirror the sky, each a little differently: rows of equal dark marks on an even ground
    are what a plate looks like.
    """
    wall = random.integers(110, 190) + random.integers(-18, 18, 3)
    front[:] = np.linspace(wall * 1.1, wall * 0.85, max(1, len(front)))[:, None].astype(np.uint8)
    wide, high, step = int(random.integers(20, 40)), int(random.integers(22, 34)), int(random.integers(46, 70))
    for x in range(14, front.shape[1] - wide, step):
        for y in range(14, front.shape[0] - high, high + 24):
            if random.random() < BLIND:
                continue
            glass = wall * random.uniform(0.6, 0.8) + (230 - wall) * random.uniform(0.0, 0.5)
            front[y : y + high, x : x + wide] = wall * 1.15 if wall.max() < 190 else wall * 0.9
            front[y + 2 : y + high - 2, x + 2 : x + wide // 2 - 1] = glass
            front[y + 2 : y + high - 2, x + wide // 2 + 1 : x + wide - 2] = glass * random.uniform(0.85, 1.0)


def _tree(image: Image, centre: tuple[int, int], size: int, random: Generator) -> None:
    for _ in range(40):
        dx, dy = random.normal(0, size / 2, 2)
        green = random.uniform(0.6, 1.2) * np.array((40, 84, 56))
        spot = (round(centre[0] + dx), round(centre[1] - size + dy))
        cv2.circle(image, spot, max(2, size // 4), green.tolist(), cv2.FILLED)


def _ground(image: Image, eye: Eye, random: Generator) -> None:
    horizon = round(eye.horizon)
    image[horizon:] = (128, 134, 136)
    road = np.array([eye.project(x, 0, z) for x, z in ((-3.2, 60), (3.2, 60), (3.2, 1.5), (-3.2, 1.5))])
    cv2.fillPoly(image, [road.astype(np.int32)], (92, 92, 94))
    for side in (-3.2, 3.2):
        kerb = np.array(
            [eye.project(x, 0, z) for x, z in ((side, 60), (side + 0.2, 60), (side + 0.2, 1.5), (side, 1.5))]
        )
        cv2.fillPoly(image, [kerb.astype(np.int32)], (164, 168, 170), cv2.LINE_AA)
    for z in np.arange(2.0, 40.0, 3.0):
        line = np.array([eye.project(x, 0, d) for x, d in ((1.9, z), (2.05, z), (2.05, z + 1.5), (1.9, z + 1.5))])
        cv2.fillPoly(image, [line.astype(np.int32)], (206, 208, 208), cv2.LINE_AA)
    image[horizon:] = _textured(image[horizon:], random)


def _textured(ground: Image, random: Generator) -> Image:
    """Asphalt: fine grain, finer with distance, and large soft stains."""
    height, width = ground.shape[:2]
    fine = random.normal(0, 9, (height, width)).astype(np.float32)
    coarse = cv2.resize(
        random.normal(0, 14, (9, 16)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    near = np.linspace(0.3, 1.0, height, dtype=np.float32)[:, None]
    return np.clip(ground + (fine * near + coarse)[..., None], 0, 255).astype(np.uint8)


def darken(image: Image) -> Image:
    """The same street at night."""
    levels = np.arange(256, dtype=np.float32)
    tables = [np.clip(levels * factor, 0, 255).astype(np.uint8) for factor in (0.24, 0.19, 0.17)]
    return np.asarray(cv2.LUT(image, np.stack(tables, -1)[None]), np.uint8)


class Grain:
    """Sensor noise: one field larger than the picture, looked at through another window for every frame, since fresh
    noise costs more than all the rest of the drawing.
    """

    ROOM = 61

    def __init__(self, random: Generator, eye: Eye, sigma: float) -> None:
        self._shape = (eye.height, eye.width)
        self._field = random.normal(0, sigma, (eye.height + self.ROOM, eye.width + self.ROOM, 3)).astype(np.int16)

    def over(self, image: Image, number: int) -> Image:
        """The picture with the noise of frame ``number``."""
        (height, width), y, x = self._shape, number * 23 % self.ROOM, number * 37 % self.ROOM
        return np.asarray(cv2.add(image, self._field[y : y + height, x : x + width], dtype=cv2.CV_8U), np.uint8)
