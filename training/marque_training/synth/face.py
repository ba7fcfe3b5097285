"""A face: the glyph masks of one die."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
CAP = 72
"""rows of a glyph"""


@dataclass(frozen=True)
class Face:
    """Glyph masks of one die; `monospaced` dies set every character in a cell of the same width."""

    glyphs: dict[str, Mask]
    monospaced: bool
    cell: int


def trim(mask: Mask) -> Mask:
    """Cut a glyph's mask to the columns with ink, `CAP` rows high."""
    columns = np.flatnonzero(mask.max(0) > 60)
    cut = mask[:, columns[0] : columns[-1] + 1]
    return np.asarray(cv2.resize(cut, (cut.shape[1], CAP), interpolation=cv2.INTER_AREA), np.uint8)
