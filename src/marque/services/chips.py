"""What a phrase is cut into: words, and parts that say what they were taken for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a part of a phrase is about."""

    PLATE = "plate"
    CAMERA = "camera"
    SITE = "site"
    ZONE = "zone"
    REGION = "region"
    VEHICLE = "vehicle"
    DIRECTION = "direction"
    STATE = "state"
    SURE = "sure"
    TIME = "time"
    FILLER = "filler"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Offer:
    """Another way to write a part, and what that would mean."""

    text: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Part:
    """Some words of a phrase from character ``start`` on. ``problem``: why they could not be taken, or what will come
    of them; ``used``: whether they narrow the search."""

    text: str
    start: int
    kind: Kind
    meaning: str
    problem: str = ""
    offers: tuple[Offer, ...] = ()

    @property
    def used(self) -> bool:
        return self.kind not in (Kind.FILLER, Kind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it was written, from character ``start`` on."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)
