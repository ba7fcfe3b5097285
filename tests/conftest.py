"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import structlog

from marque.store import SqlStore, open_store
from servers import postgres_server

_numbers = itertools.count(1)


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


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """URL of an empty database of this test's own."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield postgres.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty event log, once per database we speak."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/log/marque.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


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
