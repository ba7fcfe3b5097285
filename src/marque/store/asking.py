"""What every question for figures has: a span of time, and conditions on the passes that it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection

from marque.queries import ReadQuery
from marque.store import likeliest, looking
from marque.store.looking import Conditions, Search
from marque.store.tables import reads


def span(query: ReadQuery) -> tuple[datetime, datetime]:
    assert query.since is not None
    assert query.until is not None
    return query.since, query.until


def conditions(connection: Connection, query: ReadQuery) -> Conditions:
    """What every pass fulfils that is meant."""
    search = Search(connection, query, query.limit)
    fuzzy = query.plate is not None and query.plate_match == "fuzzy"
    return likeliest.conditions(search) if fuzzy else looking.conditions(search)


def of_any_time(connection: Connection, query: ReadQuery) -> Conditions:
    """The same but for the span."""
    return conditions(connection, replace(query, since=None, until=None))


def is_plate() -> ColumnElement[bool]:
    """An empty text is a plate that could not be read."""
    return reads.c.text > ""
