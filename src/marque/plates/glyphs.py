"""A stroke alphabet: the skeleton of every plate character, as data.

Plate dies are not fonts that anyone ships. Most of them are one skeleton bent to a country's taste: how round the
corners are, how narrow the cell, how thick the stroke, how the ends are cut. So a character here is only its centre
lines, written as a small path text, and `polylines` bends it. The demo's renderer and the training generator draw the
same skeletons.

Path text: `x,y` points in the unit cell (x right, y down, the box of the centre line), `~` after a point rounds that
corner, `z` closes the line, `/` starts the next line. Every character carries one or more variants, plainest first.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

SKELETONS: dict[str, tuple[str, ...]] = {
    "A": (
        "0,1 .5,0 1,1 / .17,.67 .83,.67",
        "0,1 .38,0 .62,0 1,1 / .14,.67 .86,.67",
        "0,1 0,0~ 1,0~ 1,1 / 0,.55 1,.55",
        "0,1 .5,0 1,1 / .12,.77 .88,.77",
    ),
    "B": (
        "0,0 .92,0~ .92,.47~ 0,.47 / 0,.47 1,.47~ 1,1~ 0,1 0,0",
        "0,0 1,0~ 1,.5~ 0,.5 / 0,.5 1,.5~ 1,1~ 0,1 0,0",
        "0,0 .8,0~ .8,.44~ 0,.44 / 0,.44 1,.44~ 1,1~ 0,1 0,0",
    ),
    "C": (
        "1,.26 1,0~ 0,0~ 0,1~ 1,1~ 1,.74",
        "1,.16 1,0~ 0,0~ 0,1~ 1,1~ 1,.84",
        "1,.34 1,0~ 0,0~ 0,1~ 1,1~ 1,.66",
    ),
    "D": ("0,0 1,0~ 1,1~ 0,1 z",),
    "E": ("1,0 0,0 0,1 1,1 / 0,.48 .86,.48", "1,0 0,0 0,1 1,1 / 0,.48 1,.48", "1,0 0,0 0,1 1,1 / 0,.48 .7,.48"),
    "F": ("1,0 0,0 0,1 / 0,.5 .86,.5", "1,0 0,0 0,1 / 0,.46 .7,.46"),
    "G": (
        "1,.26 1,0~ 0,0~ 0,1~ 1,1~ 1,.54 .55,.54",
        "1,.22 1,0~ 0,0~ 0,1~ 1,1~ 1,.54 .62,.54 / 1,.7 1,1",
        "1,.26 1,0~ 0,0~ 0,1~ 1,1~ 1,.46 .45,.46",
        "1,.26 1,0~ 0,0~ 0,1~ 1,1~ 1,.62 .7,.62",
    ),
    "H": ("0,0 0,1 / 1,0 1,1 / 0,.5 1,.5", "0,0 0,1 / 1,0 1,1 / 0,.45 1,.45"),
    "I": (".5,0 .5,1", "0,0 1,0 / .5,0 .5,1 / 0,1 1,1"),
    "J": ("1,0 1,1~ 0,1~ 0,.7", ".3,0 1,0 1,1~ 0,1~ 0,.7", "1,0 1,1~ 0,1"),
    "K": ("0,0 0,1 / 1,0 0,.62 / .3,.42 1,1", "0,0 0,1 / 1,0 0,.5 1,1", "0,0 0,1 / .95,0 0,.58 / .42,.38 1,1"),
    "L": ("0,0 0,1 1,1",),
    "M": ("0,1 0,0 .5,.62 1,0 1,1", "0,1 0,0 .5,.42 1,0 1,1", "0,1 0,0 .5,1 1,0 1,1", "0,1 .1,0 .5,.8 .9,0 1,1"),
    "N": ("0,1 0,0 1,1 1,0",),
    "O": ("0,0~ 1,0~ 1,1~ 0,1~ z",),
    "P": ("0,1 0,0 1,0~ 1,.55~ 0,.55", "0,1 0,0 1,0~ 1,.48~ 0,.48", "0,1 0,0 1,0~ 1,.62~ 0,.62"),
    "Q": (
        "0,0~ 1,0~ 1,1~ 0,1~ z / .6,.72 1.02,1.04",
        "0,0~ 1,0~ 1,1~ 0,1~ z / .5,.66 .95,.98",
        "0,0~ 1,0~ 1,1~ 0,1~ z / .5,.85 .5,1.12",
    ),
    "R": (
        "0,1 0,0 1,0~ 1,.54~ 0,.54 / .5,.54 1,1",
        "0,1 0,0 1,0~ 1,.5~ 0,.5 / .35,.5 1,1",
        "0,1 0,0 1,0~ 1,.5~ 0,.5 / .55,.5 1,.58~ 1,1",
    ),
    "S": (
        "1,.22 1,0~ 0,0~ 0,.48~ 1,.48~ 1,1~ 0,1~ 0,.78",
        "1,.24 1,0~ 0,0~ 0,.4~ 1,.58~ 1,1~ 0,1~ 0,.76",
        "1,.16 1,0~ 0,0~ 0,.5~ 1,.5~ 1,1~ 0,1~ 0,.84",
    ),
    "T": ("0,0 1,0 / .5,0 .5,1",),
    "U": ("0,0 0,1~ 1,1~ 1,0",),
    "V": ("0,0 .5,1 1,0", "0,0 .4,1 .6,1 1,0"),
    "W": (
        "0,0 .25,1 .5,.2 .75,1 1,0",
        "0,0 .1,1 .5,.42 .9,1 1,0",
        "0,0 0,1 .5,.4 1,1 1,0",
        "0,0 .22,1 .5,0 .78,1 1,0",
        "0,0 .14,1 .5,.55 .86,1 1,0",
    ),
    "X": ("0,0 1,1 / 1,0 0,1",),
    "Y": ("0,0 .5,.5 1,0 / .5,.5 .5,1", "0,0 .5,.6 1,0 / .5,.6 .5,1", "0,0 .5,.42 1,0 / .5,.42 .5,1"),
    "Z": ("0,0 1,0 0,1 1,1",),
    "0": ("0,0~ 1,0~ 1,1~ 0,1~ z", "0,0~ 1,0~ 1,1~ 0,1~ z / .25,.8 .75,.2", "0,0~ 1,0~ 1,1~ 0,1~ z"),
    "1": (
        ".1,.24 .62,0 .62,1",
        "0,.16 .6,0 .6,1",
        ".1,.3 .62,0 .62,1 / .15,1 1,1",
        ".5,0 .5,1",
        "0,.35 .7,0 .7,1",
    ),
    "2": (
        "0,.25 0,0~ 1,0~ 1,.46~ 0,1 1,1",
        "0,.22 0,0~ 1,0~ 1,.5~ 0,.56~ 0,1 1,1",
        "0,.25 0,0~ 1,0~ 1,.4~ 0,.84 0,1 1,1",
        "0,.3 0,0~ 1,0~ 1,.36~ 0,1 1,1",
    ),
    "3": (
        "0,.22 0,0~ 1,0~ 1,.47~ .4,.47 / .4,.47 1,.47~ 1,1~ 0,1~ 0,.78",
        "0,0 1,0 .45,.4 1,.42~ 1,1~ 0,1~ 0,.78",
        "0,.2 0,0~ .92,0~ .92,.46~ .3,.46 / .3,.46 1,.46~ 1,1~ 0,1~ 0,.8",
    ),
    "4": (
        ".72,1 .72,0 0,.7 1,.7",
        ".2,0 0,.62 1,.62 / .72,.36 .72,1",
        "0,0 0,.56 1,.56 / .8,.2 .8,1",
        ".55,0 0,.68 1,.68 / .72,.42 .72,1",
        ".8,1 .8,0 .6,0 0,.72 1,.72",
        ".45,0 0,.76 1,.76 / .7,.5 .7,1",
    ),
    "5": (
        "1,0 .05,0 .05,.42 1,.42~ 1,1~ 0,1~ 0,.78",
        ".95,0 .14,0 .04,.5 .2,.36~ 1,.36~ 1,1~ 0,1~ 0,.76",
        "1,0 0,0 0,.46 1,.46~ 1,1~ 0,1~ 0,.84",
    ),
    "6": (
        "1,.22 1,0~ 0,0~ 0,1~ 1,1~ 1,.44~ 0,.44~ 0,.6",
        ".82,0 0,.58~ 0,1~ 1,1~ 1,.42~ .2,.42~ 0,.7",
        ".7,0 .06,.5 / 0,.42~ 1,.42~ 1,1~ 0,1~ z",
        "1,.14 1,0~ 0,0~ 0,1~ 1,1~ 1,.48~ 0,.48",
    ),
    "7": ("0,0 1,0 .35,1", "0,0 1,0 1,.18 .4,1", "0,.18 0,0 1,0 .4,1", "0,0 1,0 .4,.55 .4,1", "0,0 1,0 .7,.5~ .4,1"),
    "8": (
        "0,0~ 1,0~ 1,.47~ 0,.47~ z / 0,.47~ 1,.47~ 1,1~ 0,1~ z",
        ".07,0~ .93,0~ .93,.46~ .07,.46~ z / 0,.46~ 1,.46~ 1,1~ 0,1~ z",
        ".12,0~ .88,0~ .88,.42~ .12,.42~ z / 0,.42~ 1,.42~ 1,1~ 0,1~ z",
    ),
    "9": (
        "0,.78 0,1~ 1,1~ 1,0~ 0,0~ 0,.56~ 1,.56~ 1,.4",
        ".18,1 1,.42~ 1,0~ 0,0~ 0,.58~ .8,.58~ 1,.3",
        ".3,1 .94,.5 / 0,0~ 1,0~ 1,.58~ 0,.58~ z",
        "0,.86 0,1~ 1,1~ 1,0~ 0,0~ 0,.52~ 1,.52",
    ),
}
"""Centre lines per character; the cell's width is `WIDTHS` times the common one."""

