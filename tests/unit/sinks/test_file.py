"""Events in files: whole lines, rotated, synced, taken back when the disk is full."""

from __future__ import annotations

import csv
import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from event_samples import NOON, event
from fakes import FakeClock
from marque.errors import Temporary
from marque.ports import SinkContext
from marque.sinks.file import COLUMNS, Config, FileSink, build
from marque.types import PlateEvent
from marque.wire import from_wire

Open = Callable[..., FileSink]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out" / "plates.jsonl"


@pytest.fixture
def open_sink(path: Path, clock: FakeClock) -> Iterator[Open]:
    made: list[FileSink] = []

    def make(**options: Any) -> FileSink:
        made.append(build(Config(path=path, **options), SinkContext("archive", lambda _: b"", clock)))
        return made[-1]

    yield make
    for sink in made:
        sink.close()


def send(sink: FileSink, *events: PlateEvent) -> None:
    assert sink.send([sink.encode(one) for one in events]) == [None] * len(events)


def lines(path: Path) -> list[PlateEvent]:
    return [from_wire(json.loads(line)) for line in path.read_text().splitlines()]


def test_each_event_is_a_line_that_reads_back(open_sink: Open, path: Path) -> None:
    send(open_sink(), event(1), event(2, "WÜAB12"))
    assert lines(path) == [event(1), event(2, "WÜAB12")]


def test_a_batch_is_on_disk_when_send_returns(open_sink: Open, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda _fd: synced.append(path.stat().st_size))
    send(open_sink(), event(1), event(2))
    assert synced == [path.stat().st_size]


def test_a_file_that_is_there_is_continued(open_sink: Open, path: Path) -> None:
    for number in (1, 2):
        sink = open_sink()
        send(sink, event(number))
        sink.close()
    assert lines(path) == [event(1), event(2)]


def test_a_line_torn_by_a_kill_spoils_no_other(open_sink: Open, path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"schema":"marq')
    send(open_sink(), event(1))
    torn, whole = path.read_text().splitlines()
    assert torn == '{"schema":"marq'
    assert from_wire(json.loads(whole)) == event(1)


def test_a_batch_that_does_not_fit_on_the_disk_is_taken_back(
    open_sink: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = open_sink()
    send(sink, event(1))
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", _full)
        with pytest.raises(Temporary, match="No space left") as refused:
            send(sink, event(2))
        assert refused.value.hint
    send(sink, event(3))
    assert lines(path) == [event(1), event(3)]


def test_a_small_batch_that_does_not_fit_leaves_nothing_behind(path: Path) -> None:
    """``RLIMIT_FSIZE`` makes the write itself fail, as a full disk does; it is the process's own, so a child has it."""
    code = (
        "import resource, signal, sys; from pathlib import Path; from event_samples import event\n"
        "from fakes import FakeClock; from marque.ports import SinkContext\n"
        "from marque.errors import Temporary; from marque.sinks.file import Config, build\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "sink = build(Config(path=Path(sys.argv[1])), SinkContext('archive', lambda _: b'', FakeClock()))\n"
        "def send(n): sink.send([sink.encode(event(n))])\n"
        "send(1); room = Path(sys.argv[1]).stat().st_size + 100\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))\n"
        "try: send(2)\n"
        "except Temporary: pass\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "send(3); sink.close()"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code, path], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert lines(path) == [event(1), event(3)]


def _full(_fd: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_folder_where_the_file_should_be_is_told(open_sink: Open, path: Path) -> None:
    path.mkdir(parents=True)
    for act in (open_sink().check, lambda: send(open_sink(), event(1))):
        with pytest.raises(Temporary, match="plates"):
            act()


def test_a_file_is_rotated_before_it_grows_too_large(open_sink: Open, path: Path, clock: FakeClock) -> None:
    sink = open_sink(max_mb=0.003)
    for number in range(4):
        clock.advance(1)
        send(sink, event(number))
    assert len(list(path.parent.iterdir())) > 1
    assert all(one.stat().st_size <= 3000 for one in path.parent.iterdir())
    everything = [one for file in sorted(path.parent.iterdir()) for one in lines(file)]
    assert sorted(everything, key=lambda one: one.id) == [event(number) for number in range(4)]


def test_a_day_has_a_file_of_its_own(open_sink: Open, path: Path, clock: FakeClock) -> None:
    sink = open_sink(rotate="day")
    send(sink, event(1))
    clock.advance(12 * 3600)
    send(sink, event(2))
    send(sink, event(3))
    assert lines(path) == [event(2), event(3)]
    assert lines(path.with_name("plates-20260505T000000.250000Z.jsonl")) == [event(1)]


def test_a_day_that_ended_while_nothing_ran_is_noticed(open_sink: Open, path: Path, clock: FakeClock) -> None:
    first = open_sink(rotate="day")
    send(first, event(1))
    first.close()
    os.utime(path, (NOON.timestamp() - 86400,) * 2)
    clock.advance(60)
    send(open_sink(rotate="day"), event(2))
    assert lines(path) == [event(2)]


def test_only_so_many_rotated_files_are_kept(open_sink: Open, path: Path, clock: FakeClock) -> None:
    sink = open_sink(max_mb=0.0001, keep=2)
    for number in range(6):
        clock.advance(1)
        send(sink, event(number))
    assert len(list(path.parent.iterdir())) == 3


def test_rotated_files_of_a_neighbour_are_left_alone(open_sink: Open, path: Path, clock: FakeClock) -> None:
    path.parent.mkdir()
    neighbours = [path.with_name(f"plates-north-2026050{day}T000000.000000Z.jsonl") for day in (1, 2, 3)]
    for one in neighbours:
        one.touch()
    sink = open_sink(max_mb=0.0001, keep=1)
    for number in range(3):
        clock.advance(1)
        send(sink, event(number))
    assert all(one.exists() for one in neighbours)


def test_csv_has_one_header_and_a_row_per_event(open_sink: Open, path: Path) -> None:
    for one in (event(1, images={"frame": "ab", "plate": "cd"}), event(2, None)):
        sink = open_sink(format="csv")
        send(sink, one)
        sink.close()
    with path.open(newline="") as file:
        first, unread = csv.DictReader(file)
    assert tuple(first) == COLUMNS
    assert (first["text"], first["region"], first["frame"], first["plate"]) == ("AB12CDE", "gb", "ab", "cd")
    assert first["time"] == "2026-05-04T12:00:01.250000Z"
    assert (unread["text"], unread["confidence"], unread["camera"]) == ("", "", "gate")
