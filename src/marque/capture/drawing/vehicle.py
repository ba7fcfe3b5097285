"""Vehicles seen from the front or from behind, as flat sprites with transparency."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

SCALE = 320
"""sprite pixels per metre"""
PAINTS = (
    (214, 214, 210),
    (38, 36, 36),
    (120, 122, 126),
    (60, 44, 140),
    (120, 66, 30),
    (176, 178, 176),
    (44, 78, 52),
    (70, 120, 170),
)
"""blue, green, red"""


@dataclass(frozen=True, slots=True)
class Build:
    """A body in metres. ``plate``: height of the plate's centre above the ground; ``type`` as of a
    :class:`~marque.types.Vehicle`.
    """

    width: float
    height: float
    shoulder: float
    """height of the bonnet's or boot's edge, where the window begins"""
    roof: float
    """width of the roof over the width of the body"""
    plate: float
    type: str = "car"
    glass: float = 0.0
    """height at which the window ends, where that is not just below the roof"""

    @property
    def pane(self) -> float:
        """Height of the window's upper edge."""
        return self.glass or self.height - 0.1


BUILDS = (
    Build(1.80, 1.46, 0.92, 0.66, 0.52),
    Build(1.86, 1.66, 1.04, 0.72, 0.60),
    Build(1.74, 1.50, 0.90, 0.70, 0.50),
    Build(2.00, 2.05, 1.15, 0.88, 0.58, "van"),
)
"""saloon, off-roader, hatchback, van"""
LORRY = Build(2.45, 3.30, 1.40, 0.97, 0.80, "truck", glass=2.25)


