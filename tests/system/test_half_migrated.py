"""``kill -9`` in the middle of a migration: the next start finds the database as it was, and migrates it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.context import ForkServerContext

import pytest
from sqlalchemy import make_url, text

import first_schema
import migrate_child
from event_samples import NOON, event
from marque.ports import NewDelivery
from marque.queries import EventQuery
from marque.store import SqlStore
from marque.store.dialects import dialect_of
from marque.wire import from_wire

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

INSTANTS = (8, 16, 24, 32, 40, None)
"""statements after which a process dies; None: before the commit"""
BODIES = [first_schema.wire(number, f"AB{number}CDE", images={"plate": f"{number:064x}"}) for number in range(300)]


@pytest.fixture
def store_url(bare_url: str) -> str:
    """Here the tables are made by the tests."""
    return bare_url


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> ForkServerContext:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["migrate_child", "psycopg"])
    return context


def version(url: str) -> str | None:
    parsed = make_url(url)
    engine = dialect_of(parsed).engine(parsed)
    with engine.connect() as connection:
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    engine.dispose()
    return found


def test_a_half_done_upgrade_completes_on_the_next_start(
    store_url: str, processes: ForkServerContext, open_log: Callable[[str], SqlStore]
) -> None:
    first_schema.build(store_url, BODIES, owed=["web"], swept=2)
    for instant in INSTANTS:
        child = processes.Process(target=migrate_child.migrate, args=(store_url, instant), daemon=True)
        child.start()
        child.join(60)
        assert child.exitcode == -signal.SIGKILL
        assert version(store_url) == "0001"
    store = open_log(store_url)
    stored = store.events(EventQuery(newest_first=False, limit=1000))
    assert [one.event for one in stored] == [from_wire(body) for body in BODIES]
    assert store.pending() == {"web": len(BODIES)}
    assert store.append(event(1000), [NewDelivery("web", NOON)]) == len(BODIES) + 3
    assert version(store_url) != "0001"