MARKS: dict[str, tuple[str, str]] = {
    "Ä": ("A", ".2,-.17 .22,-.17 / .78,-.17 .8,-.17"),
    "Ö": ("O", ".2,-.17 .22,-.17 / .78,-.17 .8,-.17"),
    "Ü": ("U", ".2,-.17 .22,-.17 / .78,-.17 .8,-.17"),
    "Č": ("C", ".2,-.3 .5,-.16 .8,-.3"),
    "Š": ("S", ".2,-.3 .5,-.16 .8,-.3"),
    "Ž": ("Z", ".2,-.3 .5,-.16 .8,-.3"),
    "Ć": ("C", ".35,-.16 .7,-.3"),
    "Đ": ("D", "-.16,.5 .45,.5"),
}
"""Letters with a mark: the plain letter and the mark, in the plain letter's cell (so above it y is negative)."""

WIDTHS: dict[str, float] = {"I": 0.5, "J": 0.88, "L": 0.9, "M": 1.15, "W": 1.25, "1": 0.55}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ÄÖÜČŠŽĆĐ"
_ARC = 0.5523  # the cubic's handle that makes a quarter circle


class _Line(NamedTuple):
    points: Points
    rounded: tuple[bool, ...]
    closed: bool


@cache
def _parse(path: str) -> tuple[_Line, ...]:
    return tuple(_parse_line(part.split()) for part in path.split("/"))


