"""Compose one training sample: a view of a photograph (or a mosaic of four), plates pasted in, distractors, damage."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from marque_training.detector import street
from marque_training.detector.distract import distract, overlaps, stamp, wheel
from marque_training.detector.paste import bounds, brightness, paste, pose
from marque_training.detector.sets import Boxes, Image, Picture
from marque_training.detector.spoil import spoil

Floats = NDArray[np.float32]

NARROWEST, WIDEST = 11.0, 0.96  # plate widths: pixels, and share of the sample's side
MOSAIC, REPLACE = 0.18, 0.4
QUARTER_TURNED = 0.07
SMALL_SHARE, SMALL = 0.3, 48.0  # so many plates are drawn from the small ones alone
SCENES, CUTOUTS, MISTAKEN, NAMED = 0.06, 0.25, 0.6, 0.2
FLASHED = 0.06  # in the dark, but for plates that throw the camera's own light back
SQUARE = 1.7  # width by height below which a plate may be a motorcycle's


@dataclass
class Sample:
    """A picture and its labels in pixels. `exact[i]` says whether `quads[i]` is known or only its box is."""

    image: Image
    quads: list[Floats] = field(default_factory=list)
    exact: list[bool] = field(default_factory=list)
    ignored: list[Floats] = field(default_factory=list)

    def boxes(self) -> Boxes:
        return np.array([bounds(quad) for quad in self.quads], np.float32).reshape(-1, 4)

    def lay(self, tile: Self, x: int, y: int) -> None:
        """Put a smaller sample into this one, its top left corner at (x, y)."""
        height, width = tile.image.shape[:2]
        self.image[y : y + height, x : x + width] = tile.image
        self.quads += [quad + np.array([x, y], np.float32) for quad in tile.quads]
        self.exact += tile.exact
        self.ignored += [box + np.array([x, y, x, y], np.float32) for box in tile.ignored]

    @property
    def marks(self) -> list[float]:
        """What the ring says of each label: 1 only its box is known, 2 its corners are."""
        return [2.0 if exact else 1.0 for exact in self.exact]


@dataclass(frozen=True)
class Manner:
    """How the view of a photograph is drawn: how wide what it aims at becomes, and the shares of views that lean, lie
    on their side and are mirrored."""

    width: Callable[[np.random.Generator, int], float] = lambda rng, side: plate_width(rng, WIDEST * side)
    leaning: float = 0.2
    quarter_turned: float = QUARTER_TURNED
    flipped: float = 0.3


def plate_width(rng: np.random.Generator, widest: float) -> float:
    widest = min(widest, SMALL) if rng.random() < SMALL_SHARE else widest
    return float(np.exp(rng.uniform(math.log(NARROWEST), math.log(widest))))


def rectangle(box: Floats) -> Floats:
    x0, y0, x1, y1 = box
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def moved(points: Floats, matrix: Floats) -> Floats:
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], np.float32)


def view_matrix(
    rng: np.random.Generator, picture: Picture, size: tuple[int, int], manner: Manner | None = None
) -> tuple[Floats, float]:
    """An affine view of the picture on a canvas (width, height), about a plate when it has one; and its scale."""
    manner = manner or Manner()
    width, height = size
    stretch = (
        math.exp(rng.uniform(math.log(0.9), math.log(1.9))) if picture.stretched else math.exp(rng.normal(0, 0.06))
    )
    aims = picture.mistakes if len(picture.mistakes) and rng.random() < MISTAKEN else picture.plates
    if len(aims) and rng.random() < 0.9:
        box = aims[rng.integers(len(aims))]
        scale = manner.width(rng, width) / max(4.0, (box[2] - box[0]) * stretch)
        anchor = (box[:2] + box[2:]) / 2
    else:
        scale = width / (picture.width * stretch) * math.exp(rng.uniform(math.log(0.6), math.log(2.2)))
        anchor = np.array([picture.width, picture.height]) * rng.uniform(0.2, 0.8, 2)
    whole = min(width / (picture.width * stretch), height / picture.height)
    scale = float(np.clip(scale, rng.uniform(0.75, 1.0) * whole, max(3.0, whole)))
    angle = math.radians(rng.normal(0, 4) if rng.random() < 1 - manner.leaning else rng.uniform(-45, 45))
    if rng.random() < manner.quarter_turned:  # a telephone held upright, saved on its side
        angle += math.pi / 2 * rng.choice([-1, 1])
    cos, sin, shear = math.cos(angle) * scale, math.sin(angle) * scale, rng.normal(0, 0.05)
    flip = -1.0 if rng.random() < manner.flipped else 1.0
    linear = np.array([[cos, -sin + shear * scale], [sin, cos]]) @ np.diag([stretch * flip, 1.0])
    place = rng.uniform(0.08, 0.92, 2) * (width, height)
    if scale < 1.3 * whole and rng.random() < 0.5:  # the whole picture, as in the letterbox of a reader
        anchor, place = np.array([picture.width, picture.height]) / 2, np.array([width, height]) / 2
    matrix = np.column_stack([linear, place - linear @ anchor]).astype(np.float32)
    if rng.random() < 0.85:
        matrix[:, 2] += covering(
            bounds(moved(rectangle(np.array([0, 0, picture.width, picture.height])), matrix)), size
        )
    return matrix, scale


def covering(area: Floats, size: tuple[int, int]) -> Floats:
    """The shift by which a picture at `area` of a canvas leaves the least of it empty."""
    low, high = area[:2], area[2:]
    gap_low, gap_high = -low, np.array(size, np.float32) - high
    return np.asarray(np.clip(0, np.minimum(gap_low, gap_high), np.maximum(gap_low, gap_high)), np.float32)


def view(
    rng: np.random.Generator, picture: Picture, size: tuple[int, int], manner: Manner | None = None
) -> tuple[Sample, Floats]:
    """Warp the picture once, from the halving nearest to the wanted scale, and carry its labels along."""
    matrix, scale = view_matrix(rng, picture, size, manner)
    level = int(np.clip(round(-math.log2(max(scale, 1e-3)) - 0.3), 0, len(picture.levels) - 1))
    source = picture.levels[level]
    ratio = np.array([picture.width / source.shape[1], picture.height / source.shape[0]], np.float32)
    warp = matrix.copy()
    warp[:, :2] = matrix[:, :2] * ratio
    fill = (114, 114, 114) if rng.random() < 0.5 else tuple(int(v) for v in rng.integers(0, 256, 3))
    way = cv2.INTER_CUBIC if scale > 1.5 and rng.random() < 0.5 else cv2.INTER_LINEAR
    image = cv2.warpAffine(source, warp, size, flags=way, borderMode=cv2.BORDER_CONSTANT, borderValue=fill)
    sample = Sample(np.asarray(image, np.uint8))
    for box in picture.plates:
        sample.quads.append(moved(rectangle(box), matrix))
        sample.exact.append(False)
    sample.ignored = [bounds(moved(rectangle(box), matrix)) for box in picture.ignored]
    return sample, matrix


class Composer:
    """Draws samples without end. `plates` is a pool of flat plates (HxWx3) that the caller keeps fresh."""

    def __init__(self, rng: np.random.Generator, pictures: Sequence[Picture], plates: Sequence[Image]) -> None:
        self.rng, self.pictures, self.plates = rng, pictures, plates
        weights = np.array([_weight(picture) for picture in pictures], np.float64)
        self._edges = np.cumsum(weights / weights.sum())
        self._flashed = False

    def sample(self, side: int) -> Sample:
        rng = self.rng
        self._flashed = rng.random() < FLASHED
        result = self._mosaic(side) if rng.random() < MOSAIC else self._single((side, side))
        taken = np.array([bounds(quad) for quad in result.quads] + result.ignored, np.float32).reshape(-1, 4)
        for quad in result.quads[:4]:
            if rng.random() < NAMED:
                name_above(rng, result.image, quad, taken)
        if rng.random() < CUTOUTS:
            self._cut_out(result.image, taken)
        if rng.random() < 0.65:
            distract(rng, result.image, taken)
        if rng.random() < 0.12:
            covered = stamp(rng, result.image)
            result.ignored += [box for box in taken if overlaps(covered, box[None], 0)]
        result.image = spoil(rng, result.image)
        return settled(result, side)

    def _single(self, size: tuple[int, int]) -> Sample:
        rng = self.rng
        if rng.random() < SCENES:
            sample = Sample(street.scene(rng, size[1], size[0]))
            if rng.random() < 0.3:
                self._scatter(sample, size, int(rng.integers(1, 3)))
            return sample
        picture = self._picture()
        sample, matrix = view(rng, picture, size)
        if self._flashed:
            darken(rng, sample)
        if len(picture.plates):
            if rng.random() < REPLACE:
                self._replace(sample, matrix)
            if rng.random() < 0.15:
                self._scatter(sample, size, 1)
        elif len(picture.vehicles) and rng.random() < 0.6:
            self._mount(sample, picture, matrix, size)
        elif rng.random() < 0.5:
            self._scatter(sample, size, int(rng.integers(1, 4)))
        return sample

    def _picture(self) -> Picture:
        return self.pictures[min(int(np.searchsorted(self._edges, self.rng.random())), len(self.pictures) - 1)]

    def _cut_out(self, image: Image, taken: Boxes) -> None:
        """Pieces of other photographs as flat things with edges: being a rectangle does not make a plate."""
        rng, side = self.rng, image.shape[1]
        for _ in range(int(rng.integers(1, 4))):
            picture = self._picture()
            piece = cut(rng, picture)
            if piece is None:
                continue
            width = float(np.exp(rng.uniform(math.log(16), math.log(0.5 * side))))
            quad = pose(rng, width, piece.shape[1] / piece.shape[0])
            quad = (quad + rng.uniform(0, 1, 2) * image.shape[1::-1]).astype(np.float32)
            if not overlaps(bounds(quad), taken):
                paste(image, piece, quad, gain=rng.uniform(0.6, 1.2))

    def _mosaic(self, side: int) -> Sample:
        rng = self.rng
        result = Sample(np.empty((side, side, 3), np.uint8))
        for x0, y0, x1, y1 in tiles(rng, side):
            result.lay(settled(self._single((x1 - x0, y1 - y0)), x1 - x0, y1 - y0), x0, y0)
        return result

    def _plate(self, aspect: float | None = None) -> Image:
        """A plate of the pool; near the wanted width/height when given."""
        picks = [self.plates[int(i)] for i in self.rng.integers(0, len(self.plates), 1 if aspect is None else 8)]
        if aspect is None:
            return picks[0]
        return min(picks, key=lambda plate: abs(math.log(plate.shape[1] / plate.shape[0] / aspect)))

    def _replace(self, sample: Sample, matrix: Floats) -> None:
        """Cover labelled plates by drawn ones: the real recess and light, and corners that are known."""
        rng = self.rng
        for index, quad in enumerate(sample.quads):
            width = float(np.linalg.norm(quad[1] - quad[0]))
            height = float(np.linalg.norm(quad[3] - quad[0]))
            plate = self._plate(width / max(height, 1.0))
            ratio = plate.shape[1] / plate.shape[0] / (width / max(height, 1.0))
            if width < 8 or not 0.7 < ratio < 1.45:
                continue
            if np.linalg.det(matrix[:, :2]) < 0:  # the view is mirrored, the new plate must not be
                quad = quad[[1, 0, 3, 2]]
            middle = quad.mean(0)
            quad = middle + (quad - middle) * rng.uniform(1.0, 1.1) + rng.normal(0, 0.03 * height, (4, 2))
            quad = quad.astype(np.float32)
            light = brightness(sample.image, bounds(quad)) / max(float(plate.mean()), 30)
            light = light * rng.uniform(0.8, 2.2) if self._flashed else light
            paste(
                sample.image,
                self._aged(plate, width),
                quad,
                gain=float(np.clip(light, 0.35, 2.2 if self._flashed else 1.3)),
                soft=rng.uniform(0.4, 1),
            )
            sample.quads[index], sample.exact[index] = quad, True

    def _aged(self, plate: Image, width: float) -> Image:
        """Sometimes softer than its place: as photographed, not as printed."""
        rng = self.rng
        if rng.random() < 0.6:
            return plate
        scale = min(1.0, width * rng.uniform(0.4, 1.0) / plate.shape[1])
        size = max(4, round(plate.shape[1] * scale)), max(3, round(plate.shape[0] * scale))
        return np.asarray(cv2.resize(plate, size, interpolation=cv2.INTER_AREA), np.uint8)

    def _mount(self, sample: Sample, picture: Picture, matrix: Floats, size: tuple[int, int]) -> None:
        """Plates on the lower half of labelled vehicles."""
        rng = self.rng
        for index in rng.permutation(len(picture.vehicles))[:4]:
            area = bounds(moved(rectangle(picture.vehicles[index]), matrix))
            small = bool(picture.two_wheeled[index]) if index < len(picture.two_wheeled) else False
            share = rng.uniform(0.09, 0.25) if small else rng.uniform(0.12, 0.4)
            width = float(area[2] - area[0]) * share
            x = area[0] + (area[2] - area[0]) * rng.uniform(0.1 if small else 0.25, 0.9 if small else 0.75)
            y = area[1] + (area[3] - area[1]) * rng.uniform(0.3 if small else 0.45, 0.92)
            if width >= NARROWEST and 0 < x < size[0] and 0 < y < size[1]:
                self._put(sample, width, np.array([x, y], np.float32), square=small)

    def _scatter(self, sample: Sample, size: tuple[int, int], count: int) -> None:
        for _ in range(count):
            self._put(sample, plate_width(self.rng, WIDEST * size[0]), self.rng.uniform(0.02, 0.98, 2) * size)

    def _put(self, sample: Sample, width: float, at: Floats | NDArray[np.float64], *, square: bool = False) -> None:
        rng = self.rng
        plate = self._plate(rng.uniform(0.8, 1.4) if square or rng.random() < 0.4 else None)
        quad = (pose(rng, width, plate.shape[1] / plate.shape[0]) + at).astype(np.float32)
        if overlaps(bounds(quad), sample.boxes()):
            return
        light = 1.0
        if rng.random() < 0.7:
            light = float(np.clip(brightness(sample.image, bounds(quad)) / 110, 0.3, 1.25))
        if self._flashed:
            light = float(rng.uniform(0.5, 2.2))
        if plate.shape[1] < SQUARE * plate.shape[0] and not square and rng.random() < 0.75:
            self._wheel_behind(sample, width, at, light)
        if rng.random() < 0.5:  # a holder, a recess or a shadow around it
            shade = np.full((8, 8, 3), int(rng.choice([5, 15, 30, 60, 130, 220])), np.uint8)
            around = quad.mean(0) + (quad - quad.mean(0)) * rng.uniform(1.04, 1.35, 2)
            paste(sample.image, shade, around.astype(np.float32), soft=rng.uniform(0.5, 2))
        paste(sample.image, self._aged(plate, width), quad, gain=light, soft=rng.uniform(0.4, 1))
        if rng.random() < 0.1:
            cover(rng, sample.image, quad, width)
        sample.quads.append(quad)
        sample.exact.append(True)

    def _wheel_behind(self, sample: Sample, width: float, at: Floats | NDArray[np.float64], light: float) -> None:
        """A motorcycle's plate hangs before its wheel, beside the bars of its frame."""
        rng = self.rng
        middle = (at + rng.normal(0, width, 2)).astype(np.float32)
        around = pose(rng, width * rng.uniform(2, 5), 1.0) + middle
        if overlaps(bounds(around), sample.boxes()):
            return
        paste(sample.image, wheel(rng), around, gain=light)
        for _ in range(int(rng.integers(0, 4))):
            ends = np.rint(middle + rng.normal(0, 1.5 * width, (2, 2))).astype(int)
            if not overlaps(np.concatenate([ends.min(0), ends.max(0)]).astype(np.float32), sample.boxes()):
                bar = (int(rng.integers(5, 230)),) * 3
                cv2.line(
                    sample.image, ends[0].tolist(), ends[1].tolist(), bar, max(1, int(width * rng.uniform(0.05, 0.2)))
                )


