"""Months on a real PostgreSQL: made ahead of time, dropped whole when nothing in them is kept or owed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from event_samples import event, plate
from marque.ports import NewDelivery, Settlement
from marque.queries import EventQuery
from marque.store import SqlStore
from marque.store.blobs import open_blobs
from marque.store.partitions import Month, Partitions
from marque.store.retention import sweep
from marque.types import Candidate, DeliveryState, PlateEvent

pytestmark = pytest.mark.system

THIS = Month.of(datetime.now(UTC))
TABLES = ("events", "reads", "read_candidates", "passes", "texts", "deliveries", "pictures")


@pytest.fixture
def store(postgres_url: str, open_log: Callable[[str], SqlStore]) -> SqlStore:
    return open_log(postgres_url)


def after(months: int, days: float = 10) -> datetime:
    """A day of a month that is so many after this one."""
    return Month(THIS.number + months).start + timedelta(days=days)


def seen(
    number: int, first: datetime, text: str = "AB12CDE", told: datetime | None = None, revision: int = 1
) -> PlateEvent:
    """A pass that begins at ``first`` and is told of at ``told``."""
    read = plate(text, candidates=(Candidate(text, 0.8), Candidate(f"{text}{number}", 0.1)))
    images = {"plate": f"{number:064x}"}
    one = event(number, read=read, time=told or first, first_seen=first, last_seen=told or first, images=images)
    return replace(one, revision=revision)


def fill(store: SqlStore, times: Sequence[datetime], *sinks: str) -> None:
    """One pass at each time, owed to these sinks."""
    owed = [NewDelivery(sink, times[0]) for sink in sinks]
    store.append_many([(seen(number, time, f"T{number}"), owed) for number, time in enumerate(times)])


def settle(store: SqlStore, sink: str) -> None:
    claimed = store.claim(sink, 100, 60, after(24))
    store.settle([Settlement(one.id, DeliveryState.DELIVERED) for one in claimed], after(24))


def counts(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        return {name: ask(connection, f"SELECT count(*) FROM {name}")[0][0] for name in TABLES}


def ask(connection: psycopg.Connection[tuple[object, ...]], query: str) -> list[tuple[int, ...]]:
    return connection.execute(query.encode()).fetchall()  # type: ignore[return-value]


def homes(url: str, table: str = "events") -> list[str]:
    """Which table each row lies in."""
    with psycopg.connect(url) as connection:
        query = f"SELECT tableoid::regclass::text FROM {table} ORDER BY first_seen"
        return [str(row[0]) for row in ask(connection, query)]


def months(store: SqlStore) -> list[int]:
    """The months that have tables, counted from this one."""
    return [month.number - THIS.number for month in Partitions(store.database).months()]


def test_months_are_made_ahead(store: SqlStore, postgres_url: str) -> None:
    assert months(store) == [0, 1, 2]
    store.prepare(after(2))
    assert months(store) == [0, 1, 2, 3, 4]
    fill(store, [after(0), after(3), after(4)])
    names = [Month(THIS.number + month).name for month in (0, 3, 4)]
    for table in ("events", "reads", "read_candidates"):
        assert homes(postgres_url, table) == [f"{table}_{name}" for name in names]


def test_a_clock_that_is_wrong_loses_no_event(store: SqlStore, postgres_url: str) -> None:
    fill(store, [datetime(1971, 1, 1, tzinfo=UTC), after(3), datetime(2199, 1, 1, tzinfo=UTC)])
    assert homes(postgres_url) == ["events_early", "events_late", "events_late"]
    store.prepare(after(1))
    late = f"events_{Month(THIS.number + 3).name}"
    assert homes(postgres_url) == ["events_early", late, "events_late"], "its month has come"
    assert len(store.events(EventQuery())) == 3
    assert store.append(seen(1, after(3), revision=1), []) is None, "still known"


def test_an_old_month_goes_whole_with_all_that_tells_of_it(store: SqlStore, postgres_url: str) -> None:
    fill(store, [after(0, day) for day in range(5)] + [after(1)], "web")
    settle(store, "web")
    assert store.sweep(after(1, 0)) == 5
    assert months(store) == [1, 2]
    assert counts(postgres_url) == dict.fromkeys(TABLES, 1) | {"texts": 2}
    assert [one.event.first_seen for one in store.events(EventQuery())] == [after(1)]


def test_what_comes_late_of_a_month_that_is_gone_is_kept(store: SqlStore, postgres_url: str) -> None:
    fill(store, [after(0)])
    store.sweep(after(1, 0))
    fill(store, [after(0)])
    assert homes(postgres_url) == ["events_early"]
    assert store.sweep(after(1, 0)) == 1
    assert set(counts(postgres_url).values()) == {0}


def test_a_month_of_which_something_is_owed_stays_until_it_is_settled(store: SqlStore) -> None:
    fill(store, [after(0, 1)])
    store.append(seen(9, after(0, 2)), [NewDelivery("web", after(0)), NewDelivery("gone", after(0))])
    assert store.sweep(after(2), {"web"}) == 1, "only what is not owed"
    assert months(store)[0] == 0
    settle(store, "web")
    assert store.sweep(after(2), {"web"}) == 1
    assert months(store)[0] == 2
    assert store.pending() == {}


def test_a_month_stays_while_a_vehicle_that_came_in_it_is_told_of(store: SqlStore) -> None:
    fill(store, [after(0)])
    store.append(seen(9, after(0)), [])
    store.append(seen(9, after(0), told=after(2), revision=2), [])
    assert store.sweep(after(1)) == 2
    assert months(store)[0] == 0
    assert [one.event.revision for one in store.events(EventQuery())] == [2]
    assert store.append(seen(9, after(0), revision=2), []) is None


@pytest.mark.parametrize("cleaned", [0, 1])
def test_a_sweep_that_was_killed_is_finished_by_the_next(
    store: SqlStore, postgres_url: str, monkeypatch: pytest.MonkeyPatch, cleaned: int
) -> None:
    monkeypatch.setattr("marque.store.partitions.CHUNK", 2)
    fill(store, [after(0, day) for day in range(5)], "web")
    settle(store, "web")
    dying = Partitions(store.database)
    assert dying._detach_oldest(after(1, 0), None) == 5
    for _ in range(cleaned):
        dying._clean_some(THIS, 0)
    assert counts(postgres_url)["deliveries"] == 5 - 2 * cleaned
    fill(store, [after(0)])
    assert store.sweep(after(1, 0)) == 1
    assert set(counts(postgres_url).values()) == {0}
    assert months(store) == [1, 2]


def test_the_sweeper_does_it_all(store: SqlStore, tmp_path: Path) -> None:
    fill(store, [after(0), after(1)])
    blobs = open_blobs(f"file://{tmp_path}/blobs")
    assert sweep(store, blobs, timedelta(days=15), after(1, 20)).events == 1
    assert months(store) == [1, 2, 3]
