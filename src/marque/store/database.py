"""One database for everything that is kept: connections, transactions and migrations, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import ConnectionPoolEntry

from marque.errors import StoreError
from marque.store.dialects import Dialect, dialect_of, store_error
from marque.store.migrations import upgrade


def open_database(url: str) -> Database:
    """Open the database at an SQLAlchemy URL (``sqlite:///marque.db``, ``postgresql://...``) and migrate its tables.
    Raises StoreError, StorageFull or MissingExtra."""
    parsed = _parse(url)
    dialect = dialect_of(parsed)
    try:
        return Database(dialect.engine(parsed), dialect)
    except OSError as error:
        raise store_error(error, dialect) from error


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        # without the URL itself: it may hold a password
        raise StoreError("this is not a database URL", hint="For example sqlite:////var/lib/marque.db") from error


class Database:
    """Safe to use from any number of threads, and of processes. Whatever the driver raises inside ``read`` and
    ``write`` comes out as StoreError or StorageFull."""

    def __init__(self, engine: Engine, dialect: Dialect) -> None:
        self.dialect = dialect
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self._turn = dialect.turn()
        self._closed = False
        event.listen(engine, "checkin", self._returned)
        try:
            self._migrate()
        except StoreError:
            self.close()
            raise

    def _migrate(self) -> None:
        with self.write() as connection:
            self.dialect.lock_schema(connection)
            upgrade(connection)

    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that only looks."""
        return self._begin(self._engine)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write; on SQLite there is one at a time."""
        with self._turn, self._begin(self._writer) as connection:
            yield connection

    @contextmanager
    def _begin(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except (DBAPIError, NoConnection, self._engine.dialect.loaded_dbapi.Error) as error:
            raise store_error(error, self.dialect) from error

    def claim(self) -> Callable[[], None] | None:
        """Take what only one process at a time may have; gives what lets it go, as the end of the process does, or None
        where another one has it. Raises StoreError."""
        try:
            return self.dialect.claim(self._engine)
        except (DBAPIError, NoConnection, self._engine.dialect.loaded_dbapi.Error) as error:
            raise store_error(error, self.dialect) from error

    def tidy(self) -> None:
        """Have the database learn what it holds, so that it finds by the shortest way. Raises StoreError."""
        with self.write() as connection:
            self.dialect.tidy(connection)

    def close(self) -> None:
        """Close every connection; one that a thread still uses, as soon as it is done."""
        self._closed = True
        self._engine.dispose()

    def _returned(self, _connection: object, record: ConnectionPoolEntry) -> None:
        if self._closed and record.dbapi_connection is not None:
            record.invalidate()