def darken(rng: np.random.Generator, sample: Sample) -> None:
    """Night with a flash or an infra-red lamp: labelled plates stay as bright as they are, the rest sinks."""
    image = sample.image
    dark = cv2.convertScaleAbs(image, alpha=rng.uniform(0.15, 0.5))
    if rng.random() < 0.6:
        dark, image = (cv2.merge([cv2.cvtColor(one, cv2.COLOR_BGR2GRAY)] * 3) for one in (dark, image))
    lit = np.zeros(image.shape[:2], np.uint8)
    for quad in sample.quads:
        cv2.fillConvexPoly(lit, np.rint(quad.mean(0) + (quad - quad.mean(0)) * 0.92).astype(np.int32), 255)
    mask = cv2.GaussianBlur(lit, (0, 0), 1.0).astype(np.float32)[..., None] / 255
    sample.image = np.asarray(dark + (image.astype(np.float32) - dark) * mask, np.uint8)


def name_above(rng: np.random.Generator, image: Image, quad: Floats, taken: Boxes) -> None:
    """A maker's name over a plate, as grilles and tailgates carry it, and as wide as a plate now and then."""
    patch = street.maker(rng) if rng.random() < 0.6 else street.lettered_strip(rng)
    along, up = quad[1] - quad[0], quad[0] - quad[3]
    along = along * rng.uniform(0.4, 1.3)
    high = up / max(float(np.linalg.norm(up)), 1e-3) * np.linalg.norm(along) * patch.shape[0] / patch.shape[1]
    middle = quad.mean(0) + up * rng.uniform(1.0, 5.0) + along * rng.normal(0, 0.5)
    corners = np.array([high - along, high + along, along - high, -along - high]) / 2 + middle
    if not overlaps(bounds(corners.astype(np.float32)), taken):
        paste(image, patch, corners.astype(np.float32), gain=rng.uniform(0.6, 1.1))


