"""Plates in scripts that the recogniser does not read, laid out as their countries lay them out (`unread.yaml`).

The recogniser's own generator draws the plates that it learns to read; these are there to be found.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray
from PIL import ImageFont

from marque_training.detector.glyphs import spelled
from marque_training.detector.street import ink_on
from marque_training.synth.fonts import font_lists
from marque_training.synth.marks import fonts_with

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]
LAYOUTS = Path(__file__).with_suffix(".yaml")
HEIGHT = 120
"""pixels of a drawn plate"""
CONTRAST = 70
"""how much lighter or darker than its ground ink is at least"""
LIGHT = np.array([0.11, 0.59, 0.3])
"""what blue, green and red count for in how light a colour is"""
LATIN = {"digits": "0123456789", "letters": "ABCDEFGHJKLMNPRSTUVWXYZ"}
LATIN_FONTS = ("dejavusans-bold", "freesansbold", "liberationsans-bold", "nimbussans-bold", "nimbussansnarrow-bold")


@lru_cache(maxsize=1)
def sheet() -> dict[str, Any]:
    sheet: dict[str, Any] = yaml.safe_load(LAYOUTS.read_text("utf-8"))
    return sheet


@lru_cache(maxsize=1)
def layouts() -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """The names of the layouts that this machine has fonts for, and how often each is drawn."""
    known = {name: row for name, row in sheet()["layouts"].items() if all(_fonts(text) for text in _texts(row))}
    often = np.array([row.get("often", 1) for row in known.values()], np.float64)
    return tuple(known), often / often.sum()


def draw_unread(rng: np.random.Generator, name: str | None = None) -> Image:
    """One flat plate of the layout, or of any, HxWx3 BGR."""
    names, often = layouts()
    layout = sheet()["layouts"][name or names[int(rng.choice(len(names), p=often))]]
    width = int(HEIGHT * rng.uniform(*layout["aspect"]))
    back = _colour(rng, layout["back"])
    ink = inked(rng, layout["ink"], back)
    image = np.full((HEIGHT, width, 3), back, np.uint8)
    x0, y0, x1, y1 = 0, 0, width, HEIGHT
    if head := layout.get("head"):
        y0 = int(HEIGHT * rng.uniform(*head["share"]))
        _band(rng, image, (0, 0, width, y0), head, ink)
    if side := layout.get("side"):
        share = int(width * rng.uniform(*side["share"]))
        left = 0 if not side.get("right") else width - share
        _band(rng, image, (left, y0, left + share, y1), side, ink)
        x0, x1 = (share, x1) if left == 0 else (x0, left)
    _rows(rng, image, (x0, y0, x1, y1), layout["rows"], ink)
    if rng.random() < 0.6:
        inset, weight = int(rng.uniform(0, 0.04) * HEIGHT), max(1, int(rng.uniform(0.01, 0.03) * HEIGHT))
        cv2.rectangle(image, (inset, inset), (width - 1 - inset, HEIGHT - 1 - inset), ink, weight, cv2.LINE_AA)
    return image


def _rows(
    rng: np.random.Generator, image: Image, room: tuple[int, int, int, int], rows: Sequence[str], ink: Colour
) -> None:
    x0, y0, x1, y1 = room
    parts = [row.split(": ") if row[0].isdigit() and ": " in row else ["1", row] for row in rows]
    heights = np.array([float(height) for height, _ in parts])
    edges = y0 + np.concatenate([[0], np.cumsum(heights / heights.sum())]) * (y1 - y0)
    fill, margin = rng.uniform(0.62, 0.9), rng.uniform(0.02, 0.07) * (x1 - x0)
    thick = int(rng.integers(1, 6))
    for (_, row), top, bottom in zip(parts, edges[:-1], edges[1:], strict=True):
        _row(rng, image, (x0 + margin, float(top), x1 - margin, float(bottom)), row, ink, fill, thick)
    if len(rows) > 1 and "|" in rows[0] and rng.random() < 0.8:
        cv2.line(image, (x0, int(edges[1])), (x1, int(edges[1])), ink, 2)


def _row(
    rng: np.random.Generator,
    image: Image,
    room: tuple[float, float, float, float],
    row: str,
    ink: Colour,
    fill: float,
    thick: int,
) -> None:
    """The cells of a row, each as wide as its text wants to be."""
    x0, y0, x1, y1 = room
    cells = [cell.strip() for cell in row.replace("|", "/").split("/")]
    lined = [sign == "|" for sign in row if sign in "|/"]
    texts = [_text(rng, cell) for cell in cells]
    masks = [_mask(rng, *text, thick) for text in texts]
    wanted = np.array([mask.shape[1] / mask.shape[0] for mask in masks]) + 0.25
    edges = x0 + np.concatenate([[0], np.cumsum(wanted / wanted.sum())]) * (x1 - x0)
    for index, (mask, left, right) in enumerate(zip(masks, edges[:-1], edges[1:], strict=True)):
        tall, wide = (y1 - y0) * fill, (right - left) * 0.88
        scale = tall / mask.shape[0]
        width = float(np.clip(wide, 0.7 * mask.shape[1] * scale, 1.5 * mask.shape[1] * scale))
        if width > wide:
            width, tall = wide, max(6.0, wide / (0.7 * mask.shape[1]) * mask.shape[0])
        size = max(3, round(width)), max(4, round(min(tall, (y1 - y0) * fill)))
        small = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)
        ink_on(image, small, (int((left + right - size[0]) / 2), int((y0 + y1 - size[1]) / 2)), ink)
        if index < len(lined) and lined[index]:
            cv2.line(image, (int(right), int(y0)), (int(right), int(y1)), ink, 2)


def _band(
    rng: np.random.Generator, image: Image, room: tuple[int, int, int, int], band: dict[str, Any], ink: Colour
) -> None:
    """A coloured strip with one of its words."""
    x0, y0, x1, y1 = room
    back = _colour(rng, band["back"])
    image[y0:y1, x0:x1] = back
    pale = (240, 240, 240) if sum(back) < 480 and rng.random() < 0.8 else (20, 20, 20)
    words = str(rng.choice(band["words"]))
    high = min((y1 - y0) * 0.8, (x1 - x0) * 0.5)
    middle = (y0 + y1) / 2 + rng.uniform(-0.3, 0.3) * max(0.0, (y1 - y0) - 1.3 * high)
    _row(
        rng, image, (x0, middle - high / 2, x1, middle + high / 2), words, pale if rng.random() < 0.9 else ink, 0.85, 2
    )


def _text(rng: np.random.Generator, cell: str) -> tuple[str, tuple[ImageFont.FreeTypeFont, ...]]:
    """What stands in a cell, and the fonts that have its signs."""
    script, dot, rest = cell.partition(".")
    kind, _, count = rest.partition(" ")
    if not dot or kind not in LATIN:
        word = str(rng.choice([choice.strip() for choice in cell.split(",")]))
        return word, _fonts(word)
    signs, fonts = _script(script, kind)
    low, _, high = count.partition("-")
    chosen = rng.choice(list(signs), int(rng.integers(int(low), int(high or low) + 1)))
    # Letters that would be joined stand by themselves on plates.
    return (" " if script in ("arabic", "persian") and kind == "letters" else "").join(chosen), fonts


@lru_cache(maxsize=64)
def _script(script: str, kind: str) -> tuple[str, tuple[ImageFont.FreeTypeFont, ...]]:
    if script == "latin":
        return LATIN[kind], fonts_with(LATIN[kind], LATIN_FONTS)
    row = font_lists()["other_scripts"][script]
    return row[kind], fonts_with(row["digits"] + row["letters"], tuple(row["fonts"]))


@lru_cache(maxsize=256)
def _fonts(text: str) -> tuple[ImageFont.FreeTypeFont, ...]:
    """Fonts for a word, of whichever script has one for all of its signs; for a cell of a script, that script's."""
    script, dot, rest = text.partition(".")
    if dot and rest.partition(" ")[0] in LATIN:
        return _script(script, rest.partition(" ")[0])[1]
    if text.isascii():
        return fonts_with(text, LATIN_FONTS)
    names = {name: None for row in font_lists()["other_scripts"].values() for name in row["fonts"]}
    return fonts_with(text.replace(" ", ""), tuple(names))


