"""The frames that one read was fused from, side by side in one small picture: what the nets saw, and what each said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import cv2
import numpy as np

from marque.capture.pictures import SMALL, jpeg
from marque.types import Image

KEPT = 6
HEIGHT = 56
"""pixels of a crop in the strip"""
WIDEST = 240
"""pixels of a crop at most"""
LINE, GAP, BORDER = 18, 6, 3
"""pixels: of the text's line, between crops, of the frame around the best"""
GROUND, INK, ACCENT = (24, 24, 24), (235, 235, 235), (60, 200, 255)


@dataclass(frozen=True, slots=True)
class Cell:
    """One crop as JPEG and what it was read as; the best one is worth most."""

    time: datetime
    text: str
    worth: float
    picture: bytes

    @property
    def crop(self) -> Image:
        crop = cv2.imdecode(np.frombuffer(self.picture, np.uint8), cv2.IMREAD_COLOR)
        assert crop is not None, "it was written as JPEG"
        return np.asarray(crop, np.uint8)


@dataclass(slots=True)
class Strip:
    """Up to KEPT crops of one visit: the best, and others far apart in time. Some kilobytes each."""

    cells: list[Cell] = field(default_factory=list)

    def add(self, time: datetime, text: str, worth: float, crop: Image) -> None:
        """Take one more crop, if it is worth more than one of those that are there."""
        self._take([Cell(time, text, worth, jpeg(fitted(crop), SMALL))])

    def absorb(self, other: Strip) -> None:
        """Take another visit's crops."""
        self._take(other.cells)

    @property
    def best(self) -> bytes:
        """The best crop; empty where there is none."""
        return max(self.cells, key=lambda c: c.worth).picture if self.cells else b""

    @property
    def crops(self) -> list[Image]:
        """The crops that say something, the best one first."""
        told = sorted((cell for cell in self.cells if cell.text), key=lambda c: -c.worth)
        return [cell.crop for cell in told]

    def drawn(self, text: str) -> bytes:
        """The crops that say something, as one JPEG, the best of those that say ``text`` (or of all) framed; empty
        where there are fewer than two.
        """
        told = [cell for cell in self.cells if cell.text]
        if len(told) < 2:
            return b""
        best = max(told, key=lambda c: (c.text == text, c.worth))
        return jpeg(_row([_drawn(cell, cell is best) for cell in told]), SMALL)

    def _take(self, cells: Sequence[Cell]) -> None:
        self.cells = sorted([*self.cells, *cells], key=lambda c: c.time)
        while len(self.cells) > KEPT:
            del self.cells[_spare(self.cells)]


def fitted(crop: Image) -> Image:
    """The crop HEIGHT pixels high, and not too wide."""
    height, width = crop.shape[:2]
    size = min(WIDEST, max(1, round(width * HEIGHT / height))), HEIGHT
    how = cv2.INTER_AREA if height > HEIGHT else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(crop, size, interpolation=how), np.uint8)


def _spare(cells: Sequence[Cell]) -> int:
    """Which of the cells, in order of time, says least: one without a text, else the one whose neighbours are nearest;
    never the best, the first or the last.
    """
    best = max(range(len(cells)), key=lambda i: cells[i].worth)
    silent = [i for i, cell in enumerate(cells) if not cell.text and i != best]
    inner = [i for i in range(1, len(cells) - 1) if i != best]
    return min(silent or inner, key=lambda i: (_room(cells, i), cells[i].worth))


def _room(cells: Sequence[Cell], i: int) -> float:
    """Seconds between the neighbours of a cell."""
    before, after = cells[max(i - 1, 0)], cells[min(i + 1, len(cells) - 1)]
    return (after.time - before.time).total_seconds()


def _drawn(cell: Cell, best: bool) -> Image:
    """One crop with its text below."""
    colour = ACCENT if best else GROUND
    framed = cv2.copyMakeBorder(cell.crop, BORDER, BORDER, BORDER, BORDER, cv2.BORDER_CONSTANT, value=colour)
    line = np.full((LINE, framed.shape[1], 3), GROUND, np.uint8)
    text = cell.text.encode("ascii", "replace").decode()
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1)
    scale = min(0.45, (framed.shape[1] - 4) / max(width, 1))
    place = max(2, round((framed.shape[1] - width * scale) / 2)), LINE - 5
    cv2.putText(line, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, ACCENT if best else INK, 1, cv2.LINE_AA)
    return np.vstack([framed, line]).astype(np.uint8)


def _row(pictures: Sequence[Image]) -> Image:
    """Pictures of equal height side by side."""
    gap = np.full((pictures[0].shape[0], GAP, 3), GROUND, np.uint8)
    return np.hstack([part for picture in pictures for part in (picture, gap)][:-1]).astype(np.uint8)
