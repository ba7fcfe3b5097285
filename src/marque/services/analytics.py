"""Figures about what was read: how much, when, who comes, how long things take. Everybody gets figures of what they may
see; whoever is told plates needs the scope to search for them, and it is written down."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

import numpy as np

from marque.access.audit import Audit
from marque.access.scopes import demand
from marque.errors import Unacceptable
from marque.figures import By, Convoy, Counted, Figures, HourOfWeek, Journey, Overview, Presence, Total, Visitor
from marque.plates import normalize
from marque.ports import Clock
from marque.queries import ReadQuery
from marque.services.reads import narrowed, told
from marque.store.analytics import Leg, Passing
from marque.store.calendar import hours
from marque.types import Principal

Row = TypeVar("Row")
USUAL = timedelta(days=7)
"""the span when none was asked for, up to now"""
LONGEST = timedelta(days=366)
LONGEST_OF_HOURS = timedelta(days=93)
LONGEST_OF_CONVOYS = timedelta(days=31)
EARLIEST, LATEST = 1971, 2200
"""years whose times there are in every time zone"""
ROWS = 1000
LEGS = 100_000
"""reads that one question about journeys looks at"""
PASSING = 50_000
"""reads that one question about convoys looks at"""
PAIRS = 500_000
"""pairs of plates that it remembers"""
SEEN = 500
"""reads of one plate whose company is looked for"""


class Counting(Protocol):
    """Where the figures come from, see :class:`marque.store.analytics.SqlAnalytics`."""

    def counts(self, query: ReadQuery, by: By, zone: ZoneInfo) -> list[Counted]: ...
    def overview(self, query: ReadQuery, by: By, zone: ZoneInfo, busiest: int) -> Overview: ...
    def total(self, query: ReadQuery) -> Total: ...
    def week(self, query: ReadQuery, zone: ZoneInfo) -> list[HourOfWeek]: ...
    def top(self, query: ReadQuery, zone: ZoneInfo) -> list[Visitor]: ...
    def visitors(self, query: ReadQuery, zone: ZoneInfo, least_days: int, new: bool) -> list[Visitor]: ...
    def legs(self, query: ReadQuery, cameras: Collection[str], origins: Collection[str], fuzzy: bool) -> list[Leg]: ...
    def passing(self, query: ReadQuery) -> list[Passing]: ...
    def near(self, query: ReadQuery, seen: Sequence[Passing], seconds: float) -> list[Passing]: ...


class Analytics:
    """A query without ``since`` and ``until`` is about the last seven days. ``limit`` of the query bounds the rows.
    Raises Unacceptable, Forbidden or StoreError."""

    def __init__(self, counting: Counting, audit: Audit, clock: Clock) -> None:
        self._counting, self._audit, self._clock = counting, audit, clock

    def counts(self, who: Principal, query: ReadQuery, by: By, zone: ZoneInfo) -> Figures[Counted]:
        """Reads and plates by hour or day in order of time, or by camera and the like, most reads first."""
        asked = self._asked(who, query, LONGEST_OF_HOURS if by is By.HOUR else LONGEST)
        return self._told(who, asked, zone, "counts", lambda wide: self._counting.counts(wide, by, zone), by)

    def overview(self, who: Principal, query: ReadQuery, by: By, zone: ZoneInfo, busiest: int = 0) -> Figures[Overview]:
        """One row: how much and when by hour or day, also at so many of the busiest cameras. ``limit`` of the query
        bounds the plates; 0 for who may not see any."""
        asked = self._asked(who, query, LONGEST_OF_HOURS if by is By.HOUR else LONGEST, plates=query.limit > 0)
        found, kind = (
            self._counting.overview(asked, by, zone, busiest),
            "overview with plates" if query.limit else "overview",
        )
        return self._told(who, asked, zone, kind, lambda _: [found], by)

    def total(self, who: Principal, query: ReadQuery) -> Figures[Total]:
        """One row: how many reads, different plates, plates never read before..."""
        asked = self._asked(who, query)
        return self._told(who, asked, ZoneInfo("UTC"), "total", lambda wide: [self._counting.total(wide)])

    def week(self, who: Principal, query: ReadQuery, zone: ZoneInfo) -> Figures[HourOfWeek]:
        """Reads of each hour of the week."""
        asked = replace(self._asked(who, query), limit=ROWS)
        return self._told(who, asked, zone, "week", lambda wide: self._counting.week(wide, zone))

    def top(self, who: Principal, query: ReadQuery, zone: ZoneInfo) -> Figures[Visitor]:
        """Plates with most reads first."""
        asked = self._asked(who, query, plates=True)
        return self._told(who, asked, zone, "top plates", lambda wide: self._counting.top(wide, zone))

    def visitors(
        self, who: Principal, query: ReadQuery, zone: ZoneInfo, least_days: int = 1, new: bool = False
    ) -> Figures[Visitor]:
        """Plates that came on at least so many days, most first; ``new``: only those never read before."""
        asked = self._asked(who, query, plates=True)
        kind = "first-time visitors" if new else "frequent visitors"
        return self._told(who, asked, zone, kind, lambda wide: self._counting.visitors(wide, zone, least_days, new))

    def journeys(
        self,
        who: Principal,
        query: ReadQuery,
        origins: Collection[str],
        destinations: Collection[str],
        shortest: float = 0.0,
        longest: float = 86_400.0,
        fuzzy: bool = False,
    ) -> Figures[Journey]:
        """Seconds from a read at an origin to the next of the same plate, when that is at a destination. In and out
        cameras of a car park give how long vehicles stay."""
        asked = replace(self._asked(who, query), limit=LEGS)
        legs, cut = self._legs(asked, origins, destinations, fuzzy)
        took = defaultdict[tuple[str, str], list[float]](list)
        for leg in legs:
            seconds = _seconds(leg)
            if leg.destination is not None and leg.destination in destinations and shortest <= seconds <= longest:
                took[leg.origin, leg.destination].append(seconds)
        rows = [_journey(*pair, seconds) for pair, seconds in sorted(took.items())]
        return self._told(who, asked, ZoneInfo("UTC"), "journeys", lambda _: rows, cut=cut)

    def presence(
        self,
        who: Principal,
        query: ReadQuery,
        zone: ZoneInfo,
        entries: Collection[str],
        exits: Collection[str],
        longest: float = 86_400.0,
    ) -> Figures[Presence]:
        """How many were inside at the end of each hour. One that came and was seen no more counts for ``longest``
        seconds, as does one that had come in before the span."""
        asked = replace(self._asked(who, query, LONGEST_OF_HOURS), limit=LEGS)
        since, until = _span(asked)
        legs, cut = self._legs(replace(asked, since=since - timedelta(seconds=longest)), entries, exits, False)
        inside = [_inside(leg, exits, timedelta(seconds=longest), until) for leg in legs]
        rows = list(_presences([one for one in inside if one], zone, since, until))
        return self._told(who, asked, zone, "presence", lambda _: rows, cut=cut)

    def convoys(
        self, who: Principal, query: ReadQuery, cameras: int = 3, seconds: float = 10.0, plate: str | None = None
    ) -> Figures[Convoy]:
        """Plates that passed at least so many cameras within seconds of one another; ``plate``: only with this one."""
        asked = self._asked(who, query, LONGEST_OF_CONVOYS, plates=True)
        if plate is None:
            passing = self._counting.passing(replace(asked, limit=PASSING + 1))
            cut = len(passing) > PASSING
        else:
            passing, cut = self._company(asked, plate, seconds)
        met, more = _together(passing, seconds, normalize(plate or ""))
        found = [Convoy(*pair, tuple(sorted(where))) for pair, where in met.items() if len(where) >= cameras]
        rows = sorted(found, key=lambda one: (-len(one.cameras), one.plate, one.other))
        return self._told(who, asked, ZoneInfo("UTC"), "convoys", lambda _: rows, plate or "", cut or more)

    def _company(self, asked: ReadQuery, plate: str, seconds: float) -> tuple[list[Passing], bool]:
        own = self._counting.passing(replace(asked, plate=plate, plate_match="exact", limit=SEEN + 1))
        passing = self._counting.near(replace(asked, limit=PASSING + 1), own[-SEEN:], seconds)
        return passing, len(own) > SEEN or len(passing) > PASSING

    def _legs(
        self, asked: ReadQuery, origins: Collection[str], destinations: Collection[str], fuzzy: bool
    ) -> tuple[list[Leg], bool]:
        both = {*origins, *destinations}
        legs = self._counting.legs(replace(asked, limit=LEGS + 1), both, origins, fuzzy)
        return legs[:LEGS], len(legs) > LEGS

    def _asked(self, who: Principal, query: ReadQuery, longest: timedelta = LONGEST, plates: bool = False) -> ReadQuery:
        if plates:
            demand(who, "reads:search")
        until = _usable("until", query.until or self._clock.now())
        since = _usable("since", query.since or until - USUAL)
        if until - since > longest:
            hint = f"Ask for at most {longest.days} days."
            raise Unacceptable("that is too long a time for one question", field="since", hint=hint)
        return narrowed(who, replace(query, since=since, until=max(since, until)))

    def _told(
        self,
        who: Principal,
        asked: ReadQuery,
        zone: ZoneInfo,
        kind: str,
        get: Callable[[ReadQuery], list[Row]],
        of: str = "",
        cut: bool = False,
    ) -> Figures[Row]:
        rows = get(replace(asked, limit=asked.limit + 1))
        bound = len(rows) if of in (By.HOUR, By.DAY) else asked.limit
        since, until = _span(asked)
        self._audit.record(
            who, "analytics asked", kind, {**told(asked), "of": of} if of else told(asked), len(rows[:bound])
        )
        return Figures(tuple(rows[:bound]), since, until, str(zone), cut or len(rows) > bound)


def _usable(name: str, time: datetime) -> datetime:
    if not EARLIEST <= time.year <= LATEST:
        raise Unacceptable(f"times are from {EARLIEST} to {LATEST}", field=name)
    return time


def _span(query: ReadQuery) -> tuple[datetime, datetime]:
    assert query.since is not None
    assert query.until is not None
    return query.since, query.until


def _seconds(leg: Leg) -> float:
    return (leg.end - leg.start).total_seconds() if leg.end else float("inf")


def _journey(origin: str, destination: str, seconds: Sequence[float]) -> Journey:
    median, p85 = np.percentile(seconds, [50, 85])
    return Journey(origin, destination, len(seconds), float(median), float(p85), min(seconds), max(seconds))


Stay = tuple[datetime, datetime | None]


def _inside(leg: Leg, exits: Collection[str], longest: timedelta, until: datetime) -> Stay | None:
    """From when to when a vehicle was inside; None for one whose exit was missed."""
    if leg.end is not None and leg.destination in exits and leg.end - leg.start <= longest:
        return leg.start, leg.end
    if leg.end is None and until - leg.start <= longest:
        return leg.start, None
    return None


def _presences(stays: Sequence[Stay], zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[Presence]:
    came = sorted(start for start, _ in stays)
    went = sorted(end for _, end in stays if end is not None)
    for name, start, end in hours(zone, since, until):
        entered, left = bisect_left(came, end), bisect_left(went, end)
        yield Presence(name, entered - bisect_left(came, start), left - bisect_left(went, start), entered - left)


def _together(passing: Sequence[Passing], seconds: float, plate: str) -> tuple[dict[tuple[str, str], set[str]], bool]:
    """Pairs of plates (with ``plate``: of which one is that) and the cameras that they passed within seconds; and
    whether there were too many to remember."""
    met: dict[tuple[str, str], set[str]] = {}
    span, start = timedelta(seconds=seconds), 0
    for number, one in enumerate(passing):
        while passing[start].camera != one.camera or one.time - passing[start].time > span:
            start += 1
        for other in passing[start:number]:
            if one.plate == other.plate or (plate and plate not in (one.plate, other.plate)):
                continue
            first, second = sorted((one.plate, other.plate), key=lambda text: (text != plate, text))
            if (first, second) not in met and len(met) >= PAIRS:
                return met, True
            met.setdefault((first, second), set()).add(one.camera)
    return met, False