def cut(rng: np.random.Generator, picture: Picture) -> Image | None:
    """A piece of a photograph about as wide as plates are to their height, or None where a plate is in the way; where
    something was once taken for a plate, that."""
    source = picture.levels[0]
    if len(picture.mistakes) and rng.random() < 0.7:
        box = picture.mistakes[rng.integers(len(picture.mistakes))].astype(int)
    else:
        width = int(picture.width * rng.uniform(0.08, 0.6))
        height = int(np.clip(width / rng.uniform(0.8, 5.5), 8, picture.height))
        x, y = int(rng.integers(0, picture.width - width)), int(rng.integers(0, max(1, picture.height - height)))
        box = np.array([x, y, x + width, y + height])
    known = np.concatenate([picture.plates, picture.ignored])
    x0, y0, x1, y1 = np.clip(box, 0, [picture.width, picture.height] * 2)
    if min(x1 - x0, y1 - y0) < 8 or overlaps(np.array([x0, y0, x1, y1], np.float32), known):
        return None
    return np.asarray(source[y0:y1, x0:x1], np.uint8)


def cover(rng: np.random.Generator, image: Image, quad: Floats, width: float) -> None:
    """Hide a little of a plate: a tow bar, a bar of a grille, a stain, a hard edge of light."""
    dark = tuple(int(v) for v in rng.integers(0, 256, 3)) if rng.random() < 0.3 else (int(rng.integers(0, 120)),) * 3
    start, end = rng.uniform(0, 1, 2)
    top = quad[0] + (quad[1] - quad[0]) * start
    foot = quad[3] + (quad[2] - quad[3]) * (start + 0.2 * (end - 0.5))
    thick = max(1, int(width * rng.uniform(0.02, 0.12)))
    if rng.random() < 0.5:
        cv2.line(image, np.rint(top).astype(int).tolist(), np.rint(foot).astype(int).tolist(), dark, thick, cv2.LINE_AA)
    else:
        cv2.circle(image, np.rint(foot).astype(int).tolist(), 2 * thick, dark, -1, cv2.LINE_AA)


