"""What analytics tell: rows of figures over a span of time, and whether they are all there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

Row = TypeVar("Row")


class By(StrEnum):
    """What counts are told by: times of the asker's time zone, or something of the reads."""

    HOUR = "hour"
    DAY = "day"
    CAMERA = "camera"
    SITE = "site"
    ZONE = "zone"
    DIRECTION = "direction"
    REGION = "region"
    TYPE = "type"
    COLOR = "color"
    MAKE = "make"
    CLASS = "class"


@dataclass(frozen=True, slots=True)
class Figures(Generic[Row]):
    """Rows about the reads with ``since`` <= first_seen < ``until``. ``cut``: there are more, or not every read was
    looked at, because it would have been too many."""

    rows: tuple[Row, ...]
    since: datetime
    until: datetime
    timezone: str = "UTC"
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """How many reads, and how many different plates. ``key``: the start of an hour (``2026-05-04T12:00+01:00``), a day
    (``2026-05-04``), a camera...; None: not known of these."""

    key: str | None
    reads: int
    plates: int


@dataclass(frozen=True, slots=True)
class Total:
    """Everything in one row. ``plates``: different ones; ``first_time``: those that were never read before."""

    reads: int
    plates: int
    first_time: int
    unread: int
    corrected: int


@dataclass(frozen=True, slots=True)
class HourOfWeek:
    """``weekday`` 0 is Monday; ``hour`` 0 to 23."""

    weekday: int
    hour: int
    reads: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """Reads of one camera. ``times``: those of each hour or day, empty where they were not asked for."""

    camera: str
    reads: int
    times: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Visitor:
    """One plate: how often it was read, on how many days, by how many cameras."""

    plate: str
    reads: int
    days: int
    cameras: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """How much was read and when, and who came. ``times``: the names of the hours or days, as in :class:`Counted`;
    ``reads``: those of each. ``cameras``: most reads first. ``week``: all 168 hours of it. ``top``: plates with most
    reads; ``frequent``: plates that came on two days or more, on most days first."""

    total: Total
    times: tuple[str, ...]
    reads: tuple[int, ...]
    cameras: tuple[Traffic, ...]
    week: tuple[HourOfWeek, ...]
    top: tuple[Visitor, ...] = ()
    frequent: tuple[Visitor, ...] = ()


@dataclass(frozen=True, slots=True)
class Journey:
    """Vehicles that were read by one camera and next by the other. Seconds between the two."""

    origin: str
    destination: str
    count: int
    median: float
    p85: float
    shortest: float
    longest: float


@dataclass(frozen=True, slots=True)
class Presence:
    """One hour: how many came in and went out, and how many were inside at its end."""

    start: str
    entered: int
    left: int
    inside: int


@dataclass(frozen=True, slots=True)
class Convoy:
    """Two plates that passed the same cameras within seconds of one another."""

    plate: str
    other: str
    cameras: tuple[str, ...] = field(default=())
