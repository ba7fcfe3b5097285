"""Everybody keeps searches of their own, alike on every database."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from fakes import FakeClock
from marque.access.audit import Audit
from marque.access.desk import Desk, open_desk
from marque.access.passwords import Passwords
from marque.access.scopes import ALL, Role, everything
from marque.config import AccessSettings
from marque.errors import Conflict, NotFound
from marque.services.searches import MOST, Searches
from marque.store import SqlStore
from marque.store.audit import AuditTable
from marque.store.searches import SearchRows
from marque.types import Principal

ANNA, BERT, KEY = (Principal(name, kind, ALL) for name, kind in (("anna", "user"), ("bert", "user"), ("anna", "key")))


@pytest.fixture
def searches(store: SqlStore) -> Searches:
    clock = FakeClock()
    return Searches(SearchRows(store.database), Audit(AuditTable(store.database), clock), clock)


def told(searches: Searches, who: Principal) -> list[tuple[str, str]]:
    return [(one.name, one.phrase) for one in searches.all(who)]


def test_a_search_comes_back_as_it_was_saved(searches: Searches) -> None:
    kept = searches.save(ANNA, 'näme <b>"x"', "AB?2* @gate yesterday")
    assert searches.all(ANNA) == [kept]


def test_searches_are_listed_by_name_and_a_name_keeps_its_newest_phrase(searches: Searches) -> None:
    for name, phrase in (("b", "1"), ("a", "2"), ("b", "3")):
        searches.save(ANNA, name, phrase)
    assert told(searches, ANNA) == [("a", "2"), ("b", "3")]


def test_nobody_sees_or_removes_another_ones(searches: Searches) -> None:
    kept = searches.save(ANNA, "mine", "gate")
    for other in (BERT, KEY):
        assert searches.all(other) == []
        with pytest.raises(NotFound, match="you keep no such search"):
            searches.remove(other, kept.id)
    searches.remove(ANNA, kept.id)
    assert searches.all(ANNA) == []


def test_there_are_so_many_and_no_more(searches: Searches) -> None:
    for number in range(MOST):
        searches.save(ANNA, str(number), "gate")
    with pytest.raises(Conflict, match="50 searches are kept already"):
        searches.save(ANNA, "one more", "gate")
    searches.save(ANNA, "0", "one that is there may change")
    searches.save(BERT, "0", "others have their own")
    assert len(searches.all(ANNA)) == MOST


@pytest.fixture
def desk(store: SqlStore) -> Desk:
    quick = Passwords(hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return open_desk(store.database, AccessSettings(), FakeClock(), quick)


def test_a_later_user_of_a_name_does_not_find_the_searches_of_the_one_before(searches: Searches, desk: Desk) -> None:
    root = everything("command line")
    for name in ("root", "anna"):
        desk.users.add(root, name, Role.ADMIN)
    searches.save(ANNA, "mine", "gate")
    searches.save(KEY, "mine", "gate")
    desk.users.remove(root, "anna")
    assert (searches.all(ANNA), len(searches.all(KEY))) == ([], 1)