def tiles(rng: np.random.Generator, side: int) -> list[tuple[int, int, int, int]]:
    """Four unequal tiles, or nine now and then: far more small vehicles than photographs have."""
    if rng.random() < 0.25:
        cuts = [0, *sorted(int(v) for v in (side * rng.uniform(0.28, 0.4), side * rng.uniform(0.6, 0.72))), side]
        xs = ys = list(pairwise(cuts))
    else:
        cx, cy = (int(v) for v in rng.uniform(0.3, 0.7, 2) * side)
        xs, ys = [(0, cx), (cx, side)], [(0, cy), (cy, side)]
    return [(x0, y0, x1, y1) for y0, y1 in ys for x0, x1 in xs]


def _weight(picture: Picture) -> float:
    """How often a picture is drawn: no one set may drown the others."""
    often = 1.0 + 1.5 * bool(picture.two_wheeled.any()) + 0.7 * min(2, len(picture.mistakes))
    return often * {
        "openimages_plates_vehicles": 2.0, "openimages_vehicles": 1.3, "romania_dashcam": 0.8, "kaggle433": 2.4,
        "roboflow_experiment_plates_300": 0.8, "us_florida_roboflow": 0.5, "highway_vehicles_atl": 1.2,
    }.get(picture.source, 1.0)  # fmt: skip


def settled(sample: Sample, width: int, height: int | None = None) -> Sample:
    """Labels cut to the picture: what is mostly outside, or too small to be seen, is ignored rather than wanted."""
    limit = np.array([width, height or width] * 2, np.float32)
    result = Sample(sample.image)
    for quad, exact in zip(sample.quads, sample.exact, strict=True):
        box = bounds(quad)
        seen = np.clip(box, 0, limit)
        sides = seen[2:] - seen[:2]
        if (sides <= 0).any():
            continue
        share = float(np.prod(sides) / max(np.prod(box[2:] - box[:2]), 1e-6))
        if share < 0.6 or sides[0] < 8 or sides[1] < 3.5:
            result.ignored.append(seen)
        else:
            inside = share > 0.999
            result.quads.append(quad if inside else rectangle(seen))
            result.exact.append(exact and inside)
    for box in sample.ignored:
        seen = np.clip(box, 0, limit)
        if (seen[2:] - seen[:2] > 1).all():
            result.ignored.append(seen)
    return result
