"""The API over a real store, with a day of reads in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from event_samples import event, plate
from fakes import FakeClock
from marque.access.audit import Audit
from marque.access.gate import Credentials
from marque.access.scopes import ALL
from marque.api import Parts, create_app
from marque.app import analytics_of, archive_of
from marque.events.bell import Bell
from marque.events.log import EventLog
from marque.services.corrections import Corrections
from marque.store import SqlStore
from marque.store.audit import AuditQuery, AuditTable
from marque.store.blobs import open_blobs
from marque.telemetry import Telemetry
from marque.types import (
    EVERYTHING,
    Attribute,
    AuditEntry,
    Direction,
    EventClass,
    EventKind,
    PlateEvent,
    Principal,
    RegionScore,
    Vehicle,
    Within,
)


class Somebody:
    """A gate that knows everybody as one person, who can be given fewer rights."""

    def __init__(self) -> None:
        self.scopes, self.within, self.closed = ALL, EVERYTHING, True

    def identify(self, credentials: Credentials) -> Principal:
        return Principal("anna", "user", self.scopes, self.within, credentials.address)


class Served:
    """A server's store and what is asked of it."""

    def __init__(self, store: SqlStore, folder: Path) -> None:
        self.store, self.blobs = store, open_blobs(f"file://{folder}/blobs")
        self.clock = FakeClock()
        self.log = EventLog(store, self.blobs, [], [], Bell(), self.clock, Telemetry())
        self.trail = AuditTable(store.database)
        self.anna = Somebody()
        audit = Audit(self.trail, self.clock)
        kept = archive_of(store, self.blobs, audit, self.clock)
        self.parts = Parts(
            store=store,
            blobs=self.blobs,
            bell=Bell(),
            clock=self.clock,
            health=dict,
            metrics=bytes,
            archive=kept,
            analytics=analytics_of(store, audit, self.clock),
            corrections=Corrections(kept.reads, self.log, audit, self.clock),
            gate=self.anna,
            hosts=None,
        )

    def keep(self, happened: PlateEvent, pictures: bool = True) -> None:
        shown = {"plate": f"plate {happened.id}".encode(), "frame": b"street"} if pictures else {}
        assert self.log.append(happened, shown) is not None

    def audit(self, action: str) -> list[AuditEntry]:
        return self.trail.page(AuditQuery(action=action))

    def limit(self, *without: str, cameras: frozenset[str] | None = None) -> None:
        """Take scopes away from anna, or let her see these cameras only."""
        self.anna.scopes, self.anna.within = ALL - set(without), Within(cameras=cameras)


@contextmanager
def asking(served: Served) -> Iterator[TestClient]:
    with TestClient(create_app(served.parts), raise_server_exceptions=False) as client:
        yield client


def some_reads() -> list[PlateEvent]:
    """Five passes, one of them in two revisions; each says something that the others do not."""
    red = Vehicle(type=Attribute("car", 0.9), color=Attribute("red", 0.8), make=Attribute("Toyota", 0.7))
    van = Vehicle(type=Attribute("van", 0.9), color=Attribute("white", 0.8))
    first = event(1, "8BC123", vehicle=red)
    return [
        first,
        replace(first, revision=2, kind=EventKind.LOST, last_seen=first.last_seen + timedelta(seconds=5)),
        event(2, "AB12CDE", camera="yard", zone="drive", vehicle=van, direction=Direction.RECEDING),
        event(3, "XYZ789", read=plate("XYZ789", region=RegionScore("us-ca", 0.9), confidence=0.5)),
        event(4, "C0", event_class=EventClass.QUARANTINE, reason="too_short", site="north"),
        event(5, None, kind=EventKind.LOST, camera="yard"),
    ]


def plates(answer: dict[str, Any], rows: str = "reads") -> list[str | None]:
    return [row["event"]["plate"] and row["event"]["plate"]["text"] for row in answer[rows]]
