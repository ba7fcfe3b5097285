"""What was known a moment ago is at hand for a moment, and only so much of it."""

from __future__ import annotations

import pytest

from cameras import FakeClock
from marque.services.recent import Recent


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def recent(clock: FakeClock) -> Recent[str, str]:
    return Recent(clock, 60, 10)


def test_it_is_there_for_as_long_as_it_lasts(recent: Recent[str, str], clock: FakeClock) -> None:
    recent.put("a", "one")
    clock.seconds += 59
    assert recent.get("a") == "one"
    clock.seconds += 1
    assert recent.get("a") is None
    recent.put("a", "two")
    assert recent.get("a") == "two"


def test_what_weighs_too_much_loses_its_oldest(recent: Recent[str, str]) -> None:
    for name, weight in (("a", 4), ("b", 4), ("c", 4)):
        recent.put(name, name, weight)
    assert [recent.get(name) for name in "abc"] == [None, "b", "c"]


def test_the_same_key_weighs_once(recent: Recent[str, str]) -> None:
    recent.put("a", "old", 6)
    recent.put("b", "b", 4)
    recent.put("a", "new", 6)
    assert [recent.get(name) for name in "ab"] == ["new", "b"]


def test_what_is_too_heavy_alone_is_not_kept(recent: Recent[str, str]) -> None:
    recent.put("a", "huge", 11)
    assert recent.get("a") is None
