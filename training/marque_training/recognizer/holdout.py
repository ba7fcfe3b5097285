"""Drawn crops that no training saw: their seeds lie outside the ring's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from marque_training.recognizer.ring import Ring, fill, open_ring
from marque_training.recognizer.train import RUNS

CALIBRATION, QUANTIZATION = 1_000_001, 1_000_002
"""seeds"""


def holdout(seed: int, count: int, folder: Path = RUNS) -> Ring:
    """`count` samples of this seed, drawn once and kept in `folder`."""
    ring = open_ring(folder / f"holdout-{seed}", count)
    if int(ring.written[0]) < count:
        ring.written[0] = 0
        fill(ring, seed, rate=1e9, limit=count)
    return ring


def images(seed: int, count: int) -> np.ndarray:
    """The crops alone, uint8 [count, 64, 160]."""
    return np.asarray(holdout(seed, count).records["image"])
