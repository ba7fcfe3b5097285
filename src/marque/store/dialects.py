"""Everything in which SQLite and PostgreSQL differ; the rest of the store is one code path."""

from __future__ import annotations

import errno
import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from threading import Lock
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, DisconnectionError

from marque.errors import MissingExtra, StorageFull, StoreError

BUSY_SECONDS = 30.0
LOOKED_AT = 400
"""rows of each index that SQLite looks at to learn what it holds"""
FULL_HINT = "Free disk space or shorten storage.retention_days; nothing of this event was kept."


Columns = Sequence[str]
Rows = Sequence[Sequence[object]]


class Dialect(Protocol):
    """What the store needs to know of a database.

    ``find`` locks the log, and gives the rows whose primary key, of one column, is among ``keys``; a time in them is
    for ``time`` to read. ``fill``, ``add`` and ``renew`` write many rows at once, as fast as the database takes them:
    values are in the order of the columns, times as ``told``. ``fill`` writes rows that are not there yet, ``add``
    leaves those alone that are, ``renew`` gives those that are there and of a lower ``revision`` the new values of
    ``sets``. Inside ``few``, which is for writing few rows, these three do not wait for the database's answers, and
    nothing else may be asked. ``partitioned``: tables are kept by month, see :mod:`marque.store.partitions`.
    """

    partitioned: bool

    def insert(self, table: Table) -> Any: ...
    def engine(self, url: URL) -> Engine: ...
    def turn(self) -> AbstractContextManager[object]: ...
    def lock_schema(self, connection: Connection) -> None: ...
    def lock_log(self, connection: Connection) -> None: ...
    def few(self, connection: Connection, count: int) -> AbstractContextManager[object]: ...
    def cursors(self, connection: Connection, count: int) -> list[int]: ...
    def told(self, time: datetime) -> str: ...
    def time(self, told: Any) -> datetime: ...
    def find(self, connection: Connection, table: Table, columns: Columns, keys: Sequence[str]) -> Rows: ...
    def fill(self, connection: Connection, table: Table, columns: Columns, rows: Rows) -> None: ...
    def add(self, connection: Connection, table: Table, columns: Columns, rows: Rows) -> None: ...
    def renew(self, connection: Connection, table: Table, columns: Columns, rows: Rows, sets: Columns) -> None: ...
    def claim(self, engine: Engine) -> Callable[[], None] | None: ...
    def tidy(self, connection: Connection) -> None: ...
    def is_full(self, error: BaseException) -> bool: ...
    def size(self, connection: Connection) -> int: ...


