"""What only a real PostgreSQL can show: commit order, other workers, a server that hangs up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from event_samples import NOON, event
from marque.ports import NewDelivery
from marque.queries import EventQuery
from marque.store import SqlStore
from marque.store.appending import append, offer
from marque.types import EventKind

pytestmark = pytest.mark.system


@pytest.fixture
def store(postgres_url: str, open_log: Callable[[str], SqlStore]) -> SqlStore:
    return open_log(postgres_url)


def test_a_cursor_becomes_visible_only_after_all_smaller_ones(store: SqlStore) -> None:
    with ThreadPoolExecutor(1) as pool:
        with store.database.write() as slow:
            (first,) = append(slow, store.database.dialect, offer([(event(1), [])]))
            quick = pool.submit(store.append, event(2), [])
            with pytest.raises(NotYet):
                quick.result(timeout=0.3)
            assert store.events(EventQuery()) == []
        second = quick.result(timeout=30)
    assert first is not None
    assert second is not None
    assert first < second
    assert [one.cursor for one in store.events(EventQuery(newest_first=False))] == [first, second]


def test_a_row_another_worker_is_claiming_is_skipped_not_waited_for(store: SqlStore, postgres_url: str) -> None:
    store.append_many([(event(number), [NewDelivery("web", NOON)]) for number in (1, 2)])
    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT id FROM deliveries ORDER BY id LIMIT 1 FOR UPDATE")
        assert [one.event for one in store.claim("web", 10, 60, NOON)] == [event(2)]


def test_a_server_that_hung_up_is_connected_again(store: SqlStore, postgres_url: str) -> None:
    store.append(event(1), [])
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        while admin.execute(others).fetchone():  # they end in their own time
            pass
    assert store.append(event(2), []) is not None


def test_times_are_timestamps_that_other_programs_can_read(store: SqlStore, postgres_url: str) -> None:
    store.append(event(1, "WÜAB12"), [])
    with psycopg.connect(postgres_url) as other:
        row = other.execute("SELECT time, text, body->'plate'->>'text' FROM events").fetchone()
    assert row == (NOON + timedelta(seconds=1), "WÜAB12", "WÜAB12")


def test_the_query_in_the_docs_finds_what_it_says(store: SqlStore, postgres_url: str) -> None:
    page = (Path(__file__).parents[2] / "docs/howto/keep-events-in-postgresql.md").read_text()
    query = page.split("```sql\n")[1].split("```")[0]
    now = datetime.now(UTC)
    store.append_many([(event(1, kind=EventKind.LOST, time=now), []), (event(2, time=now), [])])
    with psycopg.connect(postgres_url) as other:
        rows = other.execute(query.encode()).fetchall()
    assert rows == [(now, "gate", "AB12CDE", "AB12 CDE")]
