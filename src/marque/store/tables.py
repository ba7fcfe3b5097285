"""The tables, as SQLAlchemy Core knows them. :mod:`marque.store.migrations` makes them; a test keeps both alike."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class Utc(TypeDecorator[datetime]):
    """Aware UTC in Python; ``timestamptz`` on PostgreSQL, text that sorts by time on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

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
    Column("cursor", Serial, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("camera", Text, nullable=False),
    Column("time", Utc, nullable=False),
    Column("kind", Text, nullable=False),
    Column("class", Text, nullable=False, key="event_class"),
    Column("region", Text),
    Column("confidence", Float),
    Column("text", Sorted),
    Column("skeleton", Sorted),
    Column("body", Body, nullable=False),
    UniqueConstraint("id", "revision", name="events_id_revision"),
    Index("events_camera_cursor", "camera", "cursor"),
    Index("events_time", "time"),
    Index("events_text", "text"),
    # a cursor is never given twice, also when the newest rows have been swept away
    sqlite_autoincrement=True,
)

pictures = Table(
    "pictures",
    metadata,
    Column("cursor", Serial, ForeignKey("events.cursor", ondelete="CASCADE"), primary_key=True),
    Column("digest", Text, primary_key=True),
    Index("pictures_digest", "digest"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("cursor", Serial, ForeignKey("events.cursor", ondelete="CASCADE"), nullable=False),
    Column("sink", Text, nullable=False),
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
