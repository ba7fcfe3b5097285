"""A disk without room: what was accepted stays, what was not leaves nothing, and all goes on when there is room."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from event_samples import event
from fakes import FakeClock
from marque.config import SinkSettings
from marque.errors import MarqueError, StorageFull, Temporary
from marque.events.bell import Bell
from marque.events.log import EventLog
from marque.ports import SinkContext
from marque.queries import EventQuery
from marque.sinks import file
from marque.store import SqlStore
from marque.store.blobs import open_blobs
from marque.telemetry import Telemetry
from marque.wire import from_wire
from servers import unavailable

pytestmark = pytest.mark.system
ROOM = 400_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 4 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        unavailable(f"cannot mount a small disk: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def fill(disk: Path, leave: int) -> Path:
    """A file that leaves so many bytes free."""
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(free - leave))
    return ballast


def until(failure: type[MarqueError], accept: Callable[[int], object]) -> tuple[int, MarqueError]:
    """Accept 0, 1, 2 ... until it fails; how many were accepted, and the failure."""
    for number in range(10_000):
        try:
            accept(number)
        except failure as error:
            return number, error
    raise AssertionError("the disk is never full")


def test_the_log_accepts_all_or_nothing_of_an_event(disk: Path, open_log: Callable[[str], SqlStore]) -> None:
    store = open_log(f"sqlite:///{disk}/log.db")
    bell, sinks = Bell(), [SinkSettings(name="web", type="webhook"), SinkSettings(name="archive", type="file")]
    log = EventLog(store, open_blobs(f"file://{disk}/blobs"), sinks, [], bell, FakeClock(), Telemetry())
    ballast = fill(disk, ROOM)
    accepted, full = until(StorageFull, lambda n: log.append(event(n), {"plate": f"{n}".encode() * 500}))
    assert full.hint
    assert_holds(store, accepted)
    ballast.unlink()
    log.append(event(9000), {"plate": b"jpeg"})
    assert_holds(store, accepted + 1)


def test_the_database_alone_fills_up_cleanly(disk: Path, open_log: Callable[[str], SqlStore]) -> None:
    store = open_log(f"sqlite:///{disk}/log.db")
    ballast = fill(disk, ROOM)
    accepted, _ = until(StorageFull, lambda n: store.append(event(n), []))
    assert accepted == len(store.events(EventQuery(limit=10_000)))
    ballast.unlink()
    assert store.append(event(9000), []) is not None


def assert_holds(store: SqlStore, accepted: int) -> None:
    stored = store.events(EventQuery(limit=10_000))
    assert len(stored) == accepted
    assert store.pending() == {"web": accepted, "archive": accepted}
    assert all(set(one.event.images) == {"plate"} for one in stored)


def test_a_log_cannot_be_opened_on_a_full_disk_and_says_why(disk: Path, open_log: Callable[[str], SqlStore]) -> None:
    fill(disk, 8192)
    with pytest.raises(StorageFull) as full:
        open_log(f"sqlite:///{disk}/log.db")
    assert full.value.hint


def test_a_file_sink_keeps_whole_lines_and_goes_on(disk: Path) -> None:
    path = disk / "plates.jsonl"
    sink = file.build(file.Config(path=path), SinkContext("archive", lambda _: b"", FakeClock()))
    ballast = fill(disk, ROOM)
    batches, full = until(Temporary, lambda n: sink.send([sink.encode(event(n * 10 + i)) for i in range(10)]))
    assert "No space left" in str(full)
    ballast.unlink()
    sent = batches * 10
    sink.send([sink.encode(event(sent))])
    sink.close()
    ids = [from_wire(json.loads(line)).id for line in path.read_text().splitlines()]
    assert ids == [event(number).id for number in range(sent + 1)]
