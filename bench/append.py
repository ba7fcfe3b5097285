"""Appends per second, each event a pass of its own with two deliveries, on SQLite and PostgreSQL: one by one, in
batches, and in batches of two writers at a time.

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
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
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
RUNS = ((1, 1), (100, 1), (100, 2), (500, 2))
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


def write(store: SqlStore, size: int, seed: int) -> list[float]:
    """Append batches for some seconds; the seconds of each. Making the events is no part of it."""
    source, times = events(seed), list[float]()
    end = perf_counter() + SECONDS
    while perf_counter() < end:
        batch: Batch = [(one, OWED) for one in islice(source, size)]
        start = perf_counter()
        store.append_many(batch)
        times.append(perf_counter() - start)
    return times


def appends(store: SqlStore, size: int, writers: int) -> dict[str, Any]:
    making = _cpu_of_making(size)
    cpu, start = _cpu(store), perf_counter()
    with ThreadPoolExecutor(writers) as pool:
        times = [
            t for some in pool.map(lambda _: write(store, size, random.getrandbits(64)), range(writers)) for t in some
        ]
    seconds, count = perf_counter() - start, size * len(times)
    return {
        "batch": size,
        "writers": writers,
        "appends_per_s": round(size * len(times) / (sum(times) if writers == 1 else seconds), 1),
        "cpu_s_per_1000": round(1000 * ((_cpu(store) - cpu) / count - making), 3),
        "ms": report.spread([1000 * one for one in times]),
    }


def _cpu_of_making(size: int) -> float:
    """Seconds that the bench itself computes for each event."""
    start, count = process_time(), 20 * size
    list(islice(events(0), count))
    return (process_time() - start) / count


def _cpu(store: SqlStore) -> float:
    """Seconds that this process and the database's have computed so far."""
    if store.database.dialect.partitioned:
        with store.database.read() as connection:
            ids = "SELECT pid FROM pg_stat_activity WHERE backend_type IN ('client backend', 'walwriter')"
            return process_time() + sum(_cpu_of(pid) for pid in connection.scalars(text(ids)))
    return process_time()


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
    store = open_store(url)
    try:
        runs = [appends(store, *run) for run in RUNS]
        return {"commits_per_s": commits(store), "runs": runs}
    finally:
        store.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        sqlite = measure(f"sqlite:///{folder}/log.db")
    with postgres_server(durable=True) as url:
        postgresql = measure(url)
    report.save("append", {"deliveries": len(OWED), "sqlite": sqlite, "postgresql": postgresql})


if __name__ == "__main__":
    main()
