"""Phrases of whoever asks: with the names that they may see, in their time zone, and within their rights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

from marque.access.scopes import SCOPES
from marque.ports import Clock
from marque.services.chips import Kind, Part
from marque.services.phrase import Phrase, understand
from marque.services.platform import Remembered
from marque.services.times import Here
from marque.services.words import Names
from marque.types import EVERYTHING, Principal, Within

SEARCH = "reads:search"
REFRESH = 5.0
"""seconds for which the names of cameras and the like are taken as they were"""


class Phrases:
    """Only says what a phrase means; what comes of it is for :class:`marque.services.reads.ReadService` to find, which
    asks for rights and writes searches down."""

    def __init__(self, names: Callable[[], Names], clock: Clock) -> None:
        self._clock = clock
        self._names = Remembered(names, clock, REFRESH)

    def understand(self, who: Principal, text: str, zone: ZoneInfo) -> Phrase:
        """The phrase, now, in this time zone. Raises StoreError."""
        names = self._names()
        found = understand(text, names, Here.at(self._clock.now(), zone), offered(names, who.within))
        if SEARCH in who.scopes:
            return found
        return replace(found, parts=tuple(map(_refused, found.parts)))


def offered(names: Names, within: Within) -> Names:
    """The names that somebody may be told of: nothing of cameras and sites that are not theirs."""
    if within == EVERYTHING:
        return names
    mine = {"camera": within.cameras, "site": within.sites, "zone": frozenset[str]()}
    return {kind: known if (own := mine.get(kind)) is None else known & own for kind, known in names.items()}


def _refused(part: Part) -> Part:
    if part.kind is not Kind.PLATE:
        return part
    return replace(part, problem=f"you may not {SCOPES[SEARCH].partition(',')[0]} ({SEARCH})", offers=())
