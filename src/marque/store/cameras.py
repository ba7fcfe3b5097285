"""Cameras that were added through the API, and which cameras somebody stopped."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Table, Text, delete, select

from marque.store.database import Database
from marque.store.tables import Body, Utc, metadata

cameras = Table(
    "cameras",
    metadata,
    Column("id", Text, primary_key=True),
    Column("settings", Body),
    Column("running", Boolean, nullable=False),
    Column("changed", Utc, nullable=False),
    Column("changed_by", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class KeptCamera:
    """``settings``: what it was added with, None for a camera of the configuration file of which only ``running`` is
    kept. Passwords are kept as they were written."""

    id: str
    settings: dict[str, Any] | None
    running: bool
    changed: datetime
    changed_by: str


class CameraRows:
    """Safe to use from any number of threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[KeptCamera]:
        """In the order of their ids."""
        with self._database.read() as connection:
            rows = connection.execute(select(cameras).order_by(cameras.c.id))
            return [KeptCamera(**row._mapping) for row in rows]

    def put(self, *kept: KeptCamera) -> None:
        """Keep these cameras in place of what was kept of them: all, or where that fails none."""
        with self._database.write() as connection:
            for camera in kept:
                connection.execute(delete(cameras).where(cameras.c.id == camera.id))
                connection.execute(cameras.insert().values(asdict(camera)))

    def remove(self, camera: str) -> None:
        """Forget the camera; nothing happens when it is not there."""
        with self._database.write() as connection:
            connection.execute(delete(cameras).where(cameras.c.id == camera))