@dataclass(frozen=True, slots=True)
class Sprite:
    """``image`` is BGRA float32 0..255, alpha 0..1, its bottom on the ground and its middle on the vehicle's."""

    image: NDArray[np.float32]
    build: Build

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in metres."""
        return self.image.shape[1] / SCALE, self.image.shape[0] / SCALE


def draw_vehicle(build: Build, random: Generator, *, rear: bool, lamps: bool) -> Sprite:
    """A vehicle of random paint; ``lamps``: they are on."""
    paint = np.array(PAINTS[int(random.integers(len(PAINTS)))], np.float32) * random.uniform(0.85, 1.1)
    brush = _Brush(build, paint)
    brush.wheels()
    brush.body()
    if rear and build.type == "truck":
        brush.doors()
    else:
        brush.window(random)
    brush.grille(rear)
    brush.lamps(rear, lamps)
    brush.trim(rear)
    return Sprite(brush.finish(random), build)


class _Brush:
    """Draws with metres: x to the right from the middle, y up from the ground."""

    def __init__(self, build: Build, paint: NDArray[np.float32]) -> None:
        self.build, self.paint = build, paint
        self.width, self.height = round((build.width + 0.5) * SCALE), round((build.height + 0.08) * SCALE)
        self.colour = np.zeros((self.height, self.width, 3), np.uint8)
        self.alpha = np.zeros((self.height, self.width), np.uint8)

    def wheels(self) -> None:
        for side in (-1, 1):
            x = side * (self.build.width / 2 - 0.14)
            self._box(x - 0.11, 0.0, x + 0.11, 0.5, (22, 22, 22))
            self._box(x - 0.05, 0.0, x + 0.05, 0.45, (34, 34, 34))

    def body(self) -> None:
        half, build = self.build.width / 2, self.build
        shape = [
            (-half + 0.06, 0.2),
            (-half, 0.42),
            (-half + 0.01, 0.78),
            (-half + 0.07, build.shoulder),
            (-half * build.roof, build.height - 0.07),
            (-half * build.roof + 0.12, build.height),
        ]
        outline = shape + [(-x, y) for x, y in reversed(shape)]
        self._shape(outline, self._shade(0.92))
        bonnet = [
            (-half + 0.08, 0.72),
            (-half + 0.16, build.shoulder),
            (half - 0.16, build.shoulder),
            (half - 0.08, 0.72),
        ]
        self._shape(bonnet, self._shade(1.12))
        self._box(-half + 0.05, 0.2, half - 0.05, 0.34, self._shade(0.55))

    def window(self, random: Generator) -> None:
        half, build = self.build.width / 2, self.build
        top = half * build.roof - 0.08
        base = half - 0.22
        corners = [
            (-base, build.shoulder + 0.03),
            (-top, build.pane),
            (top, build.pane),
            (base, build.shoulder + 0.03),
        ]
        self._shape(corners, (58, 50, 42))
        tilt = float(random.uniform(-0.3, 0.3))
        shine = [
            (-0.5 + tilt, build.shoulder + 0.03),
            (-0.2 + tilt, build.pane),
            (0.1 + tilt, build.pane),
            (-0.1 + tilt, build.shoulder + 0.03),
        ]
        self._shape(shine, (96, 88, 78))
        for side in (-1, 1):
            self._oval(side * (half + 0.02), build.shoulder + 0.08, 0.11, 0.06, self._shade(0.8))

    def doors(self) -> None:
        """A box without windows that opens in the middle."""
        build = self.build
        half = build.width / 2
        self._box(-half + 0.08, build.shoulder - 0.3, half - 0.08, build.height - 0.12, self._shade(1.06))
        for x in (-half + 0.3, -0.12, 0.0, 0.12, half - 0.3):
            self._box(x - 0.015, build.shoulder - 0.3, x + 0.015, build.height - 0.12, self._shade(0.7))

    def grille(self, rear: bool) -> None:
        if rear:
            self._box(-0.5, 0.62, 0.5, 0.66, self._shade(0.7))
            return
        self._box(-0.46, 0.62, 0.46, 0.8, (30, 30, 30))
        for y in np.arange(0.64, 0.8, 0.035):
            self._box(-0.45, float(y), 0.45, float(y) + 0.01, (92, 92, 92))
        self._oval(0.0, 0.71, 0.06, 0.06, (170, 170, 170))

    def lamps(self, rear: bool, lit: bool) -> None:
        x = self.build.width / 2 - 0.2
        glass = ((30, 24, 150), (60, 60, 250)) if rear else ((176, 176, 172), (250, 252, 255))
        for side in (-1, 1):
            self._oval(side * x, 0.76, 0.16, 0.085, (40, 40, 40))
            self._oval(side * x, 0.76, 0.14, 0.07, glass[lit])
            self._oval(side * (x - 0.03), 0.77, 0.05, 0.04, (235, 235, 245) if not rear else glass[1])

    def trim(self, rear: bool) -> None:
        half, plate = self.build.width / 2, self.build.plate
        self._box(-half + 0.03, 0.55, half - 0.03, 0.57, self._shade(0.75))
        self._box(-0.32, plate - 0.1, 0.32, plate + 0.1, self._shade(0.7))
        if not rear:
            for side in (-1, 1):
                self._oval(side * (half - 0.25), 0.4, 0.09, 0.05, (120, 120, 118))

    def finish(self, random: Generator) -> NDArray[np.float32]:
        """Light from above, a little grain, soft edges."""
        rows = np.linspace(1.12, 0.72, self.height, dtype=np.float32)[:, None, None]
        columns = 1 - 0.22 * np.abs(np.linspace(-1, 1, self.width, dtype=np.float32))[None, :, None] ** 2
        grain = random.normal(1.0, 0.02, (self.height, self.width, 1)).astype(np.float32)
        colour = cv2.GaussianBlur(self.colour, (5, 5), 0).astype(np.float32) * rows * columns * grain
        alpha = cv2.GaussianBlur(self.alpha, (5, 5), 0).astype(np.float32) / 255
        return np.dstack([np.clip(colour, 0, 255), alpha]).astype(np.float32)

    def _shade(self, factor: float) -> tuple[float, float, float]:
        b, g, r = np.clip(self.paint * factor, 0, 255)
        return float(b), float(g), float(r)

    def _point(self, x: float, y: float) -> tuple[int, int]:
        return round(self.width / 2 + x * SCALE), round(self.height - y * SCALE)

    def _shape(self, corners: list[tuple[float, float]], colour: tuple[float, float, float]) -> None:
        points = np.array([self._point(x, y) for x, y in corners], np.int32)
        cv2.fillPoly(self.colour, [points], colour, cv2.LINE_AA)
        cv2.fillPoly(self.alpha, [points], 255, cv2.LINE_AA)

    def _box(self, x0: float, y0: float, x1: float, y1: float, colour: tuple[float, float, float]) -> None:
        self._shape([(x0, y0), (x0, y1), (x1, y1), (x1, y0)], colour)

    def _oval(self, x: float, y: float, rx: float, ry: float, colour: tuple[float, float, float]) -> None:
        axes = (round(rx * SCALE), round(ry * SCALE))
        cv2.ellipse(self.colour, self._point(x, y), axes, 0, 0, 360, colour, cv2.FILLED, cv2.LINE_AA)
        cv2.ellipse(self.alpha, self._point(x, y), axes, 0, 0, 360, 255, cv2.FILLED, cv2.LINE_AA)