class Sqlite:
    """One file in WAL mode: readers never wait, writers queue. A write transaction takes the only write lock at once
    (BEGIN IMMEDIATE), so the two locks below are held already."""

    partitioned = False

    def insert(self, table: Table) -> sqlite.Insert:
        return sqlite.insert(table)

    def engine(self, url: URL) -> Engine:
        if not url.database or url.database == ":memory:":
            raise StoreError("an event log in memory would not be durable", hint="Name a file: sqlite:///marque.db")
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def turn(self) -> AbstractContextManager[object]:
        """Threads of one process queue for the write lock here: SQLite itself would poll for it, up to 100 ms apart."""
        return Lock()

    def lock_schema(self, connection: Connection) -> None:
        """Held since BEGIN IMMEDIATE."""

    def lock_log(self, connection: Connection) -> None:
        """Held since BEGIN IMMEDIATE."""

    def few(self, connection: Connection, count: int) -> AbstractContextManager[object]:
        """There is nobody to wait for."""
        del connection, count
        return nullcontext()

    def cursors(self, connection: Connection, count: int) -> list[int]:
        """The next cursors, in order. AUTOINCREMENT notes the highest that was ever used."""
        noted = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events'"
        (last,) = _driver(connection).execute(noted).fetchone()
        return list(range(last + 1, last + count + 1))

    def told(self, time: datetime) -> str:
        """As SQLAlchemy writes it."""
        return time.astimezone(UTC).isoformat(" ", "microseconds")[:26]

    def time(self, told: Any) -> datetime:
        return datetime.fromisoformat(told).replace(tzinfo=UTC)

    def find(self, connection: Connection, table: Table, columns: Columns, keys: Sequence[str]) -> Rows:
        wanted = f"SELECT {_names(columns)} FROM {table.name} WHERE {_key(table)} IN (SELECT value FROM json_each(?))"
        rows: Rows = _driver(connection).execute(wanted, (json.dumps(keys),)).fetchall()
        return rows

    def fill(self, connection: Connection, table: Table, columns: Columns, rows: Rows) -> None:
        self._insert(connection, table, columns, rows, "")

    def add(self, connection: Connection, table: Table, columns: Columns, rows: Rows) -> None:
        self._insert(connection, table, columns, rows, "ON CONFLICT DO NOTHING")

    def renew(self, connection: Connection, table: Table, columns: Columns, rows: Rows, sets: Columns) -> None:
        self._insert(connection, table, columns, rows, _renewal(table, sets))

    def _insert(self, connection: Connection, table: Table, columns: Columns, rows: Rows, conflict: str) -> None:
        if rows:
            places = ", ".join("?" * len(columns))
            into = f"INSERT INTO {table.name} ({_names(columns)}) VALUES ({places}) {conflict}"
            _driver(connection).executemany(into, rows)

    def claim(self, engine: Engine) -> Callable[[], None] | None:
        """The lock of a file beside the database's."""
        claimed = sqlite3.connect(f"{engine.url.database}-claim", timeout=0, check_same_thread=False)
        try:
            claimed.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            claimed.close()
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return None
        return claimed.close

    def tidy(self, connection: Connection) -> None:
        driver = _driver(connection)
        driver.execute(f"PRAGMA analysis_limit={LOOKED_AT}")
        driver.execute("ANALYZE")

    def is_full(self, error: BaseException) -> bool:
        # a full disk is SQLITE_FULL in the database file, but an I/O error where the -wal or -shm file grows
        code = getattr(error, "sqlite_errorcode", 0)
        return code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE)

    def size(self, connection: Connection) -> int:
        """Bytes of the file."""
        return int(connection.scalar(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")))


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where _begin says, not where sqlite3 guesses
    connection.execute("PRAGMA journal_mode=WAL")
    # In WAL mode NORMAL already survives kill -9 (the kernel has the pages), but loses the last commits when the
    # power fails. A gate cabinet loses power; an accepted event must not go with it. FULL syncs the WAL per commit.
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


class Postgresql:
    """PostgreSQL through psycopg 3."""

    partitioned = True

    def insert(self, table: Table) -> postgresql.Insert:
        return postgresql.insert(table)

    def engine(self, url: URL) -> Engine:
        # plans are made for the values asked for: which months to look at, and whether a partial index will do, depends
        # on them; and a plan made for tables that were empty would be kept while they fill
        server = "-c statement_timeout=60000 -c timezone=UTC -c plan_cache_mode=force_custom_plan"
        options = {"connect_timeout": 10, "options": server}
        try:
            engine = create_engine(url.set(drivername="postgresql+psycopg"), hide_parameters=True, connect_args=options)
        except ModuleNotFoundError as missing:
            raise MissingExtra(str(missing.name), "postgres") from missing
        event.listen(engine, "checkout", _still_there)
        return engine

    def turn(self) -> AbstractContextManager[object]:
        """Writers need not take turns."""
        return nullcontext()

    def lock_schema(self, connection: Connection) -> None:
        """One process migrates at a time, however long it takes."""
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(6277, 1)")

    def lock_log(self, connection: Connection) -> None:
        """Appends commit one after another. A sequence hands out cursors before commit, so without this lock cursor 8
        could become visible before cursor 7, and a reader that pages by cursor would never see 7."""
        connection.exec_driver_sql(LOCK_LOG)

    def few(self, connection: Connection, count: int) -> AbstractContextManager[object]:
        pipeline: AbstractContextManager[object] = _driver(connection).pipeline()
        return pipeline if count <= FEW else nullcontext()

    def cursors(self, connection: Connection, count: int) -> list[int]:
        """The next cursors, in order: only those who hold the lock above take any."""
        numbers = "SELECT nextval('events_cursor_seq') FROM generate_series(1, %s)"
        return [number for (number,) in _driver(connection).execute(numbers, (count,)).fetchall()]

    def told(self, time: datetime) -> str:
        return time.isoformat()

    def time(self, told: Any) -> datetime:
        moment: datetime = told
        return moment.astimezone(UTC)

    def find(self, connection: Connection, table: Table, columns: Columns, keys: Sequence[str]) -> Rows:
        wanted = f"SELECT {_names(columns)} FROM {table.name} WHERE {_key(table)} = ANY(%s::text[])"
        driver = _driver(connection)
        with driver.pipeline():  # both in one go; the second sees what was there when the first had the lock
            driver.execute(LOCK_LOG)
            found = driver.execute(wanted, (_array(keys),))
        rows: Rows = found.fetchall()
        return rows

    def fill(self, connection: Connection, table: Table, columns: Columns, rows: Rows) -> None:
        driver = _driver(connection)
        if driver.pgconn.pipeline_status:  # which knows no COPY
            self._insert(connection, table, columns, rows, "")
        elif rows:
            into = f"COPY {table.name} ({_names(columns)}) FROM STDIN"
            with driver.cursor() as cursor, cursor.copy(into) as copy:
                for row in rows:
                    copy.write_row(row)

    def add(self, connection: Connection, table: Table, columns: Columns, rows: Rows) -> None:
        self._insert(connection, table, columns, rows, "ON CONFLICT DO NOTHING")

    def renew(self, connection: Connection, table: Table, columns: Columns, rows: Rows, sets: Columns) -> None:
        self._insert(connection, table, columns, rows, _renewal(table, sets))

    def _insert(self, connection: Connection, table: Table, columns: Columns, rows: Rows, conflict: str) -> None:
        """One array for each column: the statement stays the same for any number of rows."""
        if rows:
            types = {column.name: column.type.python_type for column in table.c}
            arrays = ", ".join(f"%s::{ARRAYS[types[name]]}[]" for name in columns)
            into = f"INSERT INTO {table.name} ({_names(columns)}) SELECT * FROM unnest({arrays}) {conflict}"
            _driver(connection).execute(into, tuple(_array(column) for column in zip(*rows, strict=True)))

    def claim(self, engine: Engine) -> Callable[[], None] | None:
        """A lock that lasts as long as its connection."""
        connection = engine.raw_connection()
        driver: Any = connection.driver_connection
        connection.detach()
        driver.autocommit = True
        if driver.execute("SELECT pg_try_advisory_lock(6277, 3)").fetchone()[0]:
            close: Callable[[], None] = driver.close
            return close
        driver.close()
        return None

    def tidy(self, connection: Connection) -> None:
        """It does so by itself."""

    def is_full(self, error: BaseException) -> bool:
        return getattr(error, "sqlstate", None) == "53100"  # disk_full

    def size(self, connection: Connection) -> int:
        """Bytes of all its files."""
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")))


LOCK_LOG = "SELECT pg_advisory_xact_lock(6277, 2)"
FEW = 20
"""rows up to which it is quicker to hand them in as any others than to COPY them"""
ARRAYS = {int: "bigint", object: "jsonb", float: "float8", bool: "boolean", str: "text", datetime: "timestamptz"}
"""what PostgreSQL calls the elements of a column's array"""


def _still_there(driver: Any, _record: object, _proxy: object) -> None:
    """A server that said something unasked has hung up, most likely, and is asked. To ask each time would take as long
    as most questions do."""
    with DefaultSelector() as selector:
        selector.register(driver.fileno(), EVENT_READ)
        quiet = not selector.select(0)
    if quiet:
        return
    try:
        driver.execute("SELECT 1")
        driver.rollback()
    except Exception as error:
        raise DisconnectionError(str(error)) from error


def _array(values: Sequence[object]) -> str:
    """An array as PostgreSQL reads it; psycopg would look at each element several times."""
    return "{" + ",".join([_element(value) for value in values]) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def _driver(connection: Connection) -> Any:
    """The driver's own connection. What every append does goes to it at once: SQLAlchemy takes longer over a small
    statement than SQLite does."""
    return connection.connection.driver_connection


def _names(columns: Columns) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _key(table: Table) -> str:
    return _names([column.name for column in table.primary_key])


def _renewal(table: Table, sets: Columns) -> str:
    values = ", ".join(f'"{name}" = excluded."{name}"' for name in sets)
    return f"ON CONFLICT ({_key(table)}) DO UPDATE SET {values} WHERE {table.name}.revision < excluded.revision"


DIALECTS: dict[str, Dialect] = {"sqlite": Sqlite(), "postgresql": Postgresql()}


def dialect_of(url: URL) -> Dialect:
    """The dialect of a database URL. Raises StoreError for a database we do not speak."""
    try:
        return DIALECTS[url.get_backend_name()]
    except KeyError:
        hint = "Use sqlite:///FILE or postgresql://USER@HOST/DATABASE."
        raise StoreError(f"there is no event log in {url.get_backend_name()!r}", hint=hint) from None


def store_error(error: Exception, dialect: Dialect) -> StoreError:
    """Our error for the database's."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    if dialect.is_full(cause) or getattr(cause, "errno", None) == errno.ENOSPC:
        return StorageFull(f"the disk of the event log is full: {cause}", hint=FULL_HINT)
    return StoreError(f"the event log refused: {cause}".strip(), hint="Is the database there, running and writable?")
