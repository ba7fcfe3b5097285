"""The tables, as SQLAlchemy Core knows them. :mod:`marque.store.migrations` makes them; a test keeps both alike.

``events`` holds every revision, ``reads`` one row per vehicle pass: its newest revision. Both, and ``read_candidates``,
are partitioned by month of ``first_seen`` on PostgreSQL (see :mod:`marque.store.partitions`), so whoever joins them
does so on ``first_seen``, too. That is why ``first_seen`` here is the pass's *place*: what its first stored revision
said, the same in all three tables for as long as the pass is kept. The body tells what a revision itself says.
``passes`` finds that place by the id alone.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class Utc(TypeDecorator[datetime]):
    """Aware UTC in Python; ``timestamptz`` on PostgreSQL, text that sorts by time on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


# SQLite numbers rows by itself only in a column of exactly INTEGER
Serial = BigInteger().with_variant(Integer, "sqlite")
# the order of bytes on both databases, so that a prefix is a range an index can serve
Sorted = Text().with_variant(Text(collation="C"), "postgresql")
Body = JSON().with_variant(JSONB, "postgresql")

metadata = MetaData()

events = Table(
    "events",
    metadata,
    # PostgreSQL's primary key is (cursor, first_seen): it must hold what the table is partitioned by
    Column("cursor", Serial, primary_key=True, autoincrement=True),
    Column("id", Sorted, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("camera", Sorted, nullable=False),
    Column("site", Sorted),
    Column("zone", Sorted),
    Column("time", Utc, nullable=False),
    Column("first_seen", Utc, nullable=False),
    Column("kind", Text, nullable=False),
    Column("class", Text, nullable=False, key="event_class"),
    Column("region", Sorted),
    Column("confidence", Float),
    Column("text", Sorted),
    Column("body", Body, nullable=False),
    UniqueConstraint("id", "revision", "first_seen", name="events_id_revision"),
    Index("events_camera_cursor", "camera", "cursor"),
    Index("events_time", "time"),
    Index("events_text", "text", "cursor"),
    # a cursor is never given twice, also when the newest rows have been swept away
    sqlite_autoincrement=True,
)

passes = Table(
    "passes",
    metadata,
    Column("id", Sorted, primary_key=True),
    Column("first_seen", Utc, nullable=False),
    # the newest
    Column("revision", Integer, nullable=False),
    # how many corrections were made of it here, see the table of that name
    Column("corrections", Integer, nullable=False),
    sqlite_with_rowid=False,
)

reads = Table(
    "reads",
    metadata,
    Column("id", Sorted, primary_key=True),
    Column("first_seen", Utc, primary_key=True),
    Column("last_seen", Utc, nullable=False),
    # of the newest revision, whose body it finds; with the other columns that change while a vehicle passes it is in
    # no index, so that PostgreSQL updates the row in place (HOT)
    Column("cursor", Serial, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("camera", Sorted, nullable=False),
    Column("site", Sorted),
    Column("zone", Sorted),
    Column("direction", Sorted, nullable=False),
    Column("region", Sorted),
    Column("confidence", Float),
    Column("class", Sorted, nullable=False, key="event_class"),
    Column("text", Sorted),
    Column("vehicle_type", Sorted),
    Column("vehicle_color", Sorted),
    Column("vehicle_make", Sorted),
    Column("vehicle_model", Sorted),
    Column("corrected", Boolean, nullable=False),
    Column("parked", Boolean, nullable=False),
    # the last columns do not sort: a text or a vehicle is compared in the index, which holds a hundred rows a page
    Index("reads_first_seen", "first_seen", "text"),
    Index("reads_camera", "camera", "first_seen", "vehicle_make", "vehicle_color"),
    Index("reads_direction", "direction", "first_seen"),
)


def _newest_first(column: str, where: ColumnElement[bool]) -> None:
    """An index for one filter, of the rows alone that have something there."""
    name = f"reads_{column}"
    Index(name, reads.c[column], reads.c.first_seen, sqlite_where=where, postgresql_where=where)


for _column in ("text", "site", "zone", "region", "vehicle_type", "vehicle_color", "vehicle_make"):
    _newest_first(_column, reads.c[_column].is_not(None))
_unusual = reads.c.event_class != "normal"
Index("reads_class", reads.c.event_class, reads.c.first_seen, sqlite_where=_unusual, postgresql_where=_unusual)
_corrected = reads.c.corrected == true()
Index("reads_corrected", reads.c.first_seen, sqlite_where=_corrected, postgresql_where=_corrected)

# Every text of a read or of a candidate, once. Beside the indexes here there is one of trigrams over ``skeleton``:
# on PostgreSQL the GIN index ``texts_trigrams`` where the extension pg_trgm is there, on SQLite the FTS5 table
# ``texts_trigrams`` (rowid = id) where SQLite has its trigram tokenizer.
texts = Table(
    "texts",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("text", Sorted, nullable=False),
    Column("skeleton", Sorted, nullable=False),
    # the skeleton from its end, so that an ending is a prefix
    Column("reversed", Sorted, nullable=False),
    UniqueConstraint("text", name="texts_text"),
    Index("texts_skeleton", "skeleton"),
    Index("texts_reversed", "reversed"),
)

# other texts that a net held possible of a pass, in any of its revisions, and what a correction replaced
read_candidates = Table(
    "read_candidates",
    metadata,
    Column("id", Sorted, primary_key=True),
    Column("text", Sorted, primary_key=True),
    Column("first_seen", Utc, primary_key=True),
    Index("read_candidates_text", "text", "first_seen"),
    sqlite_with_rowid=False,
)

# Made here; one that came in an event from another Marque is in that event alone. ``revision`` is the one that it is.
corrections = Table(
    "corrections",
    metadata,
    Column("id", Sorted, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("text", Sorted, nullable=False),
    Column("machine", Sorted, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("reason", Text, nullable=False),
)

# ``cursor`` in the two below names an event; no foreign key, because one column of a partitioned table cannot be
# referred to. A sweep takes them along.
pictures = Table(
    "pictures",
    metadata,
    Column("cursor", Serial, primary_key=True, autoincrement=False),
    Column("digest", Text, primary_key=True),
    Index("pictures_digest", "digest"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("cursor", Serial, nullable=False),
    Column("sink", Sorted, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created", Utc, nullable=False),
    Column("due", Utc, nullable=False),
    Column("expires", Utc),
    Column("settled", Utc),
    Column("answer", Text, nullable=False),
    UniqueConstraint("cursor", "sink", name="deliveries_cursor_sink"),
    sqlite_autoincrement=True,
)
_pending = deliveries.c.state == "pending"
Index(
    "deliveries_owed",
    deliveries.c.sink,
    deliveries.c.due,
    deliveries.c.id,
    sqlite_where=_pending,
    postgresql_where=_pending,
)
