"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, settings

from marque.store import SqlStore, open_store
from servers import postgres_server

_numbers = itertools.count(1)

# A busy machine is no mistake of the code.
settings.register_profile("marque", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("marque")


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Commands set up logs for their process; the next test starts with the defaults again."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a running PostgreSQL."""
    with postgres_server() as url:
        yield url


@contextmanager
def a_database(postgres: str, name: str, made_of: str = "") -> Iterator[str]:
    with psycopg.connect(postgres, autocommit=True) as connection:
        if connection.info.server_version >= 150_000:
            made_of += " STRATEGY file_copy"  # older ones know no other, which is the quickest
        connection.execute(f"CREATE DATABASE {name} {made_of}".encode())
        yield postgres.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> Iterator[str]:
    """Name of a database with its tables: to copy it takes a seventh of the time that making them takes."""
    with a_database(postgres, "made") as url:
        open_store(url).close()
        yield "made"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for SQLite, as a file."""
    path = tmp_path_factory.mktemp("made") / "marque.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def postgres_url(postgres: str, postgres_template: str) -> Iterator[str]:
    """URL of an empty event log of this test's own."""
    with a_database(postgres, f"test_{next(_numbers)}", f"TEMPLATE {postgres_template}") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty event log, once per database we speak."""
    if request.param == "sqlite":
        file = tmp_path / "log" / "marque.db"
        file.parent.mkdir()
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        return f"sqlite:///{file}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without a table, once per database we speak."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/log/marque.db"
        return
    with a_database(request.getfixturevalue("postgres"), f"test_{next(_numbers)}") as url:
        yield url


@pytest.fixture
def open_log() -> Iterator[Callable[[str], SqlStore]]:
    """``open_store`` whose stores are closed after the test."""
    opened: list[SqlStore] = []

    def open_one(url: str) -> SqlStore:
        opened.append(open_store(url))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def store(store_url: str, open_log: Callable[[str], SqlStore]) -> SqlStore:
    """An empty event log, once per database we speak."""
    return open_log(store_url)
