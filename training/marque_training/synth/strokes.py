"""Dies that no font has: the skeletons of marque.plates.glyphs, bent at random and drawn with a thick pen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.plates.glyphs import ALPHABET, MARKS, polylines, variants
from marque_training.synth.face import CAP, Face, Mask, trim

STROKE_FACES = 1200
_FRACTION = 4  # fractional bits of cv2's drawing coordinates


@dataclass(frozen=True)
class _Pen:
    width: float
    round_ends: bool
    round_joints: bool


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.round(points * (1 << _FRACTION)).astype(np.int32)


def _segments(mask: Mask, line: NDArray[np.float64], pen: _Pen) -> None:
    """Fill a polyline with flat-ended segments, discs or mitres where they meet, and the ends that the pen asks for."""
    steps = np.diff(line, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    keep = lengths > 1e-6
    starts, units = line[:-1][keep], steps[keep] / lengths[keep, None]
    ends = line[1:][keep]
    half = pen.width / 2
    normals = np.stack([-units[:, 1], units[:, 0]], 1) * half
    quads = _fixed(np.stack([starts + normals, ends + normals, ends - normals, starts - normals], 1))
    for quad in quads:
        cv2.fillConvexPoly(mask, quad, 255, cv2.LINE_AA, _FRACTION)
    closed = bool(np.allclose(line[0], line[-1]))
    for i in range(0 if closed else 1, len(starts)):
        _joint(mask, starts[i], units[i - 1], units[i], pen)
    if not closed and pen.round_ends:
        for end in (line[0], line[-1]):
            _disc(mask, end, half)


def _disc(mask: Mask, at: NDArray[np.float64], radius: float) -> None:
    x, y = _fixed(at)
    cv2.circle(mask, (int(x), int(y)), int(radius * (1 << _FRACTION)), 255, -1, cv2.LINE_AA, _FRACTION)


def _joint(
    mask: Mask, at: NDArray[np.float64], before: NDArray[np.float64], after: NDArray[np.float64], pen: _Pen
) -> None:
    half = pen.width / 2
    turn = before[0] * after[1] - before[1] * after[0]
    if pen.round_joints or abs(turn) < 0.35:
        _disc(mask, at, half)
        return
    side = -np.sign(turn)
    first = at + side * half * np.array([-before[1], before[0]])
    second = at + side * half * np.array([-after[1], after[0]])
    middle = (first + second) / 2 - at
    tip = at + middle * min(4.0, half * half / max(1e-6, float(middle @ middle)))
    cv2.fillConvexPoly(mask, _fixed(np.stack([at, first, tip, second])), 255, cv2.LINE_AA, _FRACTION)


@lru_cache(maxsize=STROKE_FACES)
def stroke_face(seed: int) -> Face:
    """The die number `seed`: one random way to bend the skeletons."""
    rng = np.random.default_rng([7, seed])
    aspect = float(rng.uniform(0.3, 0.62))
    weight = float(np.clip(rng.normal(0.145, 0.03), 0.085, 0.23)) * min(1.0, 0.55 + aspect)
    radius = float(rng.choice([rng.uniform(0.04, 0.2), rng.uniform(0.18, 0.36), 0.6], p=[0.4, 0.4, 0.2]))
    pen = _Pen(weight * CAP, bool(rng.random() < 0.3), bool(rng.random() < 0.5))
    slant = float(rng.normal(0, 0.05)) if rng.random() < 0.15 else 0.0
    plain = rng.random() < 0.3
    glyphs = {}
    for char in ALPHABET:
        base = MARKS[char][0] if char in MARKS else char
        choice = 0 if plain or rng.random() < 0.4 else int(rng.integers(variants(base)))
        wide = aspect * float(rng.uniform(0.9, 1.12))
        if char == "I" and rng.random() < 0.45:  # with serifs it is taken for a T
            choice, wide = 1, wide * float(rng.uniform(0.45, 1.0))
        glyphs[char] = _stroke_glyph(char, (wide, radius, choice), pen, slant)
    monospaced = bool(rng.random() < 0.35)
    return Face(glyphs, monospaced, int(np.median([g.shape[1] for g in glyphs.values()])))


def _stroke_glyph(char: str, shape: tuple[float, float, int], pen: _Pen, slant: float) -> Mask:
    wide, radius, choice = shape
    lines = polylines(char, aspect=wide, radius=radius, variant=choice)
    high = CAP - pen.width
    mark = char in MARKS and char != "Đ"
    top = min(line[:, 1].min() for line in lines) if mark else 0.0
    mask = np.zeros(
        (CAP + (int(-top * high) if mark else 0) + (8 if char == "Q" else 0), int(high * 1.4) + 60), np.uint8
    )
    for line in lines:
        placed = (line - [0.0, top]) * high + [20 + pen.width / 2, pen.width / 2]
        placed[:, 0] += (CAP / 2 - placed[:, 1]) * slant
        if len(line) > 1 and not pen.round_ends:
            placed = _extend(placed, pen.width * 0.5)
        _segments(mask, placed, pen)
    return trim(mask)


def _extend(line: NDArray[np.float64], by: float) -> NDArray[np.float64]:
    """Lengthen both open ends so that flat ends reach the box of the plain letter."""
    if np.allclose(line[0], line[-1]):
        return line
    grown = line.copy()
    for end, inner in ((0, 1), (-1, -2)):
        step = line[end] - line[inner]
        grown[end] += step / max(1e-6, float(np.hypot(*step))) * by
    return grown
