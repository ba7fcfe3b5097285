"""What a camera saw and did not tell, or told as not to be trusted, with the reason: for people who ask why. Only the
last of it, and in memory only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from threading import Lock

from marque.capture.judge import Reason, Why
from marque.types import Box

ROOM = 50
"""kept per camera; then those not seen for longest go"""
WIDER = 1.25
"""how much wider a plate must have become for another picture of it"""
SAME = 1.0
"""plate widths within which what is refused again is the same plate"""
WITHIN = 5.0
"""seconds within which it is"""

Picture = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Rejection:
    """One plate. ``time`` and ``last``: first and last seen; ``times``: how often it was refused meanwhile. ``width``:
    pixels at the widest; ``score``: how sure the detector was; ``box``: where it was last, in pixels. ``open``: it is
    still there and may yet be told. ``event``: id of the event that tells of it all the same: in quarantine, or the
    vehicle's earlier one. ``picture``: a small JPEG. ``number`` names it within its camera.
    """

    time: datetime
    last: datetime
    reason: Reason
    text: str = ""
    confidence: float | None = None
    readings: int = 0
    width: float | None = None
    score: float | None = None
    box: Box | None = None
    open: bool = False
    event: str | None = None
    picture: bytes | None = None
    number: int = 0
    times: int = 1


class Rejections:
    """One camera's. One thread writes, any may read."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[str, Rejection] = {}
        self._numbers = count(1)

    def all(self) -> list[Rejection]:
        """Those kept, the last one seen first."""
        with self._lock:
            return list(self._kept.values())[::-1]

    def note(self, key: str, seen: Rejection, picture: Picture | None = None) -> None:
        """The plate that ``key`` stands for was refused (again); a picture is taken when none of it was so wide."""
        merged = self._merged(self._kept.get(key), seen, picture)
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = merged
            while len(self._kept) > ROOM:
                del self._kept[next(iter(self._kept))]

    def forget(self, key: str) -> None:
        """It was told after all."""
        with self._lock:
            self._kept.pop(key, None)

    def key(self, why: Why, box: Box, time: datetime) -> str:
        """What stands for a plate that nobody follows: the key of the one that was refused there for the same reason
        just now, or a new one.
        """
        for key, one in reversed(self._kept.items()):
            recent = abs((time - one.last).total_seconds()) <= WITHIN
            if recent and one.reason.why is why and one.box is not None and _near(one.box, box):
                return key
        return f"{why} {next(self._numbers)}"

    def _merged(self, old: Rejection | None, seen: Rejection, picture: Picture | None) -> Rejection:
        if old is None:
            return replace(seen, number=next(self._numbers), picture=_taken(picture))
        wider = (seen.width or 0.0) >= WIDER * (old.width or 0.0)
        fresh = _taken(picture) if wider or old.picture is None else None
        return replace(
            seen,
            number=old.number,
            time=min(old.time, seen.time),
            times=old.times + 1,
            width=max(old.width or 0.0, seen.width or 0.0) or None,
            picture=fresh or old.picture,
        )


def _taken(picture: Picture | None) -> bytes | None:
    return (picture() if picture else None) or None


def _near(one: Box, other: Box) -> bool:
    return math.dist(one.center, other.center) <= SAME * max(one.width, other.width)
