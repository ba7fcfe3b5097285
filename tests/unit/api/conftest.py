"""The API over a log in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Condition
from typing import Any

import pytest
from starlette.testclient import TestClient

from archives import Served, some_reads
from event_samples import event
from marque.access.audit import Audit
from marque.api import Parts, create_app
from marque.clock import SystemClock
from marque.errors import NotFound, StoreError
from marque.queries import EventQuery, Facets, FoundRead, ReadPage, ReadQuery, Tally
from marque.services.analytics import Analytics
from marque.services.archive import archive
from marque.services.corrections import Corrections
from marque.services.live import admits
from marque.store import SqlStore
from marque.types import AuditEntry, PlateEvent, StoredEvent


class Memory:
    """Store, blobs and bell in one: what the API needs of them."""

    def __init__(self) -> None:
        self.log: list[StoredEvent] = []
        self.pictures: dict[str, bytes] = {}
        self.rung = Condition()
        self.audit: list[AuditEntry] = []
        self.broken = False
        self.asked: EventQuery | None = None

    def append(self, happened: PlateEvent) -> int:
        with self.rung:
            self.log.append(StoredEvent(len(self.log) + 1, happened))
            self.rung.notify_all()
        return len(self.log)

    def put(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        self.pictures[digest] = data
        return digest

    def events(self, query: EventQuery) -> list[StoredEvent]:
        self.asked = query
        if self.broken:
            raise StoreError("the database is gone", hint="Start it.")
        ranked = query.plate_match in ("fuzzy", "regex")
        wants = admits(replace(query, plate=None) if ranked else query)
        found = [
            s
            for s in self.log
            if (query.after is None or s.cursor > query.after)
            and (query.before is None or s.cursor < query.before)
            and wants(s.event)
        ]
        return (found[::-1] if query.newest_first else found)[: query.limit]

    def revisions(self, event_id: str) -> list[StoredEvent]:
        return [s for s in self.log if s.event.id == event_id]

    def page(self, query: ReadQuery) -> ReadPage:
        return ReadPage(tuple(FoundRead(stored) for stored in self.newest()[: query.limit]))

    def one(self, event_id: str) -> StoredEvent | None:
        return next((stored for stored in self.newest() if stored.event.id == event_id), None)

    def tally(self, query: ReadQuery) -> Tally:
        del query
        return Tally(len(self.newest()))

    def facets(self, query: ReadQuery) -> Facets:
        return Facets({}, self.tally(query))

    def newest(self) -> list[StoredEvent]:
        return list({stored.event.id: stored for stored in self.log}.values())[::-1]

    def add(self, entry: AuditEntry) -> None:
        self.audit.append(entry)

    def last_cursor(self) -> int:
        return len(self.log)

    def open(self, digest: str) -> bytes:
        if digest not in self.pictures:
            raise NotFound("there is no such picture", hint="It may be older than the retention.")
        return self.pictures[digest]

    def wait(self, after: int, timeout: float) -> bool:
        with self.rung:
            return self.rung.wait_for(lambda: len(self.log) > after, timeout)


@pytest.fixture
def served(store: SqlStore, tmp_path: Path) -> Served:
    """A day of reads, once per database."""
    made = Served(store, tmp_path)
    for one in some_reads():
        made.keep(one)
    return made


@pytest.fixture
def memory() -> Memory:
    made = Memory()
    pictures = {"plate": made.put(b"a plate"), "frame": made.put(b"a frame")}
    for number in range(1, 6):
        made.append(event(number, camera="gate" if number % 2 else "yard", images=pictures))
    return made


@pytest.fixture
def parts(memory: Memory) -> Parts:
    fake: Any = memory
    audit = Audit(memory, SystemClock())
    kept = archive(fake, fake, fake, audit, dict, SystemClock())
    return Parts(
        store=fake,
        blobs=fake,
        bell=memory,
        clock=SystemClock(),
        health=lambda: {"status": "ok", "cameras": [], "sinks": [], "store": {"status": "ok"}},
        metrics=lambda: b"marque_frames_total 0\n",
        archive=kept,
        analytics=Analytics(fake, audit, SystemClock()),
        corrections=Corrections(kept.reads, fake, audit, SystemClock()),
        version="1.2.3",
        pages={"/": "<!doctype html><style>p{}</style><script>1</script>" + 600 * " "},
        hosts=frozenset({"localhost"}),
    )


@pytest.fixture
def client(parts: Parts) -> Iterator[TestClient]:
    with TestClient(create_app(parts), base_url="http://localhost", raise_server_exceptions=False) as made:
        yield made
