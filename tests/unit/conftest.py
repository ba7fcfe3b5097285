"""The desk over a database of its own, with a clock that is told what time it is and hashes that are quickly made."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from fakes import FakeClock
from marque.access.desk import Desk, open_desk
from marque.access.passwords import Passwords
from marque.access.scopes import everything
from marque.config import AccessSettings
from marque.store import SqlStore
from marque.store.audit import AuditQuery
from marque.types import Principal

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
Told = Callable[[], list[tuple[str, str, str]]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(open_log: Callable[[str], SqlStore], sqlite_template: Path, tmp_path: Path, clock: FakeClock) -> Desk:
    shutil.copy(sqlite_template, tmp_path)
    store = open_log(f"sqlite:///{tmp_path}/marque.db")
    return open_desk(store.database, AccessSettings(), clock, Passwords(hasher=QUICK))


@pytest.fixture
def root() -> Principal:
    """Somebody at this machine."""
    return everything("command line")


@pytest.fixture
def told(desk: Desk) -> Told:
    """Who did what to whom, oldest first."""
    return lambda: [(e.principal, e.action, e.target) for e in reversed(desk.trail.page(AuditQuery(limit=1000)))]
