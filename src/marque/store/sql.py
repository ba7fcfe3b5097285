"""The durable log: :class:`SqlStore` keeps the promises of :class:`marque.ports.Store` on SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import URL, ColumnElement, Connection, Engine, Select, delete, exists, func, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from marque.errors import StoreError
from marque.ports import EventQuery, NewDelivery, Settlement
from marque.store import owed, search
from marque.store.dialects import Dialect, dialect_of, store_error
from marque.store.migrations import upgrade
from marque.store.tables import deliveries, events, pictures
from marque.types import Delivery, DeliveryState, PlateEvent, StoredEvent
from marque.wire import from_wire, to_wire

CHUNK = 500
"""rows per transaction of a sweep, so that appends never wait long behind one"""


def open_store(url: str) -> SqlStore:
    """Open the event log at an SQLAlchemy URL (``sqlite:///marque.db``, ``postgresql://...``) and migrate its tables.
    Raises StoreError, StorageFull or MissingExtra."""
    parsed = _parse(url)
    dialect = dialect_of(parsed)
    try:
        return SqlStore(dialect.engine(parsed), dialect)
    except OSError as error:
        raise store_error(error, dialect) from error


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        # without the URL itself: it may hold a password
        raise StoreError("this is not a database URL", hint="For example sqlite:////var/lib/marque.db") from error


class SqlStore:
    """See :class:`marque.ports.Store`. Safe to use from any number of threads, and of processes."""

    def __init__(self, engine: Engine, dialect: Dialect) -> None:
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self._dialect = dialect
        self._turn = dialect.turn()
        insert = dialect.insert(events).on_conflict_do_nothing()
        self._insert_new = insert.returning(events.c.cursor, events.c.id, events.c.revision)
        try:
            self._migrate()
        except StoreError:
            self.close()
            raise

    def _migrate(self) -> None:
        with self._write() as connection:
            self._dialect.lock_schema(connection)
            upgrade(connection)

    def _read(self) -> AbstractContextManager[Connection]:
        return self._begin(self._engine)

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._turn, self._begin(self._writer) as connection:
            yield connection

    @contextmanager
    def _begin(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except (DBAPIError, NoConnection, sqlite3.Error) as error:
            raise store_error(error, self._dialect) from error

    # -- the log ------------------------------------------------------------------------------------------------

    def append(self, event: PlateEvent, deliveries: Sequence[NewDelivery]) -> int | None:
        return self.append_many([(event, deliveries)])[0]

    def append_many(self, batch: Sequence[tuple[PlateEvent, Sequence[NewDelivery]]]) -> list[int | None]:
        with self._write() as connection:
            return self._append(connection, batch)

    def _append(
        self, connection: Connection, batch: Sequence[tuple[PlateEvent, Sequence[NewDelivery]]]
    ) -> list[int | None]:
        self._dialect.lock_log(connection)
        cursors = self._insert(connection, [event for event, _ in batch])
        pairs = zip(cursors, batch, strict=True)
        accepted = [(cursor, event, owes) for cursor, (event, owes) in pairs if cursor is not None]
        _keep_pictures(connection, accepted)
        owed.owe(connection, accepted)
        return cursors

    def _insert(self, connection: Connection, batch: Sequence[PlateEvent]) -> list[int | None]:
        """A cursor for each event, None for a revision that is there already or comes twice in the batch."""
        if not batch:
            return []
        written = connection.execute(self._insert_new, [_row(event) for event in batch])
        cursors: dict[tuple[str, int], int] = {(row.id, row.revision): row.cursor for row in written}
        return [cursors.pop((event.id, event.revision), None) for event in batch]

    def events(self, query: EventQuery) -> list[StoredEvent]:
        """One page. A fuzzy search is ordered by likeness, everything else by cursor."""
        with self._read() as connection:
            if query.plate is not None and query.plate_match == "fuzzy":
                cursors = search.look_alikes(connection, query)
                found = {one.cursor: one for one in _events(connection, select_events(events.c.cursor.in_(cursors)))}
                return [found[cursor] for cursor in cursors]
            order = events.c.cursor.desc() if query.newest_first else events.c.cursor.asc()
            page = select_events(*search.conditions(query)).order_by(order).limit(query.limit)
            return _events(connection, page)

    def revisions(self, event_id: str) -> list[StoredEvent]:
        """Every revision of one event, oldest first; empty when there is none."""
        with self._read() as connection:
            return _events(connection, select_events(events.c.id == event_id).order_by(events.c.revision))

    def last_cursor(self) -> int:
        """The newest cursor, 0 in an empty log."""
        with self._read() as connection:
            return connection.scalar(select(func.max(events.c.cursor))) or 0

    # -- deliveries ---------------------------------------------------------------------------------------------

    def claim(self, sink: str, limit: int, lease_seconds: float, now: datetime) -> list[Delivery]:
        """Deliveries that are due, now this caller's until the lease ends; their attempt is counted."""
        with self._read() as connection:
            if not owed.is_due(connection, sink, now):
                return []
        with self._write() as connection:
            return owed.claim(connection, sink, limit, timedelta(seconds=lease_seconds), now)

    def settle(self, settlements: Sequence[Settlement], now: datetime) -> None:
        with self._write() as connection:
            owed.settle(connection, settlements, now)

    def deliveries(
        self,
        *,
        sink: str | None = None,
        state: DeliveryState | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Delivery]:
        """Newest first; ``before``: only those older than this one."""
        wanted = owed.listing().order_by(deliveries.c.id.desc()).limit(limit)
        if sink is not None:
            wanted = wanted.where(deliveries.c.sink == sink)
        if state is not None:
            wanted = wanted.where(deliveries.c.state == state)
        if before is not None:
            wanted = wanted.where(deliveries.c.id < before)
        with self._read() as connection:
            return [owed.delivery_of(row) for row in connection.execute(wanted)]

    def delivery(self, delivery_id: int) -> Delivery | None:
        with self._read() as connection:
            row = connection.execute(owed.listing().where(deliveries.c.id == delivery_id)).first()
            return None if row is None else owed.delivery_of(row)

    def redrive(self, ids: Sequence[int], now: datetime) -> int:
        """Give dead letters a fresh start; how many of ``ids`` were dead."""
        with self._write() as connection:
            return owed.redrive(connection, ids, now)

    def pending(self) -> Mapping[str, int]:
        """How many deliveries each sink is owed."""
        with self._read() as connection:
            return owed.pending(connection)

    # -- retention ----------------------------------------------------------------------------------------------

    def sweep(self, before: datetime, waiting: Collection[str] | None = None) -> int:
        """Delete events older than ``before`` with their deliveries; how many events. An event that is still owed to
        one of the sinks ``waiting`` (None: to any sink) stays until that delivery is settled."""
        owing = exists().where(deliveries.c.cursor == events.c.cursor, deliveries.c.state == owed.PENDING)
        if waiting is not None:
            owing = owing.where(deliveries.c.sink.in_(waiting))
        total = 0
        while swept := self._sweep_some(before, owing):
            total += swept
        return total

    def _sweep_some(self, before: datetime, owing: ColumnElement[bool]) -> int:
        old = select(events.c.cursor).where(events.c.time < before, ~owing).limit(CHUNK)
        with self._write() as connection:
            cursors = connection.scalars(old).all()
            return connection.execute(delete(events).where(events.c.cursor.in_(cursors))).rowcount

    def referenced(self, digests: Sequence[str]) -> set[str]:
        """Those pictures that some event still shows."""
        with self._read() as connection:
            return set(connection.scalars(select(pictures.c.digest).where(pictures.c.digest.in_(digests))))

    def close(self) -> None:
        self._engine.dispose()


def select_events(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(events.c.cursor, events.c.body).where(*conditions)


def _events(connection: Connection, wanted: Select[Any]) -> list[StoredEvent]:
    return [StoredEvent(row.cursor, from_wire(row.body)) for row in connection.execute(wanted)]


def _row(event: PlateEvent) -> dict[str, Any]:
    read = event.read
    return {
        "id": event.id,
        "revision": event.revision,
        "camera": event.camera,
        "time": event.time,
        "kind": event.kind,
        "event_class": event.event_class,
        "region": read and read.region and read.region.code,
        "confidence": read and read.confidence,
        "text": read and read.text,
        "skeleton": read and search.skeleton(read.text),
        "body": to_wire(event),
    }


def _keep_pictures(connection: Connection, accepted: Iterable[owed.Accepted]) -> None:
    rows = [{"cursor": cursor, "digest": d} for cursor, event, _ in accepted for d in set(event.images.values())]
    if rows:
        connection.execute(pictures.insert(), rows)
