"""Appends per second, each event with two deliveries, on SQLite and PostgreSQL, one by one and in batches.

Both databases sync every commit to disk, as they do in service.
"""

from __future__ import annotations

import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

import report  # noqa: E402
from event_samples import NOON, event  # noqa: E402
from marque.ports import NewDelivery  # noqa: E402
from marque.store import SqlStore, open_store  # noqa: E402
from marque.types import PlateEvent  # noqa: E402
from servers import postgres_server  # noqa: E402

SECONDS = 5.0
BATCH = 100
OWED = (NewDelivery("web", NOON), NewDelivery("archive", NOON))


def events() -> Iterator[PlateEvent]:
    """Passes without end, none like another."""
    while True:
        yield event(id=str(uuid.uuid4()))


def appends(store: SqlStore, size: int) -> dict[str, Any]:
    """Append batches of ``size`` for some seconds."""
    source, times = events(), []
    end = perf_counter() + SECONDS
    while perf_counter() < end:
        batch: Sequence[tuple[PlateEvent, Sequence[NewDelivery]]] = [(next(source), OWED) for _ in range(size)]
        start = perf_counter()
        store.append_many(batch)
        times.append(perf_counter() - start)
    rate = size * len(times) / sum(times)
    return {"batch": size, "appends_per_s": round(rate, 1), "ms": report.spread([1000 * one for one in times])}


def measure(url: str) -> list[dict[str, Any]]:
    store = open_store(url)
    try:
        return [appends(store, size) for size in (1, BATCH)]
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
