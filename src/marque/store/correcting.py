"""How a person's correction enters the log: as a revision of its own, remembered, so that the camera's later ones
neither take its number nor undo it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, update

from marque.ports import NewDelivery
from marque.store.appending import write
from marque.store.dialects import Dialect
from marque.store.passes import known
from marque.store.rows import Accepted
from marque.store.tables import corrections, passes
from marque.types import PlateEvent
from marque.wire import to_json


def correct(
    connection: Connection, dialect: Dialect, event: PlateEvent, deliveries: Sequence[NewDelivery]
) -> int | None:
    """The cursor of the correction, within the caller's transaction; None where ``event`` is not the revision after the
    newest one: somebody else was quicker, or the pass is kept no more."""
    if event.correction is None:
        raise ValueError("nobody corrected it")
    found = known(connection, dialect, {event.id}).get(event.id)
    if found is None or found.revision != event.revision - 1:
        return None
    (cursor,) = dialect.cursors(connection, 1)
    write(connection, dialect, [(Accepted(cursor, event, to_json(event), found.place, known=True), deliveries)])
    _remember(connection, event)
    return cursor


def _remember(connection: Connection, event: PlateEvent) -> None:
    correction = event.correction
    if correction is not None:
        row = {"id": event.id, "revision": event.revision, "text": correction.text, "machine": correction.machine}
        row |= {"by": correction.by, "at": correction.at, "reason": correction.reason}
        connection.execute(corrections.insert().values(row))
        counted = update(passes).where(passes.c.id == event.id)
        connection.execute(counted.values(corrections=passes.c.corrections + 1))
