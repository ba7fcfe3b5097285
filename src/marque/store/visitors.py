"""Plates by how often they came. All plates of a span are counted, for which an index is enough; the passes themselves
are looked at of those few that are told, or may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Connection, FromClause, Select, func, literal, select, union_all

from marque.figures import Total, Visitor
from marque.queries import ReadQuery
from marque.store import calendar
from marque.store.asking import conditions, is_plate, span
from marque.store.calendar import DAY
from marque.store.dictionary import one_of
from marque.store.filters import READS, Columns, Unindexed, filters
from marque.store.looking import Conditions
from marque.store.tables import reads

NUMBER = func.count()
TIME = reads.c.first_seen.type
SOME = 4
"""times as many plates as are asked for whose days are counted first"""
MORE = 20
"""times as many plates of which it is known how often they were read"""


class Often(NamedTuple):
    """A plate and how often it was read."""

    plate: str
    reads: int


@dataclass(frozen=True, slots=True)
class Visits:
    """One question for the plates of a span, ``query.limit`` of them at most."""

    connection: Connection
    query: ReadQuery
    zone: tzinfo

    def total(self) -> Total:
        """Everything in one row."""
        return self._counted(0)[0]

    def all(self, least_days: int) -> tuple[Total, list[Visitor], list[Visitor]]:
        """The total, the plates with most reads, and those that came on at least so many days."""
        total, often = self._counted(MORE * self.query.limit)
        frequent = self._most_days(often, least_days)
        known = {one.plate for one in frequent}
        others = self._told([one.plate for one in often[: self.query.limit] if one.plate not in known])
        return total, self._most_read([*frequent, *others]), frequent

    def by_reads(self) -> list[Visitor]:
        """Plates with most reads first."""
        return self._most_read(self._told([one.plate for one in self._often(self.query.limit, False)]))

    def by_days(self, least_days: int, new: bool) -> list[Visitor]:
        """Plates that came on at least so many days (``new``: and never before), on most days first."""
        return self._most_days(self._often(MORE * self.query.limit, new), least_days, new)

    def _most_read(self, found: Sequence[Visitor]) -> list[Visitor]:
        return sorted(found, key=lambda one: (-one.reads, one.plate))[: self.query.limit]

    def _most_days(self, often: Sequence[Often], least_days: int, new: bool = False) -> list[Visitor]:
        """No plate came on more days than it was read: the days of the first ones, which were read most ``often``, tell
        how often another one must have been to come before them. As often as days is too little: those first ones were
        read as often at least, and of two that were read as often the first in the alphabet comes first."""
        limit, first = self.query.limit, SOME * self.query.limit
        days = self._days([one.plate for one in often[:first]])
        enough = [0, *sorted(days.values(), reverse=True)[limit - 1 : limit]][-1]
        least = max(least_days, enough + 1)
        if often and len(often) == MORE * limit and often[-1].reads >= least:
            return self._all_by_days(least_days, new)
        days |= self._days([one.plate for one in often[first:] if one.reads >= least])
        came = [one for one in often if days.get(one.plate, 0) >= least_days]
        most = sorted(came, key=lambda one: (-days[one.plate], -one.reads, one.plate))[:limit]
        told = self._told([one.plate for one in most])
        return sorted(told, key=lambda one: (-one.days, -one.reads, one.plate))

    def _counted(self, limit: int) -> tuple[Total, list[Often]]:
        """The total, and so many plates that were read most."""
        known = self._known()
        sums = select(literal(""), func.sum(known.c.reads), NUMBER, NUMBER.filter(self._first_time(known)))
        most = select(known.c.text, known.c.reads, literal(0), literal(0)).order_by(*_order(known)).limit(limit)
        rows = self.connection.execute(union_all(sums, select(most.subquery())) if limit else sums).all()
        [(read, plates, new)] = [row[1:] for row in rows if not row[0]]
        where = self._where()
        number, corrected = self._number(where), self._number([*where, reads.c.corrected])
        total = Total(number, plates, new, max(0, number - int(read or 0)), corrected)
        return total, [Often(row[0], row[1]) for row in rows if row[0]]

    def _number(self, where: Conditions) -> int:
        return self.connection.scalar(select(NUMBER).select_from(reads).where(*where)) or 0

    def _often(self, limit: int, new: bool) -> list[Often]:
        known = self._known()
        wanted = select(known).where(*([self._first_time(known)] if new else [])).order_by(*_order(known)).limit(limit)
        return [Often(*row) for row in self.connection.execute(wanted)]

    def _known(self) -> CTE:
        """Every plate, and how often it was read."""
        where = (*self._where(), self._text() > "")
        return select(reads.c.text, NUMBER.label("reads")).where(*where).group_by(reads.c.text).cte("known")

    def _text(self) -> ColumnElement[str]:
        """SQLite goes through the texts of all times in their order, for which it need not sort, or through the span's.
        It cannot know which is less: that depends on how much of what is stored the span has."""
        since, until = span(self.query)
        ends = select(*(select(end(reads.c.first_seen)).scalar_subquery() for end in (func.min, func.max)))
        first, last = self.connection.execute(ends).one()
        most = first is not None and 2 * (min(until, last) - max(since, first)) > last - first
        return reads.c.text if most else Unindexed(reads.c.text)

    def _days(self, plates: Sequence[str]) -> dict[str, int]:
        """On how many days each of these came."""
        counted = (reads.c.text, func.count(self._day().distinct()))
        return dict(self._of(plates, select(*counted).where(*self._where()).group_by(reads.c.text)))

    def _told(self, plates: Sequence[str]) -> list[Visitor]:
        """All about these plates, in no order."""
        return [Visitor(*row) for row in self._of(plates, self._visitors())]

    def _of(self, plates: Sequence[str], wanted: Select[Any]) -> list[tuple[Any, ...]]:
        if not plates:
            return []
        named = one_of(reads.c.text, plates, self.connection.dialect.name)
        return [tuple(row) for row in self.connection.execute(wanted.where(named))]

    def _all_by_days(self, least_days: int, new: bool) -> list[Visitor]:
        found = self._visitors().where(is_plate()).subquery()
        where = [found.c.days >= least_days, *([self._first_time(found)] if new else [])]
        order = (found.c.days.desc(), *_order(found))
        wanted = select(found).where(*where).order_by(*order).limit(self.query.limit)
        return [Visitor(*row) for row in self.connection.execute(wanted)]

    def _visitors(self) -> Select[Any]:
        """The columns of a Visitor, by plate."""
        columns = (
            reads.c.text,
            NUMBER.label("reads"),
            func.count(self._day().distinct()).label("days"),
            func.count(reads.c.camera.distinct()).label("cameras"),
            func.min(reads.c.first_seen, type_=TIME).label("first_seen"),
            func.max(reads.c.last_seen, type_=TIME).label("last_seen"),
        )
        return select(*columns).where(*self._where()).group_by(reads.c.text)

    def _day(self) -> ColumnElement[int]:
        """The local day of a pass, counted from 1970."""
        local = calendar.epoch(self.connection.dialect.name) + calendar.offset(self.zone, *span(self.query))
        return local // DAY

    def _where(self) -> Conditions:
        return conditions(self.connection, self.query)

    def _first_time(self, known: FromClause) -> ColumnElement[bool]:
        """Whether nothing that fits the query had this plate before its span."""
        earlier = reads.alias("earlier")
        # it is found at once by its text, whatever else is asked for
        columns: Columns = {name: Unindexed(earlier.c[str(column.key)]) for name, column in READS.items()}
        asked = filters(
            replace(self.query, since=None, until=self.query.since), {**columns, "time": earlier.c.first_seen}
        )
        return ~select(literal(1)).where(earlier.c.text == known.c.text, *asked).correlate(known).exists()


def _order(known: FromClause) -> tuple[ColumnElement[int], ColumnElement[str]]:
    return known.c.reads.desc(), known.c.text
