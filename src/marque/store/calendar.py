"""Times of a time zone in SQL, the same on both databases: SQLite knows no time zones, so the offsets that hold in a
span are worked out here and written into the question."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise

from sqlalchemy import BigInteger, ColumnElement, Integer, case, cast, func, literal

from marque.store.tables import reads

HOUR, DAY = 3600, 86400
FIRST = date(1970, 1, 1)
"""day 0, a Thursday"""


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


def hour_of(hours: int, ahead: int) -> str:
    """The name of an hour of local time, counted from 1970: ``2026-05-04T12:00+01:00``."""
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    sign, minutes = "-" if ahead < 0 else "+", abs(ahead) // 60
    return f"{start:%Y-%m-%dT%H}:00{sign}{minutes // 60:02d}:{minutes % 60:02d}"


def day_of(days: int) -> str:
    """The name of a day of local time, counted from 1970."""
    return (FIRST + timedelta(days=days)).isoformat()


def hours(zone: tzinfo, since: datetime, until: datetime) -> Iterator[str]:
    """The names of every hour of local time that a span touches."""
    known: dict[str, None] = {}
    time = since
    while time < until:
        known[hour_name(zone, time)] = None
        time += timedelta(hours=1)
    if until > since:
        known[hour_name(zone, until - timedelta(microseconds=1))] = None
    yield from known


def hour_name(zone: tzinfo, time: datetime) -> str:
    """The name of the hour of local time in which this is."""
    ahead = _ahead(zone, time)
    return hour_of((int(time.timestamp()) + ahead) // HOUR, ahead)


def days(zone: tzinfo, since: datetime, until: datetime) -> Iterator[str]:
    """The names of every day of local time that a span touches."""
    day, last = since.astimezone(zone).date(), (until - timedelta(microseconds=1)).astimezone(zone).date()
    while day <= last:
        yield day.isoformat()
        day += timedelta(days=1)
