"""Databases as Marque 0.1.0 left them: its tables in SQL, and rows as it wrote them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, make_url, text

NOON = datetime(2026, 5, 4, 12, 0, 0, 250_000, tzinfo=UTC)

SQLITE = (
    "CREATE TABLE events (cursor INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,"
    " revision INTEGER NOT NULL, camera TEXT NOT NULL, time DATETIME NOT NULL, kind TEXT NOT NULL, class TEXT NOT NULL,"
    " region TEXT, confidence FLOAT, text TEXT, skeleton TEXT, body JSON NOT NULL,"
    " CONSTRAINT events_id_revision UNIQUE (id, revision))",
    "CREATE TABLE pictures (cursor INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (cursor, digest),"
    " FOREIGN KEY(cursor) REFERENCES events (cursor) ON DELETE CASCADE)",
    "CREATE TABLE deliveries (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, cursor INTEGER NOT NULL,"
    " sink TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, created DATETIME NOT NULL,"
    " due DATETIME NOT NULL, expires DATETIME, settled DATETIME, answer TEXT NOT NULL,"
    " CONSTRAINT deliveries_cursor_sink UNIQUE (cursor, sink),"
    " FOREIGN KEY(cursor) REFERENCES events (cursor) ON DELETE CASCADE)",
)
POSTGRESQL = (
    "CREATE TABLE events (cursor BIGSERIAL NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL,"
    " camera TEXT NOT NULL, time TIMESTAMP WITH TIME ZONE NOT NULL, kind TEXT NOT NULL, class TEXT NOT NULL,"
    ' region TEXT, confidence FLOAT, text TEXT COLLATE "C", skeleton TEXT COLLATE "C", body JSONB NOT NULL,'
    " PRIMARY KEY (cursor), CONSTRAINT events_id_revision UNIQUE (id, revision))",
    "CREATE TABLE pictures (cursor BIGINT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (cursor, digest),"
    " FOREIGN KEY(cursor) REFERENCES events (cursor) ON DELETE CASCADE)",
    "CREATE TABLE deliveries (id BIGSERIAL NOT NULL, cursor BIGINT NOT NULL, sink TEXT NOT NULL,"
    " state TEXT NOT NULL, attempts INTEGER NOT NULL, created TIMESTAMP WITH TIME ZONE NOT NULL,"
    " due TIMESTAMP WITH TIME ZONE NOT NULL, expires TIMESTAMP WITH TIME ZONE, settled TIMESTAMP WITH TIME ZONE,"
    " answer TEXT NOT NULL, PRIMARY KEY (id), CONSTRAINT deliveries_cursor_sink UNIQUE (cursor, sink),"
    " FOREIGN KEY(cursor) REFERENCES events (cursor) ON DELETE CASCADE)",
)
COMMON = (
    "CREATE INDEX events_camera_cursor ON events (camera, cursor)",
    "CREATE INDEX events_time ON events (time)",
    "CREATE INDEX events_text ON events (text)",
    "CREATE INDEX pictures_digest ON pictures (digest)",
    "CREATE INDEX deliveries_owed ON deliveries (sink, due, id) WHERE state = 'pending'",
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
    " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))",
    "INSERT INTO alembic_version (version_num) VALUES ('0001')",
)
EVENT = (
    "INSERT INTO events (id, revision, camera, time, kind, class, region, confidence, text, skeleton, body) VALUES"
    " (:id, :revision, :camera, :time, :kind, :class, :region, :confidence, :text, :skeleton, :body)"
)
PICTURE = "INSERT INTO pictures (cursor, digest) VALUES (:cursor, :digest)"
DELIVERY = (
    "INSERT INTO deliveries (cursor, sink, state, attempts, created, due, expires, settled, answer) VALUES"
    " (:cursor, :sink, :state, 0, :due, :due, NULL, NULL, '')"
)


def wire(number: int, plate: str | None = "AB12CDE", /, **changes: Any) -> dict[str, Any]:
    """An event as 0.1.0 told it."""
    time = NOON + timedelta(seconds=number)
    return {
        "schema": "marque.event/1",
        "id": f"0196a1b2-0000-7000-8000-{number:012d}",
        "revision": 1,
        "kind": "new",
        "class": "normal",
        "reason": None,
        "site": "yard",
        "camera": "gate",
        "zone": None,
        "direction": "approaching",
        "parked": False,
        "time": _utc(time),
        "first_seen": _utc(time - timedelta(seconds=1)),
        "last_seen": _utc(time),
        "timezone": "Europe/London",
        "plate": plate and _plate(plate),
        "changes": {},
        "images": {},
        "models": {"detector": "marque-1", "recognizer": "marque-1"},
        "track": 7,
        "best_shot": 41,
        "frame_size": [1280, 720],
        **changes,
    }


def _plate(plate: str) -> dict[str, Any]:
    return {
        "text": plate,
        "raw": plate,
        "display": plate,
        "confidence": 0.94,
        "characters": [{"char": char, "confidence": 0.97, "alternatives": []} for char in plate],
        "candidates": [
            {"text": plate, "confidence": 0.84, "display": plate, "region": "gb", "format": "gb-current"},
            {"text": f"{plate}8", "confidence": 0.13, "display": f"{plate}8", "region": None, "format": None},
            {"text": f"{plate}9", "confidence": 0.01, "display": f"{plate}9", "region": None, "format": None},
        ],
        "region": {"code": "gb", "confidence": 0.88},
        "format": "gb-current",
        "readings": 5,
        "box": [412.0, 300.5, 520.0, 332.0],
        "quad": [[412.0, 301.0], [519.5, 300.5], [520.0, 331.0], [412.5, 332.0]],
        "detection_confidence": 0.91,
    }


def _utc(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


def build(url: str, bodies: Iterable[Mapping[str, Any]], owed: Sequence[str] = (), swept: int = 0) -> None:
    """A database of 0.1.0 that holds these events, each owed to every sink of ``owed``; ``swept``: so many more were
    in it and are gone."""
    if make_url(url).get_backend_name() == "sqlite":
        Path(str(make_url(url).database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg") if "postgresql" in url else url)
    with engine.begin() as connection:
        for statement in (*(SQLITE if engine.name == "sqlite" else POSTGRESQL), *COMMON):
            connection.execute(text(statement))
        for body in bodies:
            _insert(connection, body, owed)
        for number in range(swept):
            _insert(connection, wire(900_000 + number), owed)
        for table, key in (("deliveries", "cursor"), ("events", "cursor")):
            connection.execute(
                text(f"DELETE FROM {table} WHERE {key} IN (SELECT cursor FROM events ORDER BY cursor DESC LIMIT :n)"),
                {"n": swept},
            )
    engine.dispose()


def _insert(connection: Connection, body: Mapping[str, Any], owed: Sequence[str]) -> None:
    plate = body["plate"] or {}
    time = datetime.fromisoformat(body["time"])
    sqlite = connection.dialect.name == "sqlite"
    row = {name: body[name] for name in ("id", "revision", "camera", "kind", "class")} | {
        "time": _stored(time, sqlite),
        "region": plate.get("region", {}).get("code"),
        "confidence": plate.get("confidence"),
        "text": plate.get("text"),
        "skeleton": plate.get("text"),
        "body": json.dumps(body),
    }
    cursor = connection.scalar(text(f"{EVENT} RETURNING cursor"), row)
    for digest in set(body["images"].values()):
        connection.execute(text(PICTURE), {"cursor": cursor, "digest": digest})
    for sink in owed:
        due = _stored(time, sqlite)
        connection.execute(text(DELIVERY), {"cursor": cursor, "sink": sink, "state": "pending", "due": due})


def _stored(time: datetime, sqlite: bool) -> str | datetime:
    return time.strftime("%Y-%m-%d %H:%M:%S.%f") if sqlite else time
