"""How good a crop is for reading."""

from __future__ import annotations

import cv2
import numpy as np

from marque.types import Image

SIZE = (160, 64)
"""every crop is measured at this size, so that a small plate, enlarged, is a blurred one"""
HALF = 0.35
"""edge energy (below) of a crop that is half as sharp as can be"""


def sharpness(crop: Image) -> float:
    """0 (flat or blurred) to 1 (crisp). Edge energy over contrast: light does not count, strokes do; the slight blur
    first keeps night noise from passing for edges.
    """
    if crop.size == 0:
        return 0.0
    grey = cv2.cvtColor(cv2.resize(crop, SIZE, interpolation=cv2.INTER_LINEAR), cv2.COLOR_BGR2GRAY)
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (3, 3), 0)
    energy = float(np.std(cv2.Laplacian(smooth, cv2.CV_32F)) / (np.std(smooth) + 8.0))
    return energy / (energy + HALF)
