"""Flat drawn plates for scenes, tests and documentation: sharp, square to the viewer, the same every time."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from marque.plates.glyphs import ALPHABET, MARKS, WIDTHS, polylines
from marque.plates.text import normalize
from marque.types import Image

Colour = tuple[int, int, int]
"""blue, green, red"""

_SHARP = 4
"""drawn this many times as large, then scaled down"""
_MARGIN = 0.16
"""clear ground beside the text, in plate heights"""
_WHITE, _BLACK, _YELLOW = (240, 243, 244), (24, 22, 22), (32, 190, 245)
_BLUE, _NAVY = (150, 60, 10), (110, 40, 20)


@dataclass(frozen=True, slots=True)
class Style:
    """How a family of regions looks. Lengths are in units of the plate's height: ``text`` the characters' height,
    ``aspect`` their width over their height, ``stroke`` the line's width over their height, ``gap`` between characters,
    ``space`` between groups, ``band`` the coloured strip at the left, ``bar`` the one at the top."""

    ground: Colour = _WHITE
    ink: Colour = _BLACK
    text: float = 0.62
    aspect: float = 0.44
    stroke: float = 0.135
    gap: float = 0.11
    space: float = 0.16
    band: float = 0.0
    bar: float = 0.0
    strip: Colour = _BLUE
    caption: str = ""


STYLES: dict[str, Style] = {
    "eu": Style(band=0.36),
    "gb": Style(ground=_YELLOW, text=0.66, stroke=0.16),
    "us": Style(ink=_NAVY, text=0.56, bar=0.2, strip=_NAVY, caption="USA", gap=0.13, space=0.2),
    "br": Style(text=0.58, bar=0.22, strip=_BLUE, caption="BRASIL", stroke=0.15),
    "in": Style(band=0.26, caption="IND", text=0.58, stroke=0.15, space=0.14),
    "nl": Style(ground=_YELLOW, band=0.36),
    "plain": Style(),
}
"""Looks by region; a state takes its country's, any other code the European one with its code in the band."""

_SIGNS = {
    "de": "D",
    "fr": "F",
    "it": "I",
    "es": "E",
    "at": "A",
    "be": "B",
    "se": "S",
    "fi": "FIN",
    "pt": "P",
    "hu": "H",
}
"""international signs that are not the upper-case code"""


def draw_plate(text: str, region: str = "eu", height: int = 64, *, lines: int = 1) -> Image:
    """A flat plate, HxWx3 BGR; its width follows from the text, which is drawn with the separators it is given.

    Two ``lines``: the text is broken at its middle separator, or in the middle. Raises ValueError for a text that is
    empty or holds a character that the stroke alphabet does not draw.
    """
    strange = set(normalize(text)) - set(ALPHABET)
    if strange or not normalize(text):
        raise ValueError(f"cannot draw {text!r}: {''.join(sorted(strange)) or 'nothing to draw'}")
    style = STYLES.get(region) or STYLES.get(region.split("-")[0]) or STYLES["eu"]
    canvas = _Canvas(style, height * _SHARP, _broken(text, lines))
    canvas.write()
    canvas.dress(style.caption or _sign(region))
    size = (round(canvas.image.shape[1] / _SHARP), height)
    return np.asarray(cv2.resize(canvas.image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _sign(region: str) -> str:
    return "" if region == "eu" else _SIGNS.get(region, region.split("-")[0].upper())


def _groups(text: str) -> list[str]:
    """The stretches between separators."""
    return "".join(char if char.isalnum() else " " for char in text.upper()).split()


def _broken(text: str, lines: int) -> list[list[str]]:
    groups = _groups(text)
    if lines < 2:
        return [groups]
    if len(groups) == 1:
        middle = len(groups[0]) // 2
        return [[groups[0][:middle]], [groups[0][middle:]]]
    return [groups[: len(groups) // 2], groups[len(groups) // 2 :]]


class _Canvas:
    """A plate being drawn, ``height`` pixels high."""

    def __init__(self, style: Style, height: int, rows: list[list[str]]) -> None:
        self.style, self.height, self.rows = style, height, rows
        marked = any(char in MARKS for groups in rows for group in groups for char in group)
        self.pitch = height * (1.0 - style.bar) / len(rows)
        self.size = min(style.text * height, 0.72 * self.pitch) * (0.85 if marked else 1.0)
        self.left = round((style.band + _MARGIN) * height)
        self.room = max(self._width(groups, self.size) for groups in rows)
        self.image: Image = np.full(
            (height, round(self.left + self.room + _MARGIN * height), 3), style.ground, np.uint8
        )

    def write(self) -> None:
        """The text, each row in the middle of the room beside the band."""
        for row, groups in enumerate(self.rows):
            x = self.left + (self.room - self._width(groups, self.size)) / 2
            y = self.style.bar * self.height + self.pitch * row + (self.pitch - self.size) / 2
            self._row(groups, x, y, self.size, self.style.ink)

    def dress(self, caption: str) -> None:
        """Band, bar, caption and rim."""
        height, width = self.image.shape[:2]
        band, bar = round(self.style.band * height), round(self.style.bar * height)
        self.image[:, :band] = self.style.strip
        self.image[:bar] = self.style.strip
        if caption and band:
            size = min(0.24 * height, 0.8 * band / self._width([caption], 1.0))
            self._row([caption], (band - self._width([caption], size)) / 2, 0.66 * height, size, _WHITE)
        if caption and bar:
            size = 0.55 * bar
            self._row([caption], (width - self._width([caption], size)) / 2, 0.25 * bar, size, _WHITE)
        cv2.rectangle(self.image, (0, 0), (width - 1, height - 1), _BLACK, round(0.03 * height))

    def _width(self, groups: list[str], size: float) -> float:
        cells = sum(self._cell(char) for group in groups for char in group)
        steps = sum(map(len, groups)) - 1
        return (cells + steps * self._step + (len(groups) - 1) * self.style.space) * size

    def _cell(self, char: str) -> float:
        return WIDTHS.get(char, 1.0) * self.style.aspect

    @property
    def _step(self) -> float:
        """From one character's centre line to the next one's."""
        return self.style.gap + self.style.stroke

    def _row(self, groups: list[str], x: float, y: float, size: float, ink: Colour) -> None:
        for group in groups:
            for char in group:
                self._glyph(char, x, y, size, ink)
                x += (self._cell(char) + self._step) * size
            x += self.style.space * size

    def _glyph(self, char: str, x: float, y: float, size: float, ink: Colour) -> None:
        thickness = max(1, round(self.style.stroke * size))
        for line in polylines(char, aspect=self.style.aspect):
            points = np.rint(line * size + (x, y)).astype(np.int32)
            cv2.polylines(self.image, [points], False, ink, thickness, cv2.LINE_AA)
