"""Counting by hours or days: each is a look at its own part of an index, so that no time of a pass is computed with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    Connection,
    FromClause,
    Integer,
    Select,
    bindparam,
    func,
    select,
)

from marque.store.calendar import Stretch
from marque.store.dialects import Sqlite
from marque.store.tables import Utc, reads


def counted(connection: Connection, stretches: Sequence[Stretch], *wanted: Select[Any]) -> Sequence[Sequence[Any]]:
    """A row for each stretch, in order: what each of ``wanted``, an aggregate of reads whose conditions name no time,
    comes to there."""
    given = _given(connection.dialect.name, stretches)
    within = (reads.c.first_seen >= given.c.start, reads.c.first_seen < given.c.end)
    each = [one.where(*within).scalar_subquery() for one in wanted]
    return connection.execute(select(*each).select_from(given).order_by(given.c.number)).all() if each else []


def _given(database: str, stretches: Sequence[Stretch]) -> FromClause:
    """The stretches as a table of ``number``, ``start`` and ``end``: one parameter or three, however many there are."""
    if database == "sqlite":
        told = [[Sqlite().told(one.start), Sqlite().told(one.end)] for one in stretches]
        each = func.json_each(json.dumps(told)).table_valued("key", "value")
        start, end = (func.json_extract(each.c.value, place) for place in ("$[0]", "$[1]"))
        return select(each.c.key.label("number"), start.label("start"), end.label("end")).subquery()
    columns = (
        (Integer(), list(range(len(stretches)))),
        (Utc(), [one.start for one in stretches]),
        (Utc(), [one.end for one in stretches]),
    )
    arrays = [bindparam(None, values, type_=ARRAY(kind)) for kind, values in columns]
    return func.unnest(*arrays).table_valued("number", "start", "end").render_derived()
