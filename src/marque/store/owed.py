"""The deliveries table as a queue: what is owed, claimed, settled, driven again.

A claim pushes ``due`` to the end of its lease, so a row whose worker died is simply due again; there is no lock to
clean up. The attempt is counted when it is claimed, so an event that kills the process cannot be tried for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Integer, Row, Select, Text, and_, bindparam, func, or_, select, update

from marque.ports import NewDelivery, Settlement
from marque.store import rows
from marque.store.dialects import Dialect
from marque.store.rows import Accepted, Told
from marque.store.tables import Utc, deliveries, events
from marque.types import Delivery, DeliveryState
from marque.wire import from_wire

PENDING = DeliveryState.PENDING
Owed = tuple[Accepted, Sequence[NewDelivery]]
"""an event just appended, and what is owed of it"""
NEW = ("cursor", "sink", "state", "attempts", "created", "due", "expires", "answer")

_d = deliveries.c


def owe(connection: Connection, dialect: Dialect, accepted: Sequence[Owed], told: Told) -> None:
    """Write the deliveries of events just appended."""
    dialect.fill(connection, deliveries, NEW, [_row(one, to, told) for one, owes in accepted for to in owes])


def supersede(connection: Connection, accepted: Sequence[Owed]) -> None:
    """What events just appended make stale."""
    for one, owes in accepted:
        sinks = [to.sink for to in owes if to.supersede]
        if sinks and one.event.revision > 1:
            _supersede(connection, one, sinks)


def _row(one: Accepted, to: NewDelivery, told: Told) -> rows.Row:
    due = told(to.due)
    return (one.cursor, to.sink, "pending", 0, due, due, None if to.expires is None else told(to.expires), "")


def _supersede(connection: Connection, one: Accepted, sinks: Sequence[str]) -> None:
    revision = one.event.revision
    same = events.c.id == one.event.id, events.c.first_seen == one.place
    older = select(events.c.cursor).where(*same, events.c.revision < revision)
    stale = update(deliveries).where(_d.sink.in_(sinks), _d.state == PENDING, _d.cursor.in_(older))
    connection.execute(stale.values(state=DeliveryState.SUPERSEDED, answer=f"revision {revision} came"))


def is_due(connection: Connection, sink: str, now: datetime) -> bool:
    """Whether a claim would find anything; asks without taking a lock."""
    return connection.execute(_due(sink, now).limit(1)).first() is not None


def claim(connection: Connection, sink: str, limit: int, lease: timedelta, now: datetime) -> list[Delivery]:
    """Take what is due, oldest first. Rows that another worker is taking at this moment are left to it."""
    wanted = _due(sink, now).order_by(_d.due, _d.id).limit(limit).with_for_update(skip_locked=True)
    ids = connection.scalars(wanted).all()
    taken = update(deliveries).where(_d.id.in_(ids))
    connection.execute(taken.values(due=now + lease, attempts=_d.attempts + 1))
    return [delivery_of(row) for row in connection.execute(listing().where(_d.id.in_(ids)).order_by(_d.id))]


def _due(sink: str, now: datetime) -> Select[tuple[int]]:
    return select(_d.id).where(_d.sink == sink, _d.state == PENDING, _d.due <= now)


# A row that was superseded on its way: if it arrived it is delivered, if it failed it stays superseded.
_SETTLE = (
    update(deliveries)
    .where(
        _d.id == bindparam("of", type_=Integer),
        or_(
            _d.state == PENDING,
            and_(_d.state == DeliveryState.SUPERSEDED, bindparam("to", type_=Text) == DeliveryState.DELIVERED),
        ),
    )
    .values(
        state=bindparam("to", type_=Text),
        answer=bindparam("said", type_=Text),
        due=func.coalesce(bindparam("again", type_=Utc), _d.due),
        settled=bindparam("at", type_=Utc),
        attempts=_d.attempts - bindparam("untried", type_=Integer),
    )
)


def settle(connection: Connection, settlements: Sequence[Settlement], now: datetime) -> None:
    """Write the outcomes."""
    rows = [
        {
            "of": one.delivery,
            "to": one.state.value,
            "said": one.answer,
            "again": one.due,
            "at": None if one.state is PENDING else now,
            "untried": 0 if one.tried else 1,
        }
        for one in settlements
    ]
    if rows:
        connection.execute(_SETTLE, rows)


def redrive(connection: Connection, ids: Sequence[int], now: datetime) -> int:
    """Give dead letters a fresh start; how many were dead. An expired delivery stays expired: late is never right."""
    dead = update(deliveries).where(_d.id.in_(ids), _d.state == DeliveryState.DEAD)
    return connection.execute(dead.values(state=PENDING, due=now, attempts=0, settled=None)).rowcount


def pending(connection: Connection) -> Mapping[str, int]:
    """How many deliveries each sink is owed."""
    counts = select(_d.sink, func.count()).where(_d.state == PENDING).group_by(_d.sink)
    return {row[0]: row[1] for row in connection.execute(counts)}


def listing() -> Select[Any]:
    """Deliveries with their events, for :func:`delivery_of`."""
    return select(deliveries, events.c.body).join(events, events.c.cursor == _d.cursor)


def delivery_of(row: Row[Any]) -> Delivery:
    """A row of :func:`listing` as a Delivery."""
    return Delivery(
        id=row.id,
        sink=row.sink,
        event=from_wire(row.body),
        state=DeliveryState(row.state),
        attempts=row.attempts,
        created=row.created,
        due=row.due,
        expires=row.expires,
        answer=row.answer,
    )
