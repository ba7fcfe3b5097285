"""Tables by month on PostgreSQL: made ahead, and dropped whole once nothing in them is kept or owed any more.

``events``, ``reads`` and ``read_candidates`` have the same months, one after another without a gap. ``early`` takes
whatever comes before the first of them, ``late`` what comes after the last: a clock that is wrong loses no event. There
is no default partition: with one, PostgreSQL would not know that the months are in order, and could not stop at the
newest when it looks for the newest.

A month is taken away in steps, each a transaction: its tables are detached under names that begin with ``gone_``; what
else tells of their events is deleted, some at a time; they are dropped. A process that dies in between leaves the
``gone_`` tables, and the next sweep goes on with them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from marque.store import sweeping
from marque.store.database import Database

TABLES = ("events", "reads", "read_candidates")
AHEAD = 2
"""months made ahead of this one"""
CHUNK = 2_000
"""events per transaction of a clean-up"""
PATIENCE = "10s"
"""how long a change of the tables waits for those who use them, and makes others wait behind it"""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month in UTC, counted from the year 0."""

    number: int

    @classmethod
    def of(cls, time: datetime) -> Month:
        return cls(time.astimezone(UTC).year * 12 + time.astimezone(UTC).month - 1)

    @classmethod
    def named(cls, name: str) -> Month:
        """From the last two words of a table's name, ``events_2026_05``."""
        year, month = name.split("_")[-2:]
        return cls(int(year) * 12 + int(month) - 1)

    @property
    def name(self) -> str:
        return f"{self.number // 12:04d}_{self.number % 12 + 1:02d}"

    @property
    def start(self) -> datetime:
        return datetime(self.number // 12, self.number % 12 + 1, 1, tzinfo=UTC)

    @property
    def following(self) -> Month:
        return Month(self.number + 1)


class Partitions:
    """The months of one database. Whatever a crash left half done, the next sweep goes on with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def months(self) -> list[Month]:
        """Those that have tables, oldest first."""
        with self._database.read() as connection:
            return _months(connection)

    def prepare(self, now: datetime) -> None:
        """Make the months up to some ahead of ``now``."""
        wanted = Month(Month.of(now).number + AHEAD)
        while self.months()[-1] < wanted:
            with self._database.write() as connection:
                self._hold(connection)
                _add(connection, _months(connection)[-1].following)

    def sweep(self, before: datetime, waiting: Collection[str] | None) -> int:
        """Drop the months whose events are all older than ``before`` and not owed to a sink that is ``waiting``; how
        many events. The newest month stays."""
        self._clean_up()
        swept = 0
        while (oldest := self._detach_oldest(before, waiting)) is not None:
            swept += oldest
            self._clean_up()
        return swept

    def _detach_oldest(self, before: datetime, waiting: Collection[str] | None) -> int | None:
        """Put the oldest month aside; how many events it held, or None when it has to stay."""
        with self._database.read() as connection:
            month, *later = _months(connection)
            if not later or month.following.start > before or _kept(connection, month, before, waiting):
                return None
        with self._database.write() as connection:
            self._hold(connection)
            if _months(connection)[0] != month or _kept(connection, month, before, waiting):
                return None
            count: int = connection.scalar(text(f"SELECT count(*) FROM events_{month.name}")) or 0
            _detach(connection, month)
            return count

    def _hold(self, connection: Connection) -> None:
        """Nobody appends meanwhile; a month that is busy for long is left for the next time."""
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
        self._database.dialect.lock_log(connection)

    def _clean_up(self) -> None:
        """Delete what tells of the events of months that were put aside, and drop these."""
        for month in self._gone():
            cursor: int | None = 0
            while cursor is not None:
                cursor = self._clean_some(month, cursor)
            with self._database.write() as connection:
                gone = ", ".join(f"gone_{table}_{month.name}" for table in TABLES)
                connection.execute(text(f"DROP TABLE {gone}"))

    def _gone(self) -> list[Month]:
        put_aside = "SELECT relname FROM pg_class WHERE pg_table_is_visible(oid) AND relname LIKE 'gone\\_events\\_%'"
        with self._database.read() as connection:
            names = connection.scalars(text(f"{put_aside} AND relkind = 'r'"))
            return sorted(Month.named(name) for name in names)

    def _clean_some(self, month: Month, after: int) -> int | None:
        """Delete what tells of some of the month's events; the last one's cursor, or None when none is ``after``. The
        events themselves stay until all are dropped: begun again, it finds nothing to do and does no harm."""
        some = f"SELECT cursor, id, text FROM gone_events_{month.name} WHERE cursor > :after ORDER BY cursor LIMIT :n"
        also = f"SELECT text FROM gone_read_candidates_{month.name} WHERE id = ANY(:ids)"
        with self._database.write() as connection:
            self._database.dialect.lock_log(connection)
            rows = connection.execute(text(some), {"after": after, "n": CHUNK}).all()
            ids = {row.id for row in rows}
            words = {row.text for row in rows} | set(connection.scalars(text(also), {"ids": list(ids)}))
            sweeping.forget(connection, [row.cursor for row in rows], ids, words)
            return rows[-1].cursor if rows else None


def _months(connection: Connection) -> list[Month]:
    """Of ``events``; the others have the same, because all change in one transaction."""
    children = (
        "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
        " WHERE inhparent = 'events'::regclass AND relname ~ '_[0-9]{4}_[0-9]{2}$'"
    )
    return sorted(Month.named(name) for name in connection.scalars(text(children)))


def _kept(connection: Connection, month: Month, before: datetime, waiting: Collection[str] | None) -> bool:
    """Whether an event of the month is younger than ``before``, or owed."""
    table = f"events_{month.name}"
    young = text(f"SELECT 1 FROM {table} WHERE time >= :before LIMIT 1")
    owed = text(
        f"SELECT 1 FROM deliveries d JOIN {table} e ON e.cursor = d.cursor"
        " WHERE d.state = 'pending' AND (:all OR d.sink = ANY(:sinks)) LIMIT 1"
    )
    sinks = {"all": waiting is None, "sinks": list(waiting or ())}
    return bool(connection.scalar(young, {"before": before}) or connection.scalar(owed, sinks))


def _detach(connection: Connection, month: Month) -> None:
    """Put a month's tables aside; ``early`` takes what may still come of it."""
    for table in TABLES:
        name = f"{table}_{month.name}"
        connection.execute(text(f"ALTER TABLE {table} DETACH PARTITION {table}_early"))
        connection.execute(text(f"ALTER TABLE {table} DETACH PARTITION {name}"))
        connection.execute(text(f"ALTER TABLE {name} RENAME TO gone_{name}"))
        _attach(connection, table, "early", f"MINVALUE) TO ({_bound(month.following)}")


def _add(connection: Connection, month: Month) -> None:
    """Make the next month of what is ``late`` so far."""
    for table in TABLES:
        late, bound = f"{table}_late", _bound(month.following)
        room = "WITH (fillfactor = 80)" if table == "reads" else ""
        connection.execute(text(f"ALTER TABLE {table} DETACH PARTITION {late}"))
        of_month = f"PARTITION OF {table} FOR VALUES FROM ({_bound(month)}) TO ({bound})"
        connection.execute(text(f"CREATE TABLE {table}_{month.name} {of_month} {room}"))
        moved = f"WITH moved AS (DELETE FROM {late} WHERE first_seen < {bound} RETURNING *)"
        connection.execute(text(f"{moved} INSERT INTO {table}_{month.name} SELECT * FROM moved"))
        _attach(connection, table, "late", f"{bound}) TO (MAXVALUE")


def _attach(connection: Connection, table: str, name: str, bounds: str) -> None:
    connection.execute(text(f"ALTER TABLE {table} ATTACH PARTITION {table}_{name} FOR VALUES FROM ({bounds})"))


def _bound(month: Month) -> str:
    return f"TIMESTAMPTZ '{month.start:%Y-%m-%d} 00:00:00+00'"
