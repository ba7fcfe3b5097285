"""One row per pass, a dictionary of texts, corrections; on PostgreSQL, tables by month. Events already kept fill them.

All of it is one transaction: a process that dies half-way leaves the database as it was, and the next one begins again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError

from marque.store.search import skeleton

revision = "0002"
down_revision = "0001"

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BODY = sa.JSON().with_variant(JSONB, "postgresql")
TIME = sa.DateTime(timezone=True)
PARTITIONED: dict[str, Any] = {"postgresql_partition_by": "RANGE (first_seen)"}
AHEAD = 2
"""months made ahead of this one"""


def upgrade() -> None:
    _loosen()
    _retire()
    _tables()
    if _postgresql():
        _partitions()
    _passes()
    _events()
    _reads()
    _candidates()
    _texts()
    op.drop_table("events_0001")
    _indexes()
    _trigrams()


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


# -- what there is already ---------------------------------------------------------------------------------------------


def _loosen() -> None:
    """Pictures and deliveries name events without a foreign key from now on."""
    if _postgresql():
        op.drop_constraint("pictures_cursor_fkey", "pictures")
        op.drop_constraint("deliveries_cursor_fkey", "deliveries")
        op.execute('ALTER TABLE deliveries ALTER COLUMN sink TYPE text COLLATE "C"')  # the order of bytes is cheaper
        return
    _rebuild("pictures", _pictures)
    op.create_index("pictures_digest", "pictures", ["digest"])
    _rebuild("deliveries", _deliveries)
    owed = sa.text("state = 'pending'")
    op.create_index("deliveries_owed", "deliveries", ["sink", "due", "id"], sqlite_where=owed)


def _rebuild(table: str, create: Callable[[], None]) -> None:
    """SQLite can drop no constraint: copy the table. Its children go first, because dropping a parent deletes them."""
    op.rename_table(table, f"{table}_0001")
    create()
    op.execute(f"INSERT INTO {table} SELECT * FROM {table}_0001")
    _carry_sequence(table)
    op.drop_table(f"{table}_0001")


def _carry_sequence(table: str) -> None:
    """SQLite goes on counting where it was, also when the newest rows had been deleted."""
    op.execute(f"DELETE FROM sqlite_sequence WHERE name = '{table}'")
    op.execute(
        f"INSERT INTO sqlite_sequence (name, seq) SELECT '{table}', seq FROM sqlite_sequence"
        f" WHERE name = '{table}_0001'"
    )


def _pictures() -> None:
    op.create_table(
        "pictures",
        sa.Column("cursor", SERIAL, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.Text, primary_key=True),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("cursor", SERIAL, nullable=False),
        sa.Column("sink", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("due", TIME, nullable=False),
        sa.Column("expires", TIME),
        sa.Column("settled", TIME),
        sa.Column("answer", sa.Text, nullable=False),
        sa.UniqueConstraint("cursor", "sink", name="deliveries_cursor_sink"),
        sqlite_autoincrement=True,
    )


def _retire() -> None:
    """Put the old events aside, and free the names of what belongs to them."""
    op.rename_table("events", "events_0001")
    for index in ("events_camera_cursor", "events_time", "events_text"):
        op.drop_index(index, "events_0001")
    if _postgresql():
        op.drop_constraint("events_pkey", "events_0001")
        op.drop_constraint("events_id_revision", "events_0001")
        op.execute('ALTER TABLE events_0001 ALTER COLUMN id TYPE text COLLATE "C"')


# -- the new tables ----------------------------------------------------------------------------------------------------


def _tables() -> None:
    op.create_table("events", *_event_columns(), sqlite_autoincrement=True, **PARTITIONED)
    if _postgresql():
        _compress()
        op.execute("ALTER TABLE events ALTER COLUMN cursor SET DEFAULT nextval('events_cursor_seq')")
        op.execute("ALTER SEQUENCE events_cursor_seq OWNED BY events.cursor")
    op.create_table(
        "passes",
        sa.Column("id", SORTED, primary_key=True),
        sa.Column("first_seen", TIME, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("corrections", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table("reads", *_read_columns(), **PARTITIONED)
    op.create_table(
        "read_candidates",
        sa.Column("id", SORTED, primary_key=True),
        sa.Column("text", SORTED, primary_key=True),
        sa.Column("first_seen", TIME, primary_key=True),
        sqlite_with_rowid=False,
        **PARTITIONED,
    )
    op.create_table(
        "texts",
        sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("text", SORTED, nullable=False),
        sa.Column("skeleton", SORTED, nullable=False),
        sa.Column("reversed", SORTED, nullable=False),
        sa.UniqueConstraint("text", name="texts_text"),
    )
    op.create_table(
        "corrections",
        sa.Column("id", SORTED, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("text", SORTED, nullable=False),
        sa.Column("machine", SORTED, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )


def _compress() -> None:
    """Bodies are most of what is written: LZ4 takes a fraction of the time, where this PostgreSQL has it."""
    connection = op.get_bind()
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("ALTER TABLE events ALTER COLUMN body SET COMPRESSION lz4")
    except DBAPIError as refused:
        if getattr(refused.orig, "sqlstate", "") not in ("0A000", "42601"):  # not built with it, or older than 14
            raise


def _event_columns() -> Iterator[sa.Column[Any] | sa.Constraint]:
    if _postgresql():
        yield sa.Column("cursor", sa.BigInteger, nullable=False)
    else:
        yield sa.Column("cursor", sa.Integer, primary_key=True, autoincrement=True)
    yield sa.Column("id", SORTED, nullable=False)
    yield sa.Column("revision", sa.Integer, nullable=False)
    yield sa.Column("camera", SORTED, nullable=False)
    yield sa.Column("site", SORTED)
    yield sa.Column("zone", SORTED)
    yield sa.Column("time", TIME, nullable=False)
    yield sa.Column("first_seen", TIME, nullable=False)
    yield sa.Column("kind", sa.Text, nullable=False)
    yield sa.Column("class", sa.Text, nullable=False)
    yield sa.Column("region", SORTED)
    yield sa.Column("confidence", sa.Float)
    yield sa.Column("text", SORTED)
    yield sa.Column("body", BODY, nullable=False)
    if _postgresql():
        yield sa.PrimaryKeyConstraint("cursor", "first_seen")
    yield sa.UniqueConstraint("id", "revision", "first_seen", name="events_id_revision")


def _read_columns() -> Iterator[sa.Column[Any]]:
    yield sa.Column("id", SORTED, primary_key=True)
    yield sa.Column("first_seen", TIME, primary_key=True)
    yield sa.Column("last_seen", TIME, nullable=False)
    yield sa.Column("cursor", SERIAL, nullable=False)
    yield sa.Column("revision", sa.Integer, nullable=False)
    yield sa.Column("kind", sa.Text, nullable=False)
    yield sa.Column("camera", SORTED, nullable=False)
    yield sa.Column("site", SORTED)
    yield sa.Column("zone", SORTED)
    yield sa.Column("direction", SORTED, nullable=False)
    yield sa.Column("region", SORTED)
    yield sa.Column("confidence", sa.Float)
    yield sa.Column("class", SORTED, nullable=False)
    yield sa.Column("text", SORTED)
    yield from (sa.Column(f"vehicle_{name}", SORTED) for name in ("type", "color", "make", "model"))
    yield sa.Column("corrected", sa.Boolean, nullable=False)
    yield sa.Column("parked", sa.Boolean, nullable=False)


def _partitions() -> None:
    """Every month from the first event on that is not older than a year, to some ahead of now; ``early`` and ``late``
    take what lies before and after."""
    now = datetime.now(UTC)
    seen = "(body ->> 'first_seen')::timestamptz"
    recent = sa.text(f"SELECT min({seen}) FROM events_0001 WHERE {seen} > :year")
    first = op.get_bind().scalar(recent, {"year": now.replace(year=now.year - 1, day=1)}) or now
    here, last = _month(min(first, now)), _month(now) + AHEAD + 1
    for table in ("events", "reads", "read_candidates"):
        op.execute(_partition(table, "early", "MINVALUE", _bound(here)))
        op.execute(_partition(table, "late", _bound(last), "MAXVALUE"))
        for month in range(here, last):
            name = f"{month // 12}_{month % 12 + 1:02d}"
            op.execute(_partition(table, name, _bound(month), _bound(month + 1)))


def _partition(table: str, name: str, first: str, last: str) -> str:
    room = " WITH (fillfactor = 80)" if table == "reads" else ""  # for the revisions that soon follow the first
    return f"CREATE TABLE {table}_{name} PARTITION OF {table} FOR VALUES FROM ({first}) TO ({last}){room}"


def _month(time: datetime) -> int:
    return time.astimezone(UTC).year * 12 + time.astimezone(UTC).month - 1


def _bound(month: int) -> str:
    return f"'{month // 12:04d}-{month % 12 + 1:02d}-01 00:00:00+00'"


# -- what the events held so far say -----------------------------------------------------------------------------------


def _said(*path: str) -> str:
    """What the body of event ``e`` says there, as text (SQLite: as it is)."""
    if _postgresql():
        return f"(e.body #>> '{{{','.join(path)}}}')"
    return f"json_extract(e.body, '$.{'.'.join(path)}')"


def _time(name: str) -> str:
    """A time of the body as the database keeps it: SQLAlchemy always writes microseconds, the wire if there are any."""
    if _postgresql():
        return f"{_said(name)}::timestamptz"
    said = _said(name)
    micros = f"CASE WHEN substr({said}, 20, 1) = '.' THEN substr({said}, 21, 6) ELSE '000000' END"
    return f"replace(substr({said}, 1, 19), 'T', ' ') || '.' || {micros}"


def _passes() -> None:
    op.execute(
        "INSERT INTO passes (id, first_seen, revision, corrections) SELECT id, seen, newest, 0 FROM ("
        f"SELECT e.id, {_time('first_seen')} AS seen, max(e.revision) OVER (PARTITION BY e.id) AS newest,"
        " row_number() OVER (PARTITION BY e.id ORDER BY e.cursor) AS place FROM events_0001 e"
        ") AS first WHERE place = 1"
    )


def _events() -> None:
    op.execute(
        "INSERT INTO events (cursor, id, revision, camera, site, zone, time, first_seen, kind, class, region,"
        " confidence, text, body)"
        f" SELECT e.cursor, e.id, e.revision, e.camera, {_said('site')}, {_said('zone')}, e.time, p.first_seen,"
        " e.kind, e.class, e.region, e.confidence, e.text, e.body"
        " FROM events_0001 e JOIN passes p ON p.id = e.id ORDER BY e.cursor"
    )
    if not _postgresql():
        _carry_sequence("events")


def _reads() -> None:
    parked = f"{_said('parked')}::boolean" if _postgresql() else _said("parked")
    vehicle = ", ".join(_said("vehicle", name, "value") for name in ("type", "color", "make", "model"))
    op.execute(
        "INSERT INTO reads (id, first_seen, last_seen, cursor, revision, kind, camera, site, zone, direction, region,"
        " confidence, class, text, vehicle_type, vehicle_color, vehicle_make, vehicle_model, corrected, parked)"
        f" SELECT e.id, e.first_seen, {_time('last_seen')}, e.cursor, e.revision, e.kind, e.camera, e.site, e.zone,"
        f" {_said('direction')}, e.region, e.confidence, e.class, e.text, {vehicle}, false, {parked}"
        " FROM events e JOIN passes p ON p.id = e.id AND p.first_seen = e.first_seen AND p.revision = e.revision"
    )


def _candidates() -> None:
    """As the store does it: the first few that are not all but impossible."""
    if _postgresql():
        each = "jsonb_array_elements(e.body #> '{plate,candidates}') WITH ORDINALITY AS c(value, place)"
        text, chance, few = "c.value ->> 'text'", "(c.value ->> 'confidence')::float", "c.place <= 4"
    else:
        each = "json_each(e.body, '$.plate.candidates') AS c"
        text, chance, few = "json_extract(c.value, '$.text')", "json_extract(c.value, '$.confidence')", "c.key < 4"
    op.execute(
        f"INSERT INTO read_candidates (id, text, first_seen) SELECT DISTINCT e.id, {text}, e.first_seen"
        f" FROM events e, {each} WHERE {few} AND {chance} >= 0.05 AND {text} <> e.text"
    )


def _texts() -> None:
    connection = op.get_bind()
    known = sa.text("SELECT text FROM reads WHERE text IS NOT NULL UNION SELECT text FROM read_candidates")
    words = list(connection.scalars(known))
    into = sa.text("INSERT INTO texts (text, skeleton, reversed) VALUES (:text, :skeleton, :reversed)")
    for start in range(0, len(words), 1000):
        folded = [(word, skeleton(word)) for word in words[start : start + 1000]]
        connection.execute(into, [{"text": text, "skeleton": s, "reversed": s[::-1]} for text, s in folded])


# -- the ways to find things -------------------------------------------------------------------------------------------


def _indexes() -> None:
    op.create_index("events_camera_cursor", "events", ["camera", "cursor"])
    op.create_index("events_time", "events", ["time"])
    op.create_index("events_text", "events", ["text", "cursor"])
    op.create_index("reads_first_seen", "reads", ["first_seen"])
    op.create_index("reads_camera", "reads", ["camera", "first_seen"])
    op.create_index("reads_direction", "reads", ["direction", "first_seen"])
    for name in ("text", "site", "zone", "region", "vehicle_type", "vehicle_color", "vehicle_make"):
        _partial(f"reads_{name}", [name, "first_seen"], f"{name} IS NOT NULL")
    _partial("reads_class", ["class", "first_seen"], "class != 'normal'")
    _partial("reads_corrected", ["first_seen"], "corrected = true" if _postgresql() else "corrected = 1")
    op.create_index("read_candidates_text", "read_candidates", ["text", "first_seen"])
    op.create_index("texts_skeleton", "texts", ["skeleton"])
    op.create_index("texts_reversed", "texts", ["reversed"])


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "reads", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


FTS = (
    "CREATE VIRTUAL TABLE texts_trigrams USING fts5(skeleton, content='texts', content_rowid='id', tokenize='trigram')",
    "INSERT INTO texts_trigrams(texts_trigrams) VALUES ('rebuild')",
    "CREATE TRIGGER texts_added AFTER INSERT ON texts BEGIN"
    " INSERT INTO texts_trigrams(rowid, skeleton) VALUES (new.id, new.skeleton); END",
    "CREATE TRIGGER texts_gone AFTER DELETE ON texts BEGIN"
    " INSERT INTO texts_trigrams(texts_trigrams, rowid, skeleton) VALUES ('delete', old.id, old.skeleton); END",
)
GIN = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX texts_trigrams ON texts USING gin (skeleton gin_trgm_ops)",
)


NOT_OFFERED = ("no such module", "no such tokenizer", "unknown tokenizer", "is not available", "permission denied")


def _trigrams() -> None:
    """Where the database has no trigrams to offer, or not to us, searches do without."""
    connection = op.get_bind()
    try:
        with connection.begin_nested():
            for statement in GIN if _postgresql() else FTS:
                connection.exec_driver_sql(statement)
    except DBAPIError as refused:
        if not any(words in str(refused.orig) for words in NOT_OFFERED):
            raise
