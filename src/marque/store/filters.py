"""What a question asks for besides the plate, as SQL conditions on the revisions of the log and on the passes alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, not_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import BindParameter, FunctionElement

from marque.queries import EventQuery, ReadQuery
from marque.store.tables import events, reads
from marque.types import Within

Columns = Mapping[str, ColumnElement[Any]]
"""a filter's name -> what it is compared with"""
SETS = ("cameras", "sites", "zones", "directions", "regions", "vehicle_types", "colors", "makes", "kinds")
"""filters that name several values"""


def _said(*path: str) -> ColumnElement[str]:
    """What the body of a revision says there: the log has columns for what most questions ask alone."""
    said: ColumnElement[str] = events.c.body[path].as_string()
    return said


READS: Columns = {
    "cameras": reads.c.camera,
    "sites": reads.c.site,
    "zones": reads.c.zone,
    "directions": reads.c.direction,
    "regions": reads.c.region,
    "vehicle_types": reads.c.vehicle_type,
    "colors": reads.c.vehicle_color,
    "makes": reads.c.vehicle_make,
    "kinds": reads.c.kind,
    "time": reads.c.first_seen,
    "confidence": reads.c.confidence,
    "event_class": reads.c.event_class,
    "corrected": reads.c.corrected,
}
EVENTS: Columns = {
    "cameras": events.c.camera,
    "sites": events.c.site,
    "zones": events.c.zone,
    "directions": _said("direction"),
    "regions": events.c.region,
    "vehicle_types": _said("vehicle", "type", "value"),
    "colors": _said("vehicle", "color", "value"),
    "makes": _said("vehicle", "make", "value"),
    "kinds": events.c.kind,
    "time": events.c.time,
    "confidence": events.c.confidence,
    "event_class": events.c.event_class,
    "corrected": _said("correction", "text").is_not(None),
}


class Unindexed(FunctionElement[str]):
    """A column that SQLite is not to look up: for ``IN`` it would fetch and sort all of several cameras' passes, where
    going through the newest passes of all cameras finds a page at once. PostgreSQL weighs that by itself."""

    name = "unindexed"
    inherit_cache = True
    type = Text()


@compiles(Unindexed)
def _plain(element: Unindexed, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(Unindexed, "sqlite")
def _unindexed(element: Unindexed, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


def _any_of(column: ColumnElement[Any], wanted: Sequence[str]) -> ColumnElement[bool]:
    return column == wanted[0] if len(wanted) == 1 else Unindexed(column).in_(wanted)


def filters(query: EventQuery | ReadQuery, columns: Columns) -> list[ColumnElement[bool]]:
    """A condition for each filter that is set, and for what the asker may see."""
    return [*visible(query.within, columns), *_sets(query, columns), *_ranges(query, columns), *_states(query, columns)]


def visible(within: Within, columns: Columns) -> Iterator[ColumnElement[bool]]:
    """What is of cameras and sites that somebody may see."""
    if within.cameras is not None:
        yield _any_of(columns["cameras"], sorted(within.cameras))
    if within.sites is not None:
        yield _any_of(columns["sites"], sorted(within.sites))


def _sets(query: EventQuery | ReadQuery, columns: Columns) -> Iterator[ColumnElement[bool]]:
    for name in SETS:
        wanted = getattr(query, name)
        if wanted:
            yield _any_of(columns[name], wanted)


def _ranges(query: EventQuery | ReadQuery, columns: Columns) -> Iterator[ColumnElement[bool]]:
    if query.since is not None:
        yield columns["time"] >= query.since
    if query.until is not None:
        yield columns["time"] < query.until
    if query.min_confidence is not None:
        yield columns["confidence"] >= query.min_confidence
    if query.max_confidence is not None:
        yield columns["confidence"] <= query.max_confidence


def _states(query: EventQuery | ReadQuery, columns: Columns) -> Iterator[ColumnElement[bool]]:
    if query.event_class is not None:
        # written out: a partial index serves the classes that are not the usual one
        yield columns["event_class"] == _written(str(query.event_class))
    if query.corrected is not None:
        yield columns["corrected"] if query.corrected else not_(columns["corrected"])


def _written(value: str) -> BindParameter[str]:
    return BindParameter(None, value, literal_execute=True)