def _texts(layout: dict[str, Any]) -> list[str]:
    """All that a layout may have to write."""
    bands = [word for band in ("head", "side") if band in layout for word in layout[band]["words"]]
    rows = [row.partition(": ")[2] or row for row in layout["rows"]]
    cells = [cell.strip() for text in bands + rows for cell in text.replace("|", "/").split("/")]
    return [word.strip() for cell in cells for word in ([cell] if "." in cell else cell.split(","))]


def _mask(rng: np.random.Generator, text: str, fonts: tuple[ImageFont.FreeTypeFont, ...], thick: int) -> Image:
    """A text as a tight mask, its strokes grown."""
    grown = cv2.dilate(spelled(text, fonts[int(rng.integers(len(fonts)))]), np.ones((thick, thick), np.uint8))
    ys, xs = np.nonzero(grown > 60)
    return np.asarray(grown[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1] if len(ys) else grown, np.uint8)


def _colour(rng: np.random.Generator, names: Sequence[str]) -> Colour:
    base = np.array(sheet()["colours"][str(rng.choice(names))]) + rng.normal(0, 14, 3)
    blue, green, red = (int(v) for v in np.clip(base, 0, 255))
    return blue, green, red


def inked(rng: np.random.Generator, names: Sequence[str], back: Colour) -> Colour:
    """An ink that can be told from its ground."""
    inks = [_colour(rng, [name]) for name in names]
    far = [ink for ink in inks if abs(LIGHT @ np.subtract(ink, back)) > CONTRAST]
    return far[int(rng.integers(len(far)))] if far else ((20, 20, 20) if LIGHT @ back > 125 else (240, 240, 240))
