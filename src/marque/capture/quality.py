"""How good crops are for reading, and pictures for finding plates."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from marque.types import Image

SIZE = (160, 64)
"""every crop is measured at this size, so that a small plate, enlarged, is a blurred one"""
HALF = 0.35
"""edge energy (below) of a crop that is half as sharp as can be"""

USUAL = 1.1
"""edges across over edges along, on most plates: letters are upright"""
LOOK = 640
"""pixels of a picture's width when it is measured"""
BLACK, WHITE = 8, 247
"""grey levels at which nothing is told apart any more"""


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


def streak(crop: Image) -> float:
    """Edges across over edges along, relative to what plates have: far below 1 where things are smeared sideways, far
    above where up and down. Nineteen of twenty readable plates lie between 0.5 and 1.8.
    """
    grey = cv2.cvtColor(cv2.resize(crop, SIZE, interpolation=cv2.INTER_LINEAR), cv2.COLOR_BGR2GRAY)
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (3, 3), 0)
    across, along = (float(np.abs(cv2.Sobel(smooth, cv2.CV_32F, *way)).mean()) for way in ((1, 0), (0, 1)))
    return (across + 0.1) / (along + 0.1) / USUAL


def detail(image: Image) -> float:
    """Variance of the picture's Laplacian, LOOK pixels wide: photographs in focus have 50 and more, blurred by 1.5
    pixels 30 at most.
    """
    height = max(1, round(image.shape[0] * LOOK / image.shape[1]))
    grey = cv2.cvtColor(cv2.resize(image, (LOOK, height), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (3, 3), 0)
    return float(cv2.Laplacian(smooth, cv2.CV_32F).var())


@dataclass(frozen=True, slots=True)
class Exposure:
    """Shares, 0 to 1: the mean brightness, pixels that are black, pixels that are white."""

    mean: float
    dark: float
    bright: float


def exposure(image: Image) -> Exposure:
    """How a picture is exposed, measured on few pixels."""
    step = max(1, image.shape[1] // LOOK)
    grey = cv2.cvtColor(np.ascontiguousarray(image[::step, ::step]), cv2.COLOR_BGR2GRAY)
    return Exposure(float(grey.mean()) / 255, float((grey <= BLACK).mean()), float((grey >= WHITE).mean()))
