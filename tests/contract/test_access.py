"""Users, keys, sessions and the audit trail are kept alike on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from argon2 import PasswordHasher

from event_samples import NOON
from fakes import FakeClock
from marque.access.audit import Audit
from marque.access.desk import Desk, open_desk
from marque.access.passwords import Passwords
from marque.access.scopes import Role, everything
from marque.config import AccessSettings
from marque.errors import Unacceptable
from marque.store import SqlStore
from marque.store.audit import AuditQuery, AuditTable
from marque.types import AuditEntry, Within

ROOT = everything("command line")
ENTRY = AuditEntry(NOON, "anna", "user", "203.0.113.7", "plate searched", "AB12CDE", {"match": "fuzzy"}, 3)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(store: SqlStore, clock: FakeClock) -> Desk:
    quick = Passwords(hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return open_desk(store.database, AccessSettings(), clock, quick)


def test_users_keys_and_sessions_come_back_as_they_were_put(desk: Desk, clock: FakeClock) -> None:
    everywhere, nowhere = Within(), Within(cameras=frozenset(), sites=frozenset({"north"}))
    for name, within in (("anna", everywhere), ("bert", nowhere)):
        user, password = desk.users.add(ROOT, name, Role.OPERATOR, within)
        assert desk.users.one(ROOT, name) == user
        assert desk.sessions.identify(desk.sessions.sign_in(name, password, "").token, "").within == within
        key, text = desk.keys.add(ROOT, name, scopes=["reads:view"], within=within, expires=NOON + timedelta(days=1))
        assert desk.keys.identify(text, "").within == within
        assert [replace(one, used=None) for one in desk.keys.all(ROOT) if one.name == name] == [key]
    clock.advance(9 * 3600)
    assert desk.sweep() == 2


def test_two_admins_that_resign_at_once_do_not_both_go(desk: Desk) -> None:
    for name in ("anna", "bert"):
        desk.users.add(ROOT, name, Role.ADMIN)
    start = Barrier(2)
    refused: list[str] = []

    def resign(name: str) -> None:
        start.wait(10)
        try:
            desk.users.change(ROOT, name, role=Role.VIEWER)
        except Unacceptable as error:
            refused.append(str(error))

    threads = [Thread(target=resign, args=(name,)) for name in ("anna", "bert")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert refused == ["this is the last admin who can sign in"]
    assert sorted(user.role for user in desk.users.all(ROOT)) == ["admin", "viewer"]


def test_two_first_starts_at_once_make_one_admin(desk: Desk) -> None:
    start = Barrier(2)
    made: list[str | None] = []

    def begin() -> None:
        start.wait(10)
        made.append(desk.users.add_first())

    threads = [Thread(target=begin) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(password is not None for password in made) == 1


def test_an_entry_of_the_trail_comes_back_as_it_was_written(desk: Desk) -> None:
    desk.trail.add(ENTRY)
    (kept,) = desk.trail.page(AuditQuery())
    assert replace(kept, id=0) == ENTRY


@pytest.mark.parametrize(
    "query",
    [
        AuditQuery(principal="anna"),
        AuditQuery(action="plate searched"),
        AuditQuery(target="AB12CDE"),
        AuditQuery(address="203.0.113.7"),
        AuditQuery(since=NOON, until=NOON + timedelta(seconds=1)),
        AuditQuery(before=2),
        AuditQuery(before=3, limit=2),
    ],
)
def test_the_trail_is_filtered_newest_first(desk: Desk, query: AuditQuery) -> None:
    desk.trail.add(ENTRY)
    other = AuditEntry(NOON + timedelta(seconds=1), "bert", "key", "::1", "picture viewed", "x")
    desk.trail.add(other)
    found = [entry.principal for entry in desk.trail.page(query)]
    assert found == (["bert", "anna"] if query.before == 3 else ["anna"])


def test_the_trail_forgets_only_what_is_older_than_it_is_kept(desk: Desk, clock: FakeClock) -> None:
    for number in range(3):
        desk.trail.add(replace(ENTRY, at=NOON + timedelta(days=number)))
    clock.advance((365 + 1.5) * 86400)
    desk.sweep()
    assert [entry.at for entry in desk.trail.page(AuditQuery())] == [NOON + timedelta(days=2)]


def test_nothing_of_ours_changes_a_row_of_the_trail() -> None:
    public = {name for kind in (Audit, AuditTable) for name in vars(kind) if not name.startswith("_")}
    assert public == {"record", "add", "page", "sweep"}
