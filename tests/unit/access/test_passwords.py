"""Passwords are kept as hashes, and those that are easily guessed are not taken."""

from __future__ import annotations

import threading
from typing import Literal

import pytest
from argon2 import PasswordHasher

from marque.access import passwords
from marque.access.passwords import Passwords, generate
from marque.errors import Throttled, Unacceptable

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
GOOD = "seven tall birches"


def test_a_password_matches_its_hash_and_no_other_does() -> None:
    kept = Passwords().hash(GOOD)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert GOOD not in kept
    assert Passwords().matches(kept, GOOD)
    assert not Passwords().matches(kept, GOOD + " ")


def test_a_user_that_does_not_exist_has_no_password_but_is_hashed_all_the_same() -> None:
    hashed: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the library's name
            hashed.append(str(hash))
            return super().verify(hash, password)

    store = Passwords(hasher=Counting(time_cost=1, memory_cost=8, parallelism=1))
    assert not store.matches(None, GOOD)
    assert len(hashed) == 1


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "a password has at least 12 characters"),
        ("x" * 257, "a password has at most 256 characters"),
        ("aaaabbbbcccc", "a password has at least 5 different characters"),
        ("i am Anna, truly", "a password does not hold the user's name"),
    ],
)
def test_what_is_easily_guessed_is_not_taken(password: str, why: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        Passwords(hasher=QUICK).hash(password, "anna")
    assert (str(refused.value), refused.value.field) == (why, "password")


def test_a_hash_of_other_costs_is_made_anew() -> None:
    old = Passwords(hasher=QUICK).hash(GOOD)
    better = Passwords().rehash(old, GOOD)
    assert better
    assert Passwords().matches(better, GOOD)
    assert Passwords().rehash(better, GOOD) is None


def test_what_is_no_hash_matches_nothing() -> None:
    assert not Passwords(hasher=QUICK).matches("!", GOOD)


def test_more_than_a_few_at_once_are_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, leave = threading.Event(), threading.Event()

    class Slow(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the library's name
            inside.set()
            leave.wait(10)
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "PATIENCE", 0.01)
    store = Passwords(hasher=Slow(time_cost=1, memory_cost=8, parallelism=1), at_once=1)
    thread = threading.Thread(target=store.matches, args=(None, GOOD))
    thread.start()
    try:
        inside.wait(10)
        with pytest.raises(Throttled, match="too many sign in"):
            store.matches(None, GOOD)
    finally:
        leave.set()
        thread.join()


def test_a_generated_password_will_do_and_is_never_the_same() -> None:
    made = {generate() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        Passwords(hasher=QUICK).hash(password, "admin")
