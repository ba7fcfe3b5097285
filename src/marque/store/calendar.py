"""Hours and days of a time zone. SQLite knows none, so they are worked out here and written into the question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby, pairwise
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Integer, case, cast, func, literal

from marque.store.tables import reads

HOUR, DAY = 3600, 86400
FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class Stretch(NamedTuple):
    """An hour or a day of local time, as far as a span has it: from ``start`` on and before ``end``."""

    name: str
    start: datetime
    end: datetime


def epoch(database: str) -> ColumnElement[int]:
    """Whole seconds since 1970 at which a pass was first seen."""
    if database == "sqlite":
        return cast(func.strftime("%s", reads.c.first_seen), Integer)
    return cast(func.floor(func.extract("epoch", reads.c.first_seen)), BigInteger)


def offset(zone: tzinfo, since: datetime, until: datetime) -> ColumnElement[int]:
    """Seconds that the zone's clocks are ahead of UTC when a pass was first seen."""
    steps = list(offsets(zone, since, until))
    *earlier, (_, last) = steps
    ends = [start for start, _ in steps[1:]]
    whens = [(reads.c.first_seen < end, literal(ahead)) for end, (_, ahead) in zip(ends, earlier, strict=True)]
    return case(*whens, else_=literal(last)) if whens else literal(last)


def offsets(zone: tzinfo, since: datetime, until: datetime) -> Iterator[tuple[datetime, int]]:
    """From when on the zone's clocks are how many seconds ahead of UTC, the first from ``since`` on."""
    yield since, _ahead(zone, since)
    days = max(0, (until - since).days) + 1
    for before, after in pairwise(min(since + timedelta(days=n), until) for n in range(days + 1)):
        if _ahead(zone, before) != _ahead(zone, after):
            change = _change(zone, before, after)
            yield change, _ahead(zone, change)


def _change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        before, after = (middle, after) if _ahead(zone, middle) == _ahead(zone, before) else (before, middle)
    return after.replace(microsecond=0)


def _ahead(zone: tzinfo, time: datetime) -> int:
    ahead = time.astimezone(zone).utcoffset() or timedelta()
    return round(ahead.total_seconds())


def hours(zone: tzinfo, since: datetime, until: datetime) -> list[Stretch]:
    """Every hour of local time that a span touches: ``2026-05-04T12:00+01:00``."""
    found = list(_hours(zone, since, until))
    ends = [*(start for _, start in found[1:]), until]
    return [Stretch(name, start, end) for (name, start), end in zip(found, ends, strict=True)] if found else []


def days(hours: Iterable[Stretch]) -> list[Stretch]:
    """The days that hours are of: ``2026-05-04``."""
    found = [(day, list(some)) for day, some in groupby(hours, lambda hour: day_of(hour.name))]
    return [Stretch(day, some[0].start, some[-1].end) for day, some in found]


def day_of(hour: str) -> str:
    """The name of the day that an hour is of."""
    return hour[:10]


def _hours(zone: tzinfo, since: datetime, until: datetime) -> Iterator[tuple[str, datetime]]:
    """Names and starts, the first from ``since`` on."""
    for (time, ahead), (end, _) in pairwise([*offsets(zone, since, until), (until, 0)]):
        while time < end:
            number = (int(time.timestamp()) + ahead) // HOUR
            yield _name(number, ahead), time
            time = FIRST + timedelta(seconds=(number + 1) * HOUR - ahead)


def _name(number: int, ahead: int) -> str:
    """Of an hour of local time, counted from 1970."""
    start = FIRST + timedelta(hours=number)
    sign, minutes = "-" if ahead < 0 else "+", abs(ahead) // 60
    return f"{start:%Y-%m-%dT%H}:00{sign}{minutes // 60:02d}:{minutes % 60:02d}"
