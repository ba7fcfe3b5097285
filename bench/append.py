"""Appends per second, each event a pass of its own with two deliveries, on SQLite and PostgreSQL: one by one, in
batches, and in batches of two writers at a time, each a process of its own as edges and servers are.

Both databases sync every commit to disk, as they do in service. ``cpu_s_per_1000`` is what the writing process and
(on PostgreSQL) the server's processes computed, which tells more than the rate where the machine has other work, too;
``commits_per_s`` is how many of the smallest transactions the same disk syncs in the same minute, one after another.
"""

from __future__ import annotations

import os
import random
import string
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import text

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

import report  # noqa: E402
from event_samples import NOON, event, plate  # noqa: E402
from marque.ports import NewDelivery  # noqa: E402
from marque.store import SqlStore, open_store  # noqa: E402
from marque.types import PlateEvent  # noqa: E402
from servers import postgres_server  # noqa: E402

SECONDS = 5.0
MOST = 40_000
"""events that a writer has ready, at most"""
RUNS = ((1, 1), (100, 1), (500, 1), (200, 2), (500, 2))
"""size of a batch, writers"""
OWED = (NewDelivery("web", NOON), NewDelivery("archive", NOON))
Batch = Sequence[tuple[PlateEvent, Sequence[NewDelivery]]]


def events(seed: int) -> Iterator[PlateEvent]:
    """Passes without end, each with a plate of its own."""
    chance = random.Random(seed)
    while True:
        letters = "".join(chance.choices(string.ascii_uppercase, k=5))
        name = uuid.UUID(int=chance.getrandbits(128), version=4)
        yield event(id=str(name), read=plate(f"{letters[:2]}{chance.randrange(100):02d}{letters[2:]}"))


@dataclass(frozen=True, slots=True)
class Written:
    """What one writer did: the seconds of each batch, from first to last, and what it computed meanwhile."""

    times: list[float]
    seconds: float
    cpu: float


def write(url: str, size: int, seed: int, ready: Barrier) -> Written:
    """Append batches for some seconds. Making the events is no part of it."""
    source, times = events(seed), list[float]()
    batches: list[Batch] = [[(one, OWED) for one in islice(source, size)] for _ in range(MOST // max(size, 8))]
    store = open_store(url)
    ready.wait()
    cpu, begin = process_time(), perf_counter()
    for batch in batches:
        start = perf_counter()
        store.append_many(batch)
        times.append(perf_counter() - start)
        if perf_counter() > begin + SECONDS:
            break
    written = Written(times, perf_counter() - begin, process_time() - cpu)
    ready.wait()
    ready.wait()  # its connection is counted now
    store.close()
    return written


def appends(url: str, size: int, writers: int) -> dict[str, Any]:
    context = get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(writers, context) as pool, closing(open_store(url)) as store:
        ready = manager.Barrier(writers + 1)
        running = [pool.submit(write, url, size, random.getrandbits(64), ready) for _ in range(writers)]
        ready.wait()
        before = _cpu(store)
        ready.wait()
        server = _cpu(store) - before
        ready.wait()
        written = [one.result() for one in running]
    count = size * sum(len(one.times) for one in written)
    return {
        "batch": size,
        "writers": writers,
        "appends_per_s": round(count / max(one.seconds for one in written), 1),
        "cpu_s_per_1000": round(1000 * (server + sum(one.cpu for one in written)) / count, 3),
        "ms": report.spread([1000 * time for one in written for time in one.times]),
    }


def _cpu(store: SqlStore) -> float:
    """Seconds that the database's processes have computed so far; SQLite has none of its own."""
    if store.database.dialect.partitioned:
        with store.database.read() as connection:
            ids = "SELECT pid FROM pg_stat_activity WHERE backend_type IN ('client backend', 'walwriter')"
            return sum(_cpu_of(pid) for pid in connection.scalars(text(ids)))
    return 0.0


def _cpu_of(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def commits(store: SqlStore) -> float:
    """The smallest transactions per second that a disk syncs."""
    with store.database.write() as connection:
        connection.execute(text("CREATE TABLE bench (n INTEGER)"))
    count, start = 0, perf_counter()
    while perf_counter() < start + SECONDS / 2:
        with store.database.write() as connection:
            connection.execute(text("INSERT INTO bench VALUES (1)"))
        count += 1
    return round(count / (perf_counter() - start), 1)


def measure(url: str) -> dict[str, Any]:
    with closing(open_store(url)) as store:
        runs = [appends(url, *run) for run in RUNS]
        return {"commits_per_s": commits(store), "runs": runs}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        sqlite = measure(f"sqlite:///{folder}/log.db")
    with postgres_server(durable=True) as url:
        postgresql = measure(url)
    report.save("append", {"deliveries": len(OWED), "sqlite": sqlite, "postgresql": postgresql})


if __name__ == "__main__":
    main()
