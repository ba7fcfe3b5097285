"""Why a plate is not told of, or is told as not to be trusted: in quarantine with the reason, where people see it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from marque.types import PlateRead, Quad

DOUBTFUL = 0.8
"""a text that fits no format is believed from this confidence on"""
SHAPES = (0.6, 9.0)
"""width over height that a plate can have: square two-line plates to long ones, seen from the side or from above"""
LARGEST = 0.8
"""share of the picture's width that a plate can take"""
CLASSES = (("high", 0.9), ("medium", 0.7), ("low", 0.0))


class Why(StrEnum):
    """Reasons by their names, which stay."""

    WEAK = "weak"
    EXCLUDED = "excluded"
    OUTSIDE_ZONES = "outside_zones"
    TOO_NARROW = "too_narrow"
    CUT = "cut"
    NOT_READ = "not_read"
    NO_TEXT = "no_text"
    UNCONFIRMED = "unconfirmed"
    LOW_CONFIDENCE = "low_confidence"
    TOO_SHORT = "too_short"
    GEOMETRY = "geometry"
    NO_FORMAT = "no_format"
    TOLD_ALREADY = "told_already"
    DOUBTED = "doubted"
    STILL = "still"


@dataclass(frozen=True, slots=True)
class Reason:
    """``why`` is for programs, ``sentence`` for people; as a text, and in events, both."""

    why: Why
    sentence: str

    def __str__(self) -> str:
        return f"{self.why}: {self.sentence}"


def confidence_class(confidence: float) -> str:
    """``high``, ``medium`` or ``low``."""
    return next(name for name, least in CLASSES if confidence >= least)


def weakness(score: float, threshold: float) -> Reason | None:
    """What keeps a detection from starting a track."""
    if score >= threshold:
        return None
    return Reason(Why.WEAK, f"the detector is {score:.2f} sure that it is a plate, {threshold:.2f} is needed")


def unreadable(width: float, least: float, cut: bool) -> Reason | None:
    """What keeps a plate ``width`` pixels wide from being read; ``cut``: the picture's border goes through it."""
    if width < least:
        return Reason(Why.TOO_NARROW, f"{width:.0f} pixels wide, at least {least:g} are needed")
    return Reason(Why.CUT, "the border of the picture cuts it") if cut else None


def unread(readings: int) -> Reason:
    """Of a plate without a text."""
    if not readings:
        return Reason(Why.NOT_READ, "seen too shortly to be read")
    return Reason(Why.NO_TEXT, f"there is no text in {'the reading' if readings == 1 else f'{readings} readings'}")


def doubt(read: PlateRead, frame_size: tuple[int, int], min_length: int) -> Reason | None:
    """What is wrong with a read that enough frames agree on; None when nothing is."""
    shape = aspect(read.quad)
    if len(read.text) < min_length:
        count = "1 character" if len(read.text) == 1 else f"{len(read.text)} characters"
        return Reason(Why.TOO_SHORT, f"{count}, at least {min_length} are expected")
    if not SHAPES[0] <= shape <= SHAPES[1]:
        return Reason(Why.GEOMETRY, f"{shape:.1f} times as wide as high")
    if read.box.width > LARGEST * frame_size[0]:
        return Reason(Why.GEOMETRY, f"{read.box.width:.0f} of {frame_size[0]} pixels wide")
    if read.format is None and read.confidence < DOUBTFUL:
        return Reason(Why.NO_FORMAT, f"fits no known format and is only {read.confidence:.2f} sure")
    return None


def shortfall(agreeing: int, needed: int, confidence: float, threshold: float) -> Reason | None:
    """What keeps a text from being announced; None when it may be."""
    if agreeing < needed:
        return Reason(Why.UNCONFIRMED, f"{agreeing} of {needed} readings agree")
    if confidence < threshold:
        return Reason(Why.LOW_CONFIDENCE, f"{confidence:.2f} sure, {threshold:.2f} is needed")
    return None


def aspect(quad: Quad) -> float:
    """Width over height of a tilted plate, from its own sides."""
    a, b, c, d = quad.points
    return (math.dist(a, b) + math.dist(d, c)) / max(math.dist(a, d) + math.dist(b, c), 1e-6)
