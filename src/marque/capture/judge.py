"""Why a read is not to be trusted: it goes to quarantine with the reason, where people can see it."""

from __future__ import annotations

import math

from marque.types import PlateRead, Quad

DOUBTFUL = 0.8
"""a text that fits no format is believed from this confidence on"""
SHAPES = (0.6, 9.0)
"""width over height that a plate can have: square two-line plates to long ones, seen from the side or from above"""
LARGEST = 0.8
"""share of the picture's width that a plate can take"""
CLASSES = (("high", 0.9), ("medium", 0.7), ("low", 0.0))


def confidence_class(confidence: float) -> str:
    """``high``, ``medium`` or ``low``."""
    return next(name for name, least in CLASSES if confidence >= least)


def doubt(read: PlateRead, frame_size: tuple[int, int], min_length: int) -> str | None:
    """What is wrong with a read that enough frames agree on; None when nothing is."""
    shape = aspect(read.quad)
    if len(read.text) < min_length:
        return f"too_short: {len(read.text)} characters, at least {min_length} are expected"
    if not SHAPES[0] <= shape <= SHAPES[1]:
        return f"geometry: {shape:.1f} times as wide as high"
    if read.box.width > LARGEST * frame_size[0]:
        return f"geometry: {read.box.width:.0f} of {frame_size[0]} pixels wide"
    if read.format is None and read.confidence < DOUBTFUL:
        return f"no_format: fits no known format and is only {read.confidence:.2f} sure"
    return None


def shortfall(agreeing: int, needed: int, confidence: float, threshold: float) -> str | None:
    """What keeps a text from being announced; None when it may be."""
    if agreeing < needed:
        return f"unconfirmed: {agreeing} of {needed} readings agree"
    if confidence < threshold:
        return f"low_confidence: {confidence:.2f}, {threshold:.2f} is needed"
    return None


def aspect(quad: Quad) -> float:
    """Width over height of a tilted plate, from its own sides."""
    a, b, c, d = quad.points
    return (math.dist(a, b) + math.dist(d, c)) / max(math.dist(a, d) + math.dist(b, c), 1e-6)
