"""Faces: a set of glyph masks per die, either bent strokes (see marque.plates.glyphs) or a free font.

A face maps a character to a uint8 mask that is `CAP` rows high and as wide as its ink.
"""

from __future__ import annotations

import json
import os
import string
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from marque.plates.glyphs import ALPHABET, MARKS, polylines, variants

Mask = NDArray[np.uint8]
CAP = 72
STROKE_FACES = 1200
_FRACTION = 4  # fractional bits of cv2's drawing coordinates


@dataclass(frozen=True)
class Face:
    """Glyph masks of one die; `monospaced` dies set every character in a cell of the same width."""

    glyphs: dict[str, Mask]
    monospaced: bool
    cell: int


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
    return _trim(mask)


def _extend(line: NDArray[np.float64], by: float) -> NDArray[np.float64]:
    """Lengthen both open ends so that flat ends reach the box of the plain letter."""
    if np.allclose(line[0], line[-1]):
        return line
    grown = line.copy()
    for end, inner in ((0, 1), (-1, -2)):
        step = line[end] - line[inner]
        grown[end] += step / max(1e-6, float(np.hypot(*step))) * by
    return grown


def _trim(mask: Mask) -> Mask:
    columns = np.flatnonzero(mask.max(0) > 60)
    cut = mask[:, columns[0] : columns[-1] + 1]
    return np.asarray(cv2.resize(cut, (cut.shape[1], CAP), interpolation=cv2.INTER_AREA), np.uint8)


FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
_WANTED = (
    "liberationsans", "roboto", "roadgeek", "routed", "opensans", "lato-", "cantarell", "dosis", "inter", "b612",
    "nimbussans", "mplus", "opendin", "leaguespartan", "league", "karla", "cabin", "play-", "quicksand", "yanone",
    "loma", "garuda", "freesans", "freemono", "firacode", "hack-", "jetbrains", "clearsans", "ubuntu", "notosans",
    "notomono", "inconsolata", "dejavusans", "nummernschild", "din1451", "roadua", "eu_ua", "urwgothic", "nimbusmono",
)  # fmt: skip
_UNWANTED = (
    "italic",
    "oblique",
    "symbol",
    "thin",
    "hairline",
    "extralight",
    "dejavusansmono-b",
    "icons",
    "math",
    "light",
    "emoji",
)


@lru_cache(maxsize=1)
def font_files() -> tuple[str, ...]:
    """The free faces found on this machine, in a fixed order; `MARQUE_FONTS` names one more folder."""
    folders = [*FONT_FOLDERS, *filter(None, [os.environ.get("MARQUE_FONTS")])]
    found = sorted(p for folder in folders for p in Path(folder).rglob("*") if p.suffix.lower() in (".ttf", ".otf"))
    chosen = []
    for path in found:
        name = path.stem.lower().replace(" ", "")
        if any(w in name for w in _WANTED) and not any(u in name for u in _UNWANTED):
            chosen.append(str(path))
    return tuple(chosen)


@lru_cache(maxsize=1)
def plate_fonts() -> tuple[str, ...]:
    """Those of the free faces that were drawn for plates and road signs."""
    wanted = ("nummernschild", "din1451", "opendin", "roadgeek", "routed", "roadua", "eu_ua")
    return tuple(f for f in font_files() if any(w in Path(f).stem.lower().replace(" ", "") for w in wanted))


@lru_cache(maxsize=500)
def font_face(path: str) -> Face | None:
    """A free font as a face, or None where it lacks the plain letters and digits."""
    try:
        font = ImageFont.truetype(path, 100)
        glyphs = {}
        for char in ALPHABET:
            mask = _font_glyph(font, char)
            if mask is not None:
                glyphs[char] = mask
    except OSError:
        return None
    if not set(string.ascii_uppercase + string.digits) <= set(glyphs):
        return None
    if len({glyph.shape[1] for glyph in glyphs.values()}) < 5:
        return None
    return Face(
        glyphs,
        "mono" in path.lower() or "nummern" in path.lower(),
        int(np.median([g.shape[1] for g in glyphs.values()])),
    )


def _font_glyph(font: ImageFont.FreeTypeFont, char: str) -> Mask | None:
    left, top, right, bottom = font.getbbox(char)
    if right - left < 2 or bottom - top < 20:
        return None
    image = Image.new("L", (int(right - left) + 4, int(bottom - top)))
    ImageDraw.Draw(image).text((2 - left, -top), char, 255, font)
    mask = np.asarray(image)
    wide = max(4, round(mask.shape[1] * CAP / mask.shape[0]))
    if char in "Q" and mask.shape[0] > font.getbbox("H")[3] - font.getbbox("H")[1] + 12:
        wide = max(4, round(mask.shape[1] * CAP / 74))
    if char in MARKS and char != "Đ":
        plain = font.getbbox(MARKS[char][0])
        wide = max(4, round((right - left + 4) * CAP / (plain[3] - plain[1])))
    resized = np.asarray(cv2.resize(mask, (wide, CAP), interpolation=cv2.INTER_AREA), np.uint8)
    return _trim(resized) if resized.max() > 60 else None


@lru_cache(maxsize=64)
def _hinted(hint: str) -> tuple[str, ...]:
    return tuple(f for f in font_files() if hint in Path(f).stem.lower().replace(" ", ""))


def pick_face(rng: np.random.Generator, hint: str = "") -> Face:
    """A random die: 72 % bent strokes; a `hint` (part of a font's file name) is followed half of the time."""
    hinted = _hinted(hint) if hint else ()
    if hinted and rng.random() < 0.5:
        face = font_face(str(rng.choice(hinted)))
    elif rng.random() < 0.72 or not font_files():
        face = stroke_face(int(rng.integers(STROKE_FACES)))
    else:
        pool = plate_fonts() if plate_fonts() and rng.random() < 0.35 else font_files()
        face = font_face(pool[int(rng.integers(len(pool)))])
    return face if face is not None else stroke_face(int(rng.integers(STROKE_FACES)))


def describe() -> str:
    """One JSON line that says which fonts a run drew from (for the model card)."""
    return json.dumps(
        {"stroke_faces": STROKE_FACES, "free_fonts": len(font_files()), "plate_fonts": len(plate_fonts())}
    )
