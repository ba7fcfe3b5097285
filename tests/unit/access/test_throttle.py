"""Guessing gets slower and slower; whoever knows the password hardly notices."""

from __future__ import annotations

import pytest

from fakes import FakeClock
from marque.access import throttle
from marque.access.throttle import Throttle, Wait, neighbourhood


def test_the_first_tries_are_free_then_the_wait_doubles_up_to_the_longest() -> None:
    clock = FakeClock()
    tries = Throttle(clock, free=3, longest=10)
    waits: list[float] = []
    for _ in range(8):
        assert tries.begin("anna") == Wait()
        waits.append(tries.begin("anna").seconds if len(waits) >= 2 else 0.0)
        clock.advance(waits[-1])
    assert waits == [0, 0, 1, 2, 4, 8, 10, 10]


def test_tries_at_once_are_as_many() -> None:
    tries = Throttle(FakeClock(), free=3, longest=10)
    assert [tries.begin("anna").seconds > 0 for _ in range(5)] == [False, False, False, True, True]


def test_somebody_else_is_not_held_up() -> None:
    tries = Throttle(FakeClock(), free=1, longest=10)
    tries.begin("anna")
    assert tries.begin("anna").seconds == 1
    assert tries.begin("bert") == Wait()


def test_the_first_to_be_told_of_a_wait_is_marked() -> None:
    clock = FakeClock()
    tries = Throttle(clock, free=1, longest=10)
    tries.begin("anna")
    assert [tries.begin("anna").first for _ in range(3)] == [True, False, False]
    clock.advance(1)
    tries.begin("anna")
    assert tries.begin("anna").first


def test_a_good_try_is_taken_back_or_all_are_forgotten() -> None:
    tries = Throttle(FakeClock(), free=2, longest=10)
    for _ in range(10):
        assert tries.begin("office") == Wait()
        tries.forgive("office")
    tries.begin("anna")
    tries.forget("anna")
    assert tries.begin("anna") == Wait()
    assert tries.begin("anna") == Wait()


def test_a_quiet_hour_forgets() -> None:
    clock = FakeClock()
    tries = Throttle(clock, free=1, longest=10)
    tries.begin("anna")
    clock.advance(throttle.FORGET + 1)
    tries.begin("anna")
    assert tries.begin("anna").seconds == 1


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MOST", 10)
    tries = Throttle(FakeClock(), free=1, longest=10)
    for number in range(100):
        tries.begin(str(number))
    assert tries.begin("99").seconds == 1
    assert tries.begin("3") == Wait()


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_household_counts_as_one(address: str, counted: str) -> None:
    assert neighbourhood(address) == counted
