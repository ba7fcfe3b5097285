"""A year of passes into a database, by the fastest way that each has: past the log, into the tables that it writes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from itertools import pairwise
from time import perf_counter
from typing import Any

import psycopg
from sqlalchemy import text

from marque.plates.likeness import skeleton
from marque.store.database import Database
from marque.store.tables import events, passes, read_candidates, reads, texts
from search_data import CHUNK, YEAR_BEGIN, YEAR_END, Pass

READ_COLUMNS = (
    "id", "first_seen", "last_seen", "cursor", "revision", "kind", "camera", "site", "zone", "direction", "region",
    "confidence", "class", "text", "vehicle_type", "vehicle_color", "vehicle_make", "vehicle_model", "corrected",
    "parked",
)  # fmt: skip
EVENT_COLUMNS = (
    "cursor", "id", "revision", "camera", "site", "zone", "time", "first_seen", "kind", "class", "region", "confidence",
    "text", "body",
)  # fmt: skip


def body(one: Pass) -> str:
    """The event as JSON, without the single characters' scores."""
    zone = "null" if one.zone is None else f'"{one.zone}"'
    region = "null" if one.region is None else f'{{"code":"{one.region}","confidence":0.9}}'
    return (
        f'{{"schema":"marque.event/1","id":"{one.id}","revision":1,"kind":"lost","class":"{one.event_class}",'
        f'"site":"{one.site}","camera":"{one.camera}","zone":{zone},"direction":"{one.direction}",'
        f'"time":"{one.last_seen}","first_seen":"{one.first_seen}","last_seen":"{one.last_seen}","plate":{{"text":"{one.text}","raw":"{one.text}",'
        f'"display":"{one.text}","confidence":{one.confidence},"characters":[],"candidates":[],"region":{region},'
        '"box":[412.0,300.5,520.0,332.0],"quad":[[412.0,301.0],[519.5,300.5],[520.0,331.0],[412.5,332.0]],'
        f'"detection_confidence":0.91,"format":null,"readings":5}},"images":{{"plate":"{one.number:064x}"}},'
        '"models":{"detector":"marque-1","recognizer":"marque-1"}}'
    )


def say(what: str, since: float) -> None:
    """How far it is, to whoever waits."""
    sys.stderr.write(f"{perf_counter() - since:7.1f} s  {what}\n")


# -- PostgreSQL -------------------------------------------------------------------------------------------------------


def load_postgresql(url: str, source: Iterable[list[Pass]]) -> None:
    """COPY into tables without their secondary indexes, which are made afterwards."""
    begin = perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        _months(connection)
        indexes = _drop_indexes(connection)
    say("partitions made, indexes dropped", begin)
    _copy(url, source, begin)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '1GB'; SET work_mem = '512MB'")
        connection.execute(
            "INSERT INTO passes (id, first_seen, revision, corrections) SELECT id, first_seen, 1, 0 FROM reads"
        )
        _texts_postgresql(connection)
        say("dictionary made", begin)
        for made in indexes:
            connection.execute(made.encode())
            say(made.split(" USING")[0], begin)
        connection.execute("SELECT setval('events_cursor_seq', (SELECT max(cursor) FROM events))")
        connection.execute("VACUUM ANALYZE")
    say("analyzed", begin)


def _months(connection: psycopg.Connection[Any]) -> None:
    """Partitions as a server that ran all year has them."""
    tables = connection.execute("SELECT partrelid::regclass::text FROM pg_partitioned_table").fetchall()
    months = [f"{year}-{month:02d}-01" for year in (2025, 2026) for month in range(1, 13)]
    months = [m for m in months if f"{YEAR_BEGIN:%Y-%m-%d}" <= m <= f"{YEAR_END:%Y-%m-%d}"]
    for (table,) in tables:
        old = connection.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table]
        )
        for (part,) in old.fetchall():
            connection.execute(f"DROP TABLE {part}".encode())
        bounds = ["MINVALUE", *(f"'{month} 00:00:00+00'" for month in months), "MAXVALUE"]
        for number, (first, last) in enumerate(pairwise(bounds)):
            values = f"FOR VALUES FROM ({first}) TO ({last})"
            connection.execute(f"CREATE TABLE {table}_bench_{number} PARTITION OF {table} {values}".encode())


INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relname IN ('reads', 'events', 'texts', 'read_candidates', 'passes') AND c.relnamespace = 'public'::regnamespace
AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
"""


def _drop_indexes(connection: psycopg.Connection[Any]) -> list[str]:
    found = connection.execute(INDEXES).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}".encode())
    return [re.sub(" ON ONLY ", " ON ", made) for _, made in found]


def _copy(url: str, source: Iterable[list[Pass]], begin: float) -> None:
    with ExitStack() as stack:
        into = []
        for table, columns in (
            ("reads", READ_COLUMNS), ("events", EVENT_COLUMNS), ("read_candidates", ("id", "text", "first_seen")),
        ):  # fmt: skip
            connection = stack.enter_context(psycopg.connect(url))
            connection.execute(f"TRUNCATE {table}".encode())  # in the same transaction: then there is no WAL to write
            cursor = stack.enter_context(connection.cursor())
            copy = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
            into.append(stack.enter_context(cursor.copy(copy.encode())))
        for number, some in enumerate(source, 1):
            into[0].write("".join(map(_read_line, some)))
            into[1].write("".join(map(_event_line, some)))
            into[2].write("".join(f"{one.id}\t{one.other}\t{one.first_seen}\n" for one in some if one.other))
            if number % 10 == 0:
                say(f"{number * CHUNK} passes copied", begin)


def _read_line(one: Pass) -> str:
    return (
        f"{one.id}\t{one.first_seen}\t{one.last_seen}\t{one.number}\t1\tlost\t{one.camera}\t{one.site}\t"
        f"{one.zone or chr(92) + 'N'}\t{one.direction}\t{one.region or chr(92) + 'N'}\t{one.confidence}\t"
        f"{one.event_class}\t{one.text}\t{one.type}\t{one.color}\t{one.make}\t\\N\t{one.corrected}\tf\n"
    )


def _event_line(one: Pass) -> str:
    return (
        f"{one.number}\t{one.id}\t1\t{one.camera}\t{one.site}\t{one.zone or chr(92) + 'N'}\t{one.last_seen}\t"
        f"{one.first_seen}\tlost\t{one.event_class}\t{one.region or chr(92) + 'N'}\t{one.confidence}\t{one.text}\t"
        f"{body(one)}\n"
    )


def _texts_postgresql(connection: psycopg.Connection[Any]) -> None:
    """What :func:`skeleton` does, for the plates of the bench."""
    connection.execute(
        "INSERT INTO texts (text, skeleton, reversed) SELECT text, s, reverse(s) FROM (SELECT text,"
        " translate(text, 'OIDQLBSZGA', '0100185264') AS s FROM"
        " (SELECT text FROM reads UNION SELECT text FROM read_candidates) AS words) AS folded"
    )


# -- SQLite -----------------------------------------------------------------------------------------------------------


def load_sqlite(database: Database, source: Iterable[list[Pass]]) -> None:
    """Rows in large transactions; the indexes are kept as they go."""
    begin = perf_counter()
    for number, some in enumerate(source, 1):
        with database.write() as connection:
            driver: Any = connection.connection.driver_connection
            for table, rows in _sqlite_rows(some).items():
                columns = rows[0]
                marks = ", ".join(f":{name}" for name in columns)
                statement = f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})"
                driver.executemany(statement, rows)
        if number % 5 == 0:
            say(f"{number * CHUNK} passes written", begin)
    with database.write() as connection:
        connection.execute(text("ANALYZE"))
    say("analyzed", begin)


def _sqlite_rows(some: list[Pass]) -> Mapping[str, list[dict[str, Any]]]:
    words = sorted({word for one in some for word in (one.text, one.other) if word})
    folded = [(word, skeleton(word)) for word in words]
    return {
        events.name: [_sqlite_event(one) for one in some],
        passes.name: [
            {"id": one.id, "first_seen": _moment(one.first_seen), "revision": 1, "corrections": 0} for one in some
        ],
        reads.name: [_sqlite_read(one) for one in some],
        read_candidates.name: [
            {"id": one.id, "text": one.other, "first_seen": _moment(one.first_seen)} for one in some if one.other
        ],
        texts.name: [{"text": word, "skeleton": bare, "reversed": bare[::-1]} for word, bare in folded],
    }


def _moment(time: str) -> str:
    """As SQLAlchemy keeps times in SQLite."""
    return f"{time[:10]} {time[11:23]}000"


def _sqlite_read(one: Pass) -> dict[str, Any]:
    values = (
        one.id, _moment(one.first_seen), _moment(one.last_seen), one.number, 1, "lost", one.camera, one.site, one.zone,
        one.direction, one.region, one.confidence, one.event_class, one.text, one.type, one.color, one.make, None,
        one.corrected, False,
    )  # fmt: skip
    return dict(zip(READ_COLUMNS, values, strict=True))


def _sqlite_event(one: Pass) -> dict[str, Any]:
    values = (
        one.number, one.id, 1, one.camera, one.site, one.zone, _moment(one.last_seen), _moment(one.first_seen), "lost",
        one.event_class, one.region, one.confidence, one.text, body(one),
    )  # fmt: skip
    return dict(zip(EVENT_COLUMNS, values, strict=True))
