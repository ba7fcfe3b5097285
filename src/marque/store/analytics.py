"""Figures about passes, counted by the database: one code path on SQLite and PostgreSQL. Every question has a span of
time and a bound on its rows; what is worked out here instead (journeys, convoys) bounds the passes it looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import product
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, distinct, func, select

from marque.figures import By, Counted, HourOfWeek, Overview, Total, Traffic, Visitor
from marque.queries import ReadQuery
from marque.store import calendar, names
from marque.store.asking import conditions, is_plate, of_any_time, span
from marque.store.calendar import Stretch
from marque.store.database import Database
from marque.store.looking import Conditions
from marque.store.stretches import counted
from marque.store.tables import reads, texts
from marque.store.visitors import Visits

COLUMNS: Mapping[By, ColumnElement[Any]] = {
    By.CAMERA: reads.c.camera,
    By.SITE: reads.c.site,
    By.ZONE: reads.c.zone,
    By.DIRECTION: reads.c.direction,
    By.REGION: reads.c.region,
    By.TYPE: reads.c.vehicle_type,
    By.COLOR: reads.c.vehicle_color,
    By.MAKE: reads.c.vehicle_make,
    By.CLASS: reads.c.event_class,
}
OFTEN = 2
"""days on which a frequent visitor came, at least"""
CAMERAS = 1000
"""cameras that an overview tells of, at most"""
TIME = reads.c.first_seen.type
NUMBER = func.count()
PLATE = func.nullif(reads.c.text, "")
"""a pass whose plate could not be read has no text, or an empty one"""
PLATES = func.count(distinct(PLATE))


class Leg(NamedTuple):
    """A read and the next of the same plate, both by cameras that were asked for; None: there was no next one."""

    origin: str
    start: datetime
    destination: str | None
    end: datetime | None


class Passing(NamedTuple):
    """One plate at one camera."""

    camera: str
    time: datetime
    plate: str


class SqlAnalytics:
    """Safe to use from any number of threads; a query has ``since`` and ``until``. Gives at most ``limit`` rows, which
    the asker sets one too high to see whether there are more. Raises StoreError, Unacceptable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self, query: ReadQuery, by: By, zone: tzinfo) -> list[Counted]:
        """Reads and plates of each hour or day in order of time, those without any too; else most reads first."""
        with self._database.read() as connection:
            if by in COLUMNS:
                return _counts_of(connection, query, COLUMNS[by])
            return _counts_in_time(connection, query, by, zone)

    def overview(self, query: ReadQuery, by: By, zone: tzinfo, busiest: int) -> Overview:
        """How much and when, and who; so many cameras with their hours or days, and ``query.limit`` plates."""
        hours = calendar.hours(zone, *span(query))
        times = hours if by is By.HOUR else calendar.days(hours)
        with self._database.read() as connection:
            where = of_any_time(connection, query)
            cameras = _cameras(connection, query)
            own = [_number([*where, reads.c.camera == name]) for name, _ in cameras[:busiest]]
            series = list(zip(*counted(connection, times, *own), strict=True))
            each = [number for (number,) in counted(connection, hours, _number(where))]
            total, top, frequent = Visits(connection, query, zone).all(OFTEN)
        series += [()] * (len(cameras) - len(series))
        traffic = tuple(Traffic(name, number, told) for (name, number), told in zip(cameras, series, strict=True))
        named, week = _by_name(hours, each, by), _week(hours, each)
        return Overview(total, tuple(named), tuple(named.values()), traffic, week, tuple(top), tuple(frequent))

    def total(self, query: ReadQuery) -> Total:
        """Everything in one row."""
        with self._database.read() as connection:
            return Visits(connection, query, UTC).total()

    def week(self, query: ReadQuery, zone: tzinfo) -> list[HourOfWeek]:
        """Reads of each hour of the week, all 168 of them."""
        hours = calendar.hours(zone, *span(query))
        with self._database.read() as connection:
            found = counted(connection, hours, _number(of_any_time(connection, query)))
            return list(_week(hours, [number for (number,) in found]))

    def top(self, query: ReadQuery, zone: tzinfo) -> list[Visitor]:
        """Plates with most reads first."""
        with self._database.read() as connection:
            return Visits(connection, query, zone).by_reads()

    def visitors(self, query: ReadQuery, zone: tzinfo, least_days: int, new: bool) -> list[Visitor]:
        """Plates that were read on at least so many days (``new``: and never before), on most days first."""
        with self._database.read() as connection:
            return Visits(connection, query, zone).by_days(least_days, new)

    def legs(self, query: ReadQuery, cameras: Collection[str], origins: Collection[str], fuzzy: bool) -> list[Leg]:
        """Reads by ``origins`` with the next read of the same plate by any of ``cameras``, newest first. ``fuzzy``:
        plates that differ only in characters which look alike are the same."""
        with self._database.read() as connection:
            plate = texts.c.skeleton if fuzzy else reads.c.text
            source = reads.join(texts, texts.c.text == reads.c.text) if fuzzy else reads
            order = (reads.c.first_seen, reads.c.id)
            inner = (
                select(
                    reads.c.camera.label("origin"),
                    reads.c.first_seen.label("start"),
                    func.lead(reads.c.camera).over(partition_by=plate, order_by=order).label("destination"),
                    func.lead(reads.c.first_seen, type_=TIME).over(partition_by=plate, order_by=order).label("end"),
                )
                .select_from(source)
                .where(*conditions(connection, query), is_plate(), reads.c.camera.in_(sorted(cameras)))
                .subquery()
            )
            wanted = select(inner).where(inner.c.origin.in_(sorted(origins))).order_by(inner.c.start.desc())
            return [Leg(*row) for row in connection.execute(wanted.limit(query.limit))]

    def passing(self, query: ReadQuery) -> list[Passing]:
        """Plates in the order in which each camera saw them; the newest, if there are more than the limit."""
        wanted = select(reads.c.camera, reads.c.first_seen, reads.c.text)
        with self._database.read() as connection:
            where = (*conditions(connection, query), is_plate())
            newest = wanted.where(*where).order_by(reads.c.first_seen.desc()).limit(query.limit)
            return sorted(Passing(*row) for row in connection.execute(newest))

    def near(self, query: ReadQuery, seen: Sequence[Passing], seconds: float) -> list[Passing]:
        """Plates at the cameras and times of ``seen``, give or take so many seconds; themselves too."""
        reach, found = timedelta(seconds=seconds), set[Passing]()
        with self._database.read() as connection:
            where = conditions(connection, query)
            for one in seen:
                around = reads.c.first_seen.between(one.time - reach, one.time + reach)
                wanted = select(reads.c.camera, reads.c.first_seen, reads.c.text).where(*where, is_plate(), around)
                if (room := query.limit - len(found)) <= 0:
                    break
                rows = connection.execute(wanted.where(reads.c.camera == one.camera).limit(room))
                found.update(Passing(*row) for row in rows)
        return sorted(found)


