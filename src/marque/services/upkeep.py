"""What whoever runs Marque wants to know of it: how much is kept and how much room is left, and which networks read."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from marque.config import ReaderSettings, StorageSettings, masked
from marque.queries import ReadQuery, Tally
from marque.services.nets import Nets
from marque.services.reads import ReadService
from marque.store.database import Database
from marque.types import Principal
from marque.vision.models import suited, used

OWN = "marque"
"""the type of our own networks, which come with a card each"""
CARDS = {"detector": "plate-detector", "recognizer": "plate-recognizer", "vehicles": "vehicle-detector"}


@dataclass(frozen=True, slots=True)
class Kept:
    """``bytes``: of the database; ``oldest`` and ``newest``: first seen of the reads that the asker may see; ``free``
    and ``room``: bytes left and bytes in all where database and pictures are written on this machine."""

    database: str
    bytes: int
    reads: Tally
    oldest: datetime | None
    newest: datetime | None
    retention_days: float
    pictures: str
    free: int
    room: int


@dataclass(frozen=True, slots=True)
class Network:
    """One network in use. ``version`` is empty until somebody needs it; ``card`` is Markdown, empty for networks of
    others."""

    kind: str
    type: str
    version: str
    device: str
    precision: str
    options: Mapping[str, Any]
    card: str


class Upkeep:
    """Raises StoreError."""

    def __init__(
        self, database: Database, reads: ReadService, storage: StorageSettings, reader: ReaderSettings, nets: Nets
    ) -> None:
        self._database, self._reads = database, reads
        self._storage, self._reader, self._nets = storage, reader, nets

    def kept(self, who: Principal) -> Kept:
        """How much there is, and how much room for more."""
        with self._database.read() as connection:
            size = self._database.dialect.size(connection)
        disk = shutil.disk_usage(_there(self._storage.folder))
        return Kept(
            database=self._storage.database_url.partition(":")[0].partition("+")[0],
            bytes=size,
            reads=self._reads.tally(who, ReadQuery()),
            oldest=self._end(who, newest=False),
            newest=self._end(who, newest=True),
            retention_days=self._storage.retention_days,
            pictures=self._storage.blobs_url.partition(":")[0],
            free=disk.free,
            room=disk.total,
        )

    def networks(self) -> list[Network]:
        """Detector, recogniser and vehicle finder, as they are configured and as they run."""
        versions, reader = self._nets.versions, self._reader
        all_ = {"detector": reader.detector, "recognizer": reader.recognizer, "vehicles": reader.vehicles}
        return [self._network(kind, options, versions.get(kind, "")) for kind, options in all_.items()]

    def _network(self, kind: str, options: Mapping[str, Any], version: str) -> Network:
        own, asked = options.get("type") == OWN, options.get("precision", "auto")
        return Network(
            kind=kind,
            type=str(options.get("type", "")),
            version=version,
            device=used(self._reader.device),
            precision=(suited(self._reader.device) if asked == "auto" else asked) if own else "",
            options=masked({key: value for key, value in options.items() if key != "type"}),
            card=(files("marque.models") / f"{CARDS[kind]}.card.md").read_text("utf-8") if own else "",
        )

    def _end(self, who: Principal, newest: bool) -> datetime | None:
        page = self._reads.page(who, ReadQuery(limit=1, newest_first=newest))
        return page.reads[0].stored.event.first_seen if page.reads else None


def _there(folder: Path) -> Path:
    """The folder, or the first of those above it that is there."""
    whole = folder.absolute()
    return next(place for place in (whole, *whole.parents) if place.exists())
