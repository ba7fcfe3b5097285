"""Compose one training sample: a view of a photograph with labelled vehicles, a mosaic, or a drawn street; then flat
pieces of photographs in the way, and what cameras do to pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.capture.drawing.paint import darken_below
from marque.capture.drawing.paint import paste as hang
from marque.capture.drawing.street import Eye, darken, draw_street
from marque.capture.drawing.vehicle import BUILDS, LORRY, draw_vehicle
from marque.types import Quad as Corners
from marque_training.detector import street
from marque_training.detector.compose import Floats, Manner, Sample, rectangle, tiles, view
from marque_training.detector.distract import overlaps
from marque_training.detector.paste import bounds, paste, pose
from marque_training.detector.sets import Image
from marque_training.detector.spoil import spoil
from marque_training.vehicle.sets import TYPES, UNKNOWN, Vehicles

NARROWEST, SEEN = 12.0, 8.0
"""pixels a vehicle is aimed to be wide at least, and from which it is wanted"""
MOSAIC, FRONTS, DRAWN, CUTOUTS, COVERED, SPOILT = 0.2, 0.04, 0.07, 0.15, 0.1, 0.6
INSIDE, WHOLE = 0.35, 0.999
"""share of a vehicle that must be in the picture to be wanted"""
WEIGHTS = {
    "openimages_plates_vehicles": 0.8,
    "highway_vehicles_atl": 1.6,
    "roboflow_experiment_plates_300": 0.6,
    "us_florida_roboflow": 0.6,
    "romania_dashcam": 0.4,
}
"""how often a picture of a set is shown, where not as often as others: close views are many, a drive is one street"""
RARE = (1.0, 3.0, 3.5, 2.5, 4.0)
"""how much more often a picture is shown that holds one of TYPES"""


def vehicle_width(rng: np.random.Generator, side: int) -> float:
    low, high = (NARROWEST, 0.3 * side) if rng.random() < 0.25 else (0.15 * side, 1.05 * side)
    return float(np.exp(rng.uniform(math.log(low), math.log(max(low, high)))))


MANNER = Manner(vehicle_width, leaning=0.03, quarter_turned=0.0, flipped=0.5)


@dataclass
class VehicleSample(Sample):
    """`kinds[i]` is the place in TYPES of what `quads[i]` holds, or UNKNOWN."""

    kinds: list[int] = field(default_factory=list)

    def lay(self, tile: Self, x: int, y: int) -> None:
        super().lay(tile, x, y)
        self.kinds += tile.kinds

    @property
    def marks(self) -> list[float]:
        """What the ring says of each label: 1 a vehicle, 2 and on its type."""
        return [1.0 + (kind - UNKNOWN) for kind in self.kinds]


class VehicleComposer:
    """Draws samples without end."""

    def __init__(self, rng: np.random.Generator, pictures: Sequence[Vehicles]) -> None:
        self.rng, self.pictures = rng, pictures
        weights = np.array([weight(vehicles) for vehicles in pictures])
        self._edges = np.cumsum(weights / weights.sum())

    def sample(self, side: int) -> VehicleSample:
        """A square picture and its labels."""
        rng = self.rng
        result = self._mosaic(side) if rng.random() < MOSAIC else self._single((side, side))
        boxes = np.array([bounds(quad) for quad in result.quads] + result.ignored, np.float32).reshape(-1, 4)
        if rng.random() < CUTOUTS:
            self._hang(result.image, boxes)
        if rng.random() < COVERED:
            self._cover(result.image)
        result.image = spoil(rng, result.image) if rng.random() < SPOILT else result.image
        return settled(result, side, side)

    def _single(self, size: tuple[int, int]) -> VehicleSample:
        rng, choice = self.rng, self.rng.random()
        if choice < FRONTS:
            return VehicleSample(street.scene(rng, size[1], size[0]))
        if choice < FRONTS + DRAWN:
            return drawn(rng, size)
        vehicles = self._picture()
        seen, _ = view(rng, vehicles.picture, size, MANNER)
        return VehicleSample(seen.image, seen.quads, seen.exact, seen.ignored, vehicles.kinds.tolist())

    def _picture(self) -> Vehicles:
        return self.pictures[min(int(np.searchsorted(self._edges, self.rng.random())), len(self.pictures) - 1)]

    def _mosaic(self, side: int) -> VehicleSample:
        rng = self.rng
        result = VehicleSample(np.empty((side, side, 3), np.uint8))
        for x0, y0, x1, y1 in tiles(rng, side):
            result.lay(settled(self._single((x1 - x0, y1 - y0)), x1 - x0, y1 - y0), x0, y0)
        return result

    def _hang(self, image: Image, taken: NDArray[np.float32]) -> None:
        """Flat pieces of photographs that hold no vehicle, as posters and windows hang in streets."""
        rng = self.rng
        for _ in range(int(rng.integers(1, 4))):
            piece = empty_piece(rng, self._picture())
            if piece is None:
                continue
            width = float(np.exp(rng.uniform(math.log(20), math.log(0.6 * image.shape[1]))))
            quad = pose(rng, width, piece.shape[1] / piece.shape[0])
            quad = (quad + rng.uniform(0, 1, 2) * image.shape[1::-1]).astype(np.float32)
            if not overlaps(bounds(quad), taken):
                paste(image, piece, quad, gain=rng.uniform(0.6, 1.2))

    def _cover(self, image: Image) -> None:
        """Poles, people and signs stand before vehicles: narrow pieces wherever they fall."""
        rng = self.rng
        piece = empty_piece(rng, self._picture())
        if piece is None:
            return
        height = int(image.shape[0] * rng.uniform(0.1, 0.6))
        width = int(np.clip(height * rng.uniform(0.08, 0.5), 3, image.shape[1] // 4))
        x, y = int(rng.integers(0, image.shape[1] - width)), int(rng.integers(0, image.shape[0] - height))
        image[y : y + height, x : x + width] = cv2.resize(piece, (width, height), interpolation=cv2.INTER_AREA)


def weight(vehicles: Vehicles) -> float:
    """How often a picture is drawn: rare types more often, so that no type drowns the others."""
    rare = max((RARE[kind] for kind in vehicles.kinds if kind != UNKNOWN), default=1.0)
    return WEIGHTS.get(vehicles.picture.source, 1.0) * rare


def empty_piece(rng: np.random.Generator, vehicles: Vehicles) -> Image | None:
    """A piece of the photograph in which no vehicle is, or None."""
    picture, known = vehicles.picture, np.concatenate([vehicles.picture.plates, vehicles.picture.ignored])
    width, height = (int(side * rng.uniform(0.1, 0.5)) for side in (picture.width, picture.height))
    x, y = int(rng.integers(0, picture.width - width)), int(rng.integers(0, picture.height - height))
    if min(width, height) < 8 or overlaps(np.array([x, y, x + width, y + height], np.float32), known):
        return None
    return np.asarray(picture.levels[0][y : y + height, x : x + width], np.uint8)


def drawn(rng: np.random.Generator, size: tuple[int, int]) -> VehicleSample:
    """A drawn street with no to three drawn vehicles, the far ones first."""
    eye = Eye(*size, above=rng.uniform(1.4, 4.0))
    image = draw_street(eye, rng)
    night = rng.random() < 0.2
    result = VehicleSample(darken(image) if night else image)
    places = sorted(rng.uniform(2.2, 26.0, int(rng.integers(0, 4))))
    far_apart = [z for before, z in zip([0.0, *places], places, strict=False) if z > 1.5 * before]
    for z in reversed(far_apart):
        build = (*BUILDS, LORRY)[int(rng.integers(len(BUILDS) + 1))]
        if build is LORRY:
            z = max(z, 5.0)
        sprite = draw_vehicle(build, rng, rear=rng.random() < 0.5, lamps=night)
        x, yaw = rng.uniform(-1.4, 1.4), rng.uniform(-0.3, 0.3)
        half, high = sprite.size[0] / 2, sprite.size[1]
        darken_below(result.image, corners(eye, x, z, yaw, half, -0.12, 0.1))
        hang(result.image, sprite.image, corners(eye, x, z, yaw, half, 0.0, high), 0.3 if night else 1.0)
        body = corners(eye, x, z, yaw, build.width / 2 + 0.03, 0.0, build.height).box
        result.quads.append(rectangle(np.array(body.as_list(), np.float32)))
        result.exact.append(False)
        result.kinds.append(TYPES.index(build.type))
    return result


def corners(eye: Eye, x: float, z: float, yaw: float, half: float, low: float, high: float) -> Corners:
    """Where an upright rectangle of a vehicle appears."""
    places = ((-half, high), (half, high), (half, low), (-half, low))
    a, b, c, d = (eye.project(x + across, up, max(0.8, z + across * yaw)) for across, up in places)
    return Corners((a, b, c, d))


def settled(sample: VehicleSample, width: int, height: int) -> VehicleSample:
    """Labels cut to the picture: what is mostly outside, or too small to be seen, is ignored rather than wanted."""
    limit = np.array([width, height] * 2, np.float32)
    result = VehicleSample(sample.image)
    for quad, kind in zip(sample.quads, sample.kinds, strict=True):
        box = bounds(quad)
        seen = np.clip(box, 0, limit)
        sides = seen[2:] - seen[:2]
        if (sides <= 1).any():
            continue
        if share_of(seen, box) < INSIDE or sides.min() < SEEN:
            result.ignored.append(seen)
        else:
            result.quads.append(rectangle(seen))
            result.exact.append(False)
            result.kinds.append(kind)
    result.ignored += [cut for box in sample.ignored if ((cut := np.clip(box, 0, limit))[2:] - cut[:2] > 1).all()]
    return result


def share_of(part: Floats, whole: Floats) -> float:
    return float(np.prod(part[2:] - part[:2]) / max(float(np.prod(whole[2:] - whole[:2])), 1e-6))
