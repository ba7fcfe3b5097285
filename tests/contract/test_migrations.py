"""The database comes to what the code expects by itself, from any earlier version, and never goes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import make_url, text

from marque.errors import MissingExtra, StorageFull, StoreError
from marque.store import SqlStore, open_store
from marque.store.dialects import Dialect, dialect_of, store_error
from marque.store.tables import metadata


@pytest.fixture
def dialect(store_url: str) -> Dialect:
    return dialect_of(make_url(store_url))


def test_the_migrations_make_the_tables_that_the_code_knows(store: SqlStore, store_url: str, dialect: Dialect) -> None:
    engine = dialect.engine(make_url(store_url))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()
    assert store.last_cursor() == 0


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
