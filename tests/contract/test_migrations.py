"""The database comes to what the code expects by itself, from any earlier version, and never goes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Table, make_url, select, text

import first_schema
import marque.store
from event_samples import NOON, event
from marque.errors import MissingExtra, StorageFull, StoreError
from marque.ports import NewDelivery
from marque.queries import EventQuery
from marque.store import SqlStore, open_store
from marque.store.dialects import Dialect, dialect_of, store_error
from marque.store.tables import metadata, passes, read_candidates, reads, texts
from marque.wire import from_wire


@pytest.fixture
def store_url(bare_url: str) -> str:
    """Here the tables are made by the tests."""
    return bare_url


@pytest.fixture
def dialect(store_url: str) -> Dialect:
    return dialect_of(make_url(store_url))


def ours(_thing: object, name: str | None, kind: str, _reflected: bool, _counterpart: object) -> bool:
    """All but the partitions of a table, and the trigrams that not every database has."""
    partition = kind == "table" and (name or "").startswith(("events_", "reads_", "read_candidates_"))
    return not partition and not (name or "").startswith("texts_trigrams")


def test_the_migrations_make_the_tables_that_the_code_knows(store: SqlStore, store_url: str, dialect: Dialect) -> None:
    for module in iter_modules(marque.store.__path__, "marque.store."):
        import_module(module.name)  # whichever of them defines tables
    engine = dialect.engine(make_url(store_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
    assert store.last_cursor() == 0


BODIES = [
    first_schema.wire(1, images={"frame": "aa", "plate": "bb"}),
    first_schema.wire(2, "B8C123", **{"class": "quarantine", "reason": "too_short", "zone": "drive"}),
    first_schema.wire(1, "AB12CDF", revision=2, first_seen="2026-05-04T12:00:00Z", images={"frame": "aa"}),
    first_schema.wire(3, None, parked=True),
    first_schema.wire(4, first_seen="1999-12-31T23:59:59.999999Z"),
]


def test_a_database_of_the_first_release_keeps_what_it_held(
    store_url: str, open_log: Callable[[str], SqlStore]
) -> None:
    first_schema.build(store_url, BODIES, owed=["web"], swept=3)
    store = open_log(store_url)
    stored = store.events(EventQuery(newest_first=False))
    assert [one.event for one in stored] == [from_wire(body) for body in BODIES]
    assert [one.cursor for one in stored] == [1, 2, 3, 4, 5]
    assert store.pending() == {"web": 5}
    assert [one.event for one in store.claim("web", 1, 60, NOON + timedelta(hours=1))] == [from_wire(BODIES[0])]
    assert store.referenced(["aa", "bb", "cc"]) == {"aa", "bb"}
    assert [one.event.revision for one in store.revisions(BODIES[0]["id"])] == [1, 2]


def test_a_database_of_the_first_release_goes_on_counting(store_url: str, open_log: Callable[[str], SqlStore]) -> None:
    first_schema.build(store_url, BODIES, owed=["web"], swept=3)
    store = open_log(store_url)
    assert store.append(from_wire(BODIES[2]), []) is None, "a revision that is there already"
    assert store.append(event(9), [NewDelivery("web", NOON)]) == 9
    assert store.deliveries()[0].id == 9


def test_a_database_of_the_first_release_is_indexed_as_if_it_had_been_filled_now(
    store_url: str, tmp_path: Path, open_log: Callable[[str], SqlStore]
) -> None:
    first_schema.build(store_url, BODIES)
    fresh = open_log(f"sqlite:///{tmp_path}/fresh.db")
    fresh.append_many([(from_wire(body), []) for body in BODIES])
    old = open_log(store_url)
    for table in (passes, reads, read_candidates, texts):
        assert rows(old, table) == rows(fresh, table), table.name
    assert len(rows(old, reads)) == 4


def rows(store: SqlStore, table: Table) -> list[dict[str, Any]]:
    """All of a table but its row numbers."""
    columns = [column for column in table.c if column is not texts.c.id]
    with store.database.read() as connection:
        return [dict(row) for row in connection.execute(select(*columns).order_by(columns[0], columns[1])).mappings()]


def test_a_database_of_a_newer_version_is_left_alone(
    store_url: str, dialect: Dialect, open_log: Callable[[str], SqlStore]
) -> None:
    open_log(store_url)
    engine = dialect.engine(make_url(store_url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="migrate") as refused:
        open_log(store_url)
    assert "newer Marque" in refused.value.hint


@pytest.mark.parametrize("url", ["mysql://host/marque", "sqlite://", "sqlite:///:memory:", "no url at all", ""])
def test_what_cannot_hold_a_log_is_refused_with_a_hint(url: str) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(url)
    assert refused.value.hint


def test_a_missing_driver_names_the_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_args: object, **_options: object) -> None:
        raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")

    monkeypatch.setattr("marque.store.dialects.create_engine", missing)
    with pytest.raises(MissingExtra) as refused:
        open_store("postgresql://host/marque")
    assert "marque[postgres]" in refused.value.hint


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(StoreError) as refused:
        open_store("postgresql://marque@/marque?host=/nowhere")
    assert refused.value.hint


def test_postgresql_tells_when_its_disk_is_full() -> None:
    class DiskFull(Exception):
        sqlstate = "53100"

    postgresql = dialect_of(make_url("postgresql://"))
    assert isinstance(store_error(DiskFull("could not extend file"), postgresql), StorageFull)
