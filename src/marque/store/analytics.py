"""Figures about passes, counted by the database: one code path on SQLite and PostgreSQL. Every question has a span of
time and a bound on its rows; what is worked out here instead (journeys, convoys) bounds the passes it looks at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Subquery, distinct, func, literal, select

from marque.figures import By, Counted, HourOfWeek, Total, Visitor
from marque.queries import ReadQuery
from marque.store import calendar, likeliest, looking
from marque.store.calendar import DAY, HOUR
from marque.store.database import Database
from marque.store.filters import READS, filters
from marque.store.looking import Search
from marque.store.tables import reads, texts

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
WEEK = 7 * 24
THURSDAY = 3 * 24
"""hour of the week at which 1970 began"""
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

    def total(self, query: ReadQuery) -> Total:
        """Everything in one row."""
        wanted = select(NUMBER, PLATES, func.count(PLATE), NUMBER.filter(reads.c.corrected.is_(True)))
        with self._database.read() as connection:
            where = _conditions(connection, query)
            number, plates, read, corrected = connection.execute(wanted.where(*where)).one()
            new = connection.scalar(select(PLATES).where(*where, _first_time(query))) or 0
        return Total(number, plates, new, number - read, corrected)

    def week(self, query: ReadQuery, zone: tzinfo) -> list[HourOfWeek]:
        """Reads of each hour of the week, all 168 of them."""
        with self._database.read() as connection:
            hour = (_local(connection, query, zone) // HOUR % WEEK).label("hour")
            inner = select(hour).where(*_conditions(connection, query)).subquery()
            rows = connection.execute(select(inner.c.hour, NUMBER).group_by(inner.c.hour))
            found = {(hour + THURSDAY) % WEEK: number for hour, number in rows}
        return [HourOfWeek(*divmod(hour, 24), found.get(hour, 0)) for hour in range(WEEK)]

    def top(self, query: ReadQuery, zone: tzinfo) -> list[Visitor]:
        """Plates with most reads first."""
        with self._database.read() as connection:
            found = _visitors(connection, query, zone)
            wanted = select(found).order_by(found.c.reads.desc(), found.c.text)
            return [Visitor(*row) for row in connection.execute(wanted.limit(query.limit))]

    def visitors(self, query: ReadQuery, zone: tzinfo, least_days: int, new: bool) -> list[Visitor]:
        """Plates that were read on at least so many days (``new``: and never before), on most days first."""
        with self._database.read() as connection:
            found = _visitors(connection, query, zone, *([_first_time(query)] if new else []))
            order = (found.c.days.desc(), found.c.reads.desc(), found.c.text)
            wanted = select(found).where(found.c.days >= least_days).order_by(*order)
            return [Visitor(*row) for row in connection.execute(wanted.limit(query.limit))]

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
                .where(*_conditions(connection, query), _is_plate(), reads.c.camera.in_(sorted(cameras)))
                .subquery()
            )
            wanted = select(inner).where(inner.c.origin.in_(sorted(origins))).order_by(inner.c.start.desc())
            return [Leg(*row) for row in connection.execute(wanted.limit(query.limit))]

    def passing(self, query: ReadQuery) -> list[Passing]:
        """Plates in the order in which each camera saw them; the newest, if there are more than the limit."""
        wanted = select(reads.c.camera, reads.c.first_seen, reads.c.text)
        with self._database.read() as connection:
            where = (*_conditions(connection, query), _is_plate())
            newest = wanted.where(*where).order_by(reads.c.first_seen.desc()).limit(query.limit)
            return sorted(Passing(*row) for row in connection.execute(newest))

    def near(self, query: ReadQuery, seen: Sequence[Passing], seconds: float) -> list[Passing]:
        """Plates at the cameras and times of ``seen``, give or take so many seconds; themselves too."""
        span, found = timedelta(seconds=seconds), set[Passing]()
        with self._database.read() as connection:
            where = _conditions(connection, query)
            for one in seen:
                around = reads.c.first_seen.between(one.time - span, one.time + span)
                wanted = select(reads.c.camera, reads.c.first_seen, reads.c.text).where(*where, _is_plate(), around)
                if (room := query.limit - len(found)) <= 0:
                    break
                rows = connection.execute(wanted.where(reads.c.camera == one.camera).limit(room))
                found.update(Passing(*row) for row in rows)
        return sorted(found)


def _counts_of(connection: Connection, query: ReadQuery, column: ColumnElement[Any]) -> list[Counted]:
    wanted = select(column, NUMBER, PLATES).where(*_conditions(connection, query)).group_by(column)
    rows = connection.execute(wanted.order_by(NUMBER.desc(), column).limit(query.limit))
    return [Counted(*row) for row in rows]


def _counts_in_time(connection: Connection, query: ReadQuery, by: By, zone: tzinfo) -> list[Counted]:
    since, until = _span(query)
    ahead = calendar.offset(zone, since, until) if by is By.HOUR else literal(0)
    size = HOUR if by is By.HOUR else DAY
    columns = [(_local(connection, query, zone) // size).label("bucket"), ahead.label("ahead"), PLATE.label("plate")]
    inner = select(*columns).where(*_conditions(connection, query)).subquery()
    keys = (inner.c.bucket, inner.c.ahead)
    rows = connection.execute(select(*keys, NUMBER, func.count(distinct(inner.c.plate))).group_by(*keys))
    name = calendar.hour_of if by is By.HOUR else lambda bucket, _: calendar.day_of(bucket)
    found = {name(bucket, ahead): (number, plates) for bucket, ahead, number, plates in rows}
    every = calendar.hours if by is By.HOUR else calendar.days
    return [Counted(key, *found.get(key, (0, 0))) for key in every(zone, since, until)]


def _visitors(connection: Connection, query: ReadQuery, zone: tzinfo, *more: ColumnElement[bool]) -> Subquery:
    """The columns of a Visitor, by plate."""
    columns = (
        reads.c.text,
        NUMBER.label("reads"),
        func.count(distinct(_local(connection, query, zone) // DAY)).label("days"),
        func.count(distinct(reads.c.camera)).label("cameras"),
        func.min(reads.c.first_seen, type_=TIME).label("first_seen"),
        func.max(reads.c.last_seen, type_=TIME).label("last_seen"),
    )
    where = (*_conditions(connection, query), _is_plate(), *more)
    return select(*columns).where(*where).group_by(reads.c.text).subquery()


def _local(connection: Connection, query: ReadQuery, zone: tzinfo) -> ColumnElement[int]:
    """Seconds since 1970 as the zone's clocks show them."""
    return calendar.epoch(connection.dialect.name) + calendar.offset(zone, *_span(query))


def _span(query: ReadQuery) -> tuple[datetime, datetime]:
    assert query.since is not None
    assert query.until is not None
    return query.since, query.until


def _conditions(connection: Connection, query: ReadQuery) -> list[ColumnElement[bool]]:
    search = Search(connection, query, query.limit)
    fuzzy = query.plate is not None and query.plate_match == "fuzzy"
    return likeliest.conditions(search) if fuzzy else looking.conditions(search)


def _is_plate() -> ColumnElement[bool]:
    """An empty text is a plate that could not be read."""
    return reads.c.text > ""


def _first_time(query: ReadQuery) -> ColumnElement[bool]:
    """Whether nothing that fits the query had this plate before its span."""
    earlier = reads.alias("earlier")
    columns = {name: earlier.c[str(column.key)] for name, column in READS.items()}
    asked = filters(replace(query, since=None, until=query.since), columns)
    seen = select(literal(1)).where(earlier.c.text == reads.c.text, *asked)
    return _is_plate() & ~seen.correlate(reads).exists()