def _parse_line(tokens: list[str]) -> _Line:
    closed = tokens[-1] == "z"
    corners = tokens[:-1] if closed else tokens
    points = np.array([[float(value) for value in corner.rstrip("~").split(",")] for corner in corners])
    return _Line(points, tuple(corner.endswith("~") for corner in corners), closed)


def _corner(before: Points, at: Points, after: Points, radius: float, steps: int) -> Points:
    """Cut the corner `at` with a cubic that leaves both legs at `radius` (or at most at their ends)."""
    start = at + (before - at) * min(1.0, radius / max(1e-9, math.dist(before, at)))
    end = at + (after - at) * min(1.0, radius / max(1e-9, math.dist(after, at)))
    t = np.linspace(0.0, 1.0, steps)[:, None]
    a, b = start + (at - start) * _ARC, end + (at - end) * _ARC
    bent: Points = (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t**2 * b + t**3 * end
    return bent


def _bend(line: _Line, scale: tuple[float, float], radius: float, steps: int) -> Points:
    points = line.points * scale
    count = len(points)
    parts: list[Points] = []
    for i, at in enumerate(points):
        inner = line.closed or 0 < i < count - 1
        if not (line.rounded[i] and inner and radius > 0):
            parts.append(at[None])
            continue
        before, after = (i - 1) % count, (i + 1) % count
        reach = [math.dist(points[j], at) * (0.5 if line.rounded[j] else 1.0) for j in (before, after)]
        parts.append(_corner(points[before], at, points[after], min(radius, *reach), steps))
    bent = np.concatenate(parts)
    return np.concatenate([bent, bent[:1]]) if line.closed else bent


def variants(char: str) -> int:
    """How many skeletons `char` has. Raises KeyError for a character outside `ALPHABET`."""
    return len(SKELETONS[MARKS[char][0] if char in MARKS else char])


def polylines(
    char: str, *, aspect: float = 0.5, radius: float = 0.2, variant: int = 0, steps: int = 6
) -> tuple[Points, ...]:
    """The centre lines of `char`, each [M, 2] (x, y), y in 0..1 from top to bottom of a plain letter.

    `aspect` is the common cell's width over its height (so x runs to about aspect * WIDTHS), `radius` the corner
    radius, both in units of the letter's height; `variant` picks among `variants(char)` skeletons, modulo their
    number; `steps` is the number of points per rounded corner. Marks above a letter have negative y.
    Raises KeyError for a character outside `ALPHABET`.
    """
    base, mark = MARKS.get(char, (char, ""))
    skeleton = SKELETONS[base][variant % len(SKELETONS[base])]
    scale = (aspect * WIDTHS.get(base, 1.0), 1.0)
    lines = _parse(skeleton) + (_parse(mark) if mark else ())
    return tuple(_bend(line, scale, radius, steps) for line in lines)
