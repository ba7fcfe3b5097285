"""The API over a log in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from threading import Condition
from typing import Any

import pytest
from starlette.testclient import TestClient

from event_samples import event
from marque.api import Parts, create_app
from marque.clock import SystemClock
from marque.errors import NotFound, StoreError
from marque.queries import EventQuery
from marque.types import PlateEvent, StoredEvent


class Memory:
    """Store, blobs and bell in one: what the API needs of them."""

    def __init__(self) -> None:
        self.log: list[StoredEvent] = []
        self.pictures: dict[str, bytes] = {}
        self.rung = Condition()
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
        found = [
            s
            for s in self.log
            if (query.after is None or s.cursor > query.after)
            and (query.before is None or s.cursor < query.before)
            and (not query.cameras or s.event.camera in query.cameras)
            and (not query.kinds or s.event.kind in query.kinds)
        ]
        return (found[::-1] if query.newest_first else found)[: query.limit]

    def revisions(self, event_id: str) -> list[StoredEvent]:
        return [s for s in self.log if s.event.id == event_id]

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
def memory() -> Memory:
    made = Memory()
    pictures = {"plate": made.put(b"a plate"), "frame": made.put(b"a frame")}
    for number in range(1, 6):
        made.append(event(number, camera="gate" if number % 2 else "yard", images=pictures))
    return made


@pytest.fixture
def parts(memory: Memory) -> Parts:
    fake: Any = memory
    return Parts(
        store=fake,
        blobs=fake,
        bell=memory,
        clock=SystemClock(),
        health=lambda: {"status": "ok", "cameras": [], "sinks": [], "store": {"status": "ok"}},
        metrics=lambda: b"marque_frames_total 0\n",
        version="1.2.3",
        pages={"/": "<!doctype html><style>p{}</style><script>1</script>"},
        hosts=frozenset({"localhost"}),
    )


@pytest.fixture
def client(parts: Parts) -> Iterator[TestClient]:
    with TestClient(create_app(parts), base_url="http://localhost", raise_server_exceptions=False) as made:
        yield made