def _counts_of(connection: Connection, query: ReadQuery, column: ColumnElement[Any]) -> list[Counted]:
    wanted = select(column, NUMBER, PLATES).where(*conditions(connection, query)).group_by(column)
    rows = connection.execute(wanted.order_by(NUMBER.desc(), column).limit(query.limit))
    return [Counted(*row) for row in rows]


def _counts_in_time(connection: Connection, query: ReadQuery, by: By, zone: tzinfo) -> list[Counted]:
    hours, where = calendar.hours(zone, *span(query)), of_any_time(connection, query)
    times = hours if by is By.HOUR else calendar.days(hours)
    plates = select(PLATES).select_from(reads).where(*where)
    rows = counted(connection, times, _number(where), plates)
    return [Counted(time.name, *figures) for time, figures in zip(times, rows, strict=True)]


def _cameras(connection: Connection, query: ReadQuery) -> list[tuple[str, int]]:
    """Names and numbers of reads, most first. Each is a look at its own part of an index, without the reads."""
    named = names.each(reads.c.camera).subquery()
    own = [*conditions(connection, query), reads.c.camera == named.c.name]
    number = _number(own).scalar_subquery().label("reads")
    rows = connection.execute(select(named.c.name, number).order_by(number.desc(), named.c.name).limit(CAMERAS))
    return [(name, number) for name, number in rows if number]


def _number(where: Conditions) -> Select[int]:
    return select(NUMBER).select_from(reads).where(*where)


def _by_name(hours: Sequence[Stretch], numbers: Sequence[int], by: By) -> dict[str, int]:
    found = dict[str, int]()
    for hour, number in zip(hours, numbers, strict=True):
        name = hour.name if by is By.HOUR else calendar.day_of(hour.name)
        found[name] = found.get(name, 0) + number
    return found


def _week(hours: Sequence[Stretch], numbers: Sequence[int]) -> tuple[HourOfWeek, ...]:
    found = Counter[tuple[int, int]]()
    for hour, number in zip(hours, numbers, strict=True):
        local = datetime.fromisoformat(hour.name)
        found[local.weekday(), local.hour] += number
    return tuple(HourOfWeek(*place, found[place]) for place in product(range(7), range(24)))
