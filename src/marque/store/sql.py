"""The durable log: :class:`SqlStore` keeps the promises of :class:`marque.ports.Store` on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, select

from marque.ports import NewDelivery, Settlement
from marque.queries import EventQuery
from marque.store import appending, correcting, owed, search, sweeping, written
from marque.store.database import Database, open_database
from marque.store.filters import EVENTS, visible
from marque.store.hurry import patiently
from marque.store.partitions import Partitions
from marque.store.tables import deliveries, events, pictures
from marque.types import EVERYTHING, Delivery, DeliveryState, PlateEvent, StoredEvent, Within

CHUNK = 500
"""rows per transaction of a sweep, so that appends never wait long behind one"""


def open_store(url: str) -> SqlStore:
    """The event log in a database of its own, see :func:`marque.store.database.open_database`."""
    return SqlStore(open_database(url))


class SqlStore:
    """See :class:`marque.ports.Store`. Safe to use from any number of threads, and of processes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._partitions = Partitions(database) if database.dialect.partitioned else None

    # -- the log ------------------------------------------------------------------------------------------------

    def append(self, event: PlateEvent, deliveries: Sequence[NewDelivery]) -> int | None:
        return self.append_many([(event, deliveries)])[0]

    def append_many(self, batch: Sequence[tuple[PlateEvent, Sequence[NewDelivery]]]) -> list[int | None]:
        offered = appending.offer(batch)
        with self.database.write() as connection:
            return appending.append(connection, self.database.dialect, offered)

    def correct(self, event: PlateEvent, deliveries: Sequence[NewDelivery]) -> int | None:
        with self.database.write() as connection:
            return correcting.correct(connection, self.database.dialect, event, deliveries)

    def events(self, query: EventQuery) -> list[StoredEvent]:
        """One page. A fuzzy search is ordered by likeness, everything else by cursor."""
        with self.database.read() as connection:
            if query.plate is not None and query.plate_match == "fuzzy":
                cursors = search.look_alikes(connection, query)
                alike = written.told(connection, written.all_of(events.c.cursor.in_(cursors)))
                found = {one.cursor: one for one in alike}
                return [found[cursor] for cursor in cursors]
            order = events.c.cursor.desc() if query.newest_first else events.c.cursor.asc()
            page = written.all_of(*search.conditions(query, connection.dialect.name)).order_by(order)
            with patiently(connection, query):
                return written.told(connection, page.limit(query.limit))

    def revisions(self, event_id: str) -> list[StoredEvent]:
        """Every revision of one event, oldest first; empty when there is none."""
        with self.database.read() as connection:
            return written.told(connection, written.all_of(events.c.id == event_id).order_by(events.c.revision))

    def last_cursor(self) -> int:
        """The newest cursor, 0 in an empty log."""
        with self.database.read() as connection:
            return connection.scalar(select(func.max(events.c.cursor))) or 0

    # -- deliveries ---------------------------------------------------------------------------------------------

    def claim(self, sink: str, limit: int, lease_seconds: float, now: datetime) -> list[Delivery]:
        """Deliveries that are due, now this caller's until the lease ends; their attempt is counted."""
        with self.database.read() as connection:
            if not owed.is_due(connection, sink, now):
                return []
        with self.database.write() as connection:
            return owed.claim(connection, sink, limit, timedelta(seconds=lease_seconds), now)

    def settle(self, settlements: Sequence[Settlement], now: datetime) -> None:
        with self.database.write() as connection:
            owed.settle(connection, settlements, now)

    def deliveries(
        self,
        *,
        sink: str | None = None,
        state: DeliveryState | None = None,
        event: str | None = None,
        before: int | None = None,
        limit: int = 50,
        within: Within = EVERYTHING,
    ) -> list[Delivery]:
        """Newest first; ``event``: only those of a pass's revisions, ``before``: only those older than this one."""
        wanted = owed.listing().where(*visible(within, EVENTS)).order_by(deliveries.c.id.desc()).limit(limit)
        if sink is not None:
            wanted = wanted.where(deliveries.c.sink == sink)
        if state is not None:
            wanted = wanted.where(deliveries.c.state == state)
        if event is not None:
            wanted = wanted.where(events.c.id == event)
        if before is not None:
            wanted = wanted.where(deliveries.c.id < before)
        with self.database.read() as connection:
            return [owed.delivery_of(row) for row in connection.execute(wanted)]

    def delivery(self, delivery_id: int) -> Delivery | None:
        with self.database.read() as connection:
            row = connection.execute(owed.listing().where(deliveries.c.id == delivery_id)).first()
            return None if row is None else owed.delivery_of(row)

    def redrive(self, ids: Sequence[int], now: datetime) -> int:
        """Give dead letters a fresh start; how many of ``ids`` were dead."""
        with self.database.write() as connection:
            return owed.redrive(connection, ids, now)

    def pending(self) -> Mapping[str, int]:
        """How many deliveries each sink is owed."""
        with self.database.read() as connection:
            return owed.pending(connection)

    # -- retention ----------------------------------------------------------------------------------------------

    def prepare(self, now: datetime) -> None:
        """Make room for the months to come, where the database keeps each in tables of its own."""
        if self._partitions:
            self._partitions.prepare(now)

    def sweep(self, before: datetime, waiting: Collection[str] | None = None) -> int:
        """Delete events older than ``before`` with their deliveries; how many events. An event that is still owed to
        one of the sinks ``waiting`` (None: to any sink) stays until that delivery is settled."""
        owing = exists().where(deliveries.c.cursor == events.c.cursor, deliveries.c.state == owed.PENDING)
        if waiting is not None:
            owing = owing.where(deliveries.c.sink.in_(waiting))
        total = self._partitions.sweep(before, waiting) if self._partitions else 0
        while swept := self._sweep_some(before, owing):
            total += swept
        return total

    def _sweep_some(self, before: datetime, owing: ColumnElement[bool]) -> int:
        with self.database.write() as connection:
            self.database.dialect.lock_log(connection)
            return sweeping.some(connection, and_(events.c.time < before, ~owing), CHUNK)

    def referenced(self, digests: Sequence[str]) -> set[str]:
        """Those pictures that some event still shows."""
        with self.database.read() as connection:
            return set(connection.scalars(select(pictures.c.digest).where(pictures.c.digest.in_(digests))))

    def close(self) -> None:
        self.database.close()
