"""Revisions of the log as they lie there: with their JSON as text, of which an event is made where one is needed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, cast, select

from marque.store.tables import events
from marque.types import StoredEvent
from marque.wire import WrittenEvent

COLUMNS = (events.c.cursor, events.c.kind, cast(events.c.body, Text))


def all_of(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Every revision that fulfils these."""
    return select(*COLUMNS).where(*conditions)


def told(connection: Connection, wanted: Select[Any]) -> list[StoredEvent]:
    """The revisions that ``all_of`` finds."""
    return [WrittenEvent(*row) for row in connection.execute(wanted)]
