"""How many passes a question finds, and how many of each kind: counted where that is quick, else estimated.

The sample of an estimate is of all passes, spread over all times: it says as much of last year as of today.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, FromClause, Select, Text, cast, extract, func, literal, select, text, union_all
from sqlalchemy.sql.util import ClauseAdapter

from marque.queries import Facets, Tally
from marque.store.hurry import TooLong, hurried
from marque.store.looking import Conditions
from marque.store.tables import reads

EXACT = 10_000
"""passes up to which all are counted"""
SECONDS = 1.0
"""how long counting may take before it is given up for an estimate"""
SAMPLE = 10_000
"""passes that an estimate looks at, about"""
ROWS_PER_PAGE = 40
"""of PostgreSQL's pages, about"""
MOST_VALUES = 100
"""values told of one field"""
FIELDS = {
    "camera": reads.c.camera,
    "site": reads.c.site,
    "zone": reads.c.zone,
    "direction": reads.c.direction,
    "region": reads.c.region,
    "class": reads.c.event_class,
    "kind": reads.c.kind,
    "vehicle_type": reads.c.vehicle_type,
    "vehicle_color": reads.c.vehicle_color,
    "vehicle_make": reads.c.vehicle_make,
    "hour": cast(extract("hour", reads.c.first_seen), Text),
}


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts in one database. ``exact``: passes up to which all are counted; ``seconds``: for how long."""

    exact: int = EXACT
    seconds: float = SECONDS
    sample: int = SAMPLE

    def tally(self, connection: Connection, conditions: Conditions) -> Tally:
        """How many passes fulfil all conditions."""
        some = select(literal(1)).select_from(reads).where(*conditions).limit(self.exact + 1).subquery()
        try:
            with hurried(connection, self.seconds):
                count = connection.scalar(select(func.count()).select_from(some)) or 0
        except TooLong:
            return self._estimate(connection, conditions, 0)
        if count <= self.exact:
            return Tally(count)
        return self._estimate(connection, conditions, count)

    def _estimate(self, connection: Connection, conditions: Conditions, least: int) -> Tally:
        wanted, times = self._sampled(connection, select(func.count()).select_from(reads).where(*conditions))
        return Tally(max(round((connection.scalar(wanted) or 0) * times), least), exact=False)

    def facets(self, connection: Connection, conditions: Conditions) -> Facets:
        """How many passes that fulfil all conditions each value of each field has."""
        fields = select(*(column.label(name) for name, column in FIELDS.items())).select_from(reads).where(*conditions)
        try:
            with hurried(connection, self.seconds):
                counted = _grouped(connection, fields.limit(self.exact + 1))
        except TooLong:
            counted = {"": {"": self.exact + 1}}
        total = counted[""][""]
        if total <= self.exact:
            return Facets(_ranked(counted, 1.0), Tally(total))
        wanted, times = self._sampled(connection, fields)
        counted = _grouped(connection, wanted)
        return Facets(_ranked(counted, times), Tally(round(counted[""][""] * times), exact=False))

    def _sampled(self, connection: Connection, wanted: Select[Any]) -> tuple[Select[Any], float]:
        """The same question to a sample of all passes, and for how many each of them stands."""
        if connection.dialect.name == "sqlite":
            return self._every_so_many(connection, wanted)
        return self._some_pages(connection, wanted)

    def _every_so_many(self, connection: Connection, wanted: Select[Any]) -> tuple[Select[Any], float]:
        # one by one each is a look at an end of the table, together they would be a scan
        ends = "SELECT (SELECT min(rowid) FROM reads), (SELECT max(rowid) FROM reads)"
        first, last = connection.exec_driver_sql(ends).one()
        step = max(1, ((last or 0) - (first or 0)) // self.sample)
        rows = text(
            "reads.rowid IN (WITH RECURSIVE n(row) AS (SELECT :first UNION ALL SELECT row + :step FROM n"
            " WHERE row + :step <= :last) SELECT row FROM n)"
        )
        return wanted.where(rows.bindparams(first=first or 0, last=last or 0, step=step)), float(step)

    def _some_pages(self, connection: Connection, wanted: Select[Any]) -> tuple[Select[Any], float]:
        size = text(
            "SELECT coalesce(sum(pg_relation_size(inhrelid)), 0) / 8192 FROM pg_inherits"
            " WHERE inhparent = 'reads'::regclass"
        )
        pages = float(connection.scalar(size) or 0)
        percent = min(100.0, 100.0 * self.sample / max(pages * ROWS_PER_PAGE, 1.0))
        sampled: FromClause = reads.tablesample(func.system(percent), seed=literal(1))
        return ClauseAdapter(sampled).traverse(wanted), 100.0 / percent


def _grouped(connection: Connection, fields: Select[Any]) -> dict[str, dict[str, int]]:
    """Counts by field and value; those of the field "" are of all."""
    some = fields.cte("some")
    parts = [select(literal(""), literal(""), func.count()).select_from(some)]
    parts += [
        select(literal(n), some.c[n], func.count()).where(some.c[n].is_not(None)).group_by(some.c[n]) for n in FIELDS
    ]
    counted: dict[str, dict[str, int]] = {name: {} for name in ("", *FIELDS)}
    for name, value, count in connection.execute(union_all(*parts)):
        counted[name][value] = count
    return counted


def _ranked(counted: dict[str, dict[str, int]], times: float) -> dict[str, tuple[tuple[str, int], ...]]:
    return {name: _most(values, times) for name, values in counted.items() if name}


def _most(values: dict[str, int], times: float) -> tuple[tuple[str, int], ...]:
    often: Sequence[tuple[str, int]] = sorted(values.items(), key=lambda item: (-item[1], item[0]))
    return tuple((value, round(count * times)) for value, count in often[:MOST_VALUES])
