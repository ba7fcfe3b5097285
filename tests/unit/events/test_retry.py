"""Waiting: never less than asked, never longer than capped, never in step with others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import FakeClock
from marque.events.retry import LONGEST, Backoff, Breaker, BreakerState


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_the_wait_is_between_nothing_and_the_cap(failures: int, chance: float) -> None:
    assert 0 <= Backoff(lambda: chance, cap=60).delay(failures) <= 60


@pytest.mark.parametrize(("failures", "longest"), [(1, 1), (2, 2), (5, 16), (20, 3600)])
def test_the_longest_wait_doubles_up_to_the_cap(failures: int, longest: float) -> None:
    assert Backoff(lambda: 1.0).delay(failures) == longest
    assert Backoff(lambda: 0.5).delay(failures) == longest / 2


def test_the_receivers_wish_is_kept_up_to_a_day() -> None:
    backoff = Backoff(lambda: 0.0)
    assert backoff.delay(1, 90.0) == 90
    assert backoff.delay(1, 1e9) == LONGEST
    assert backoff.delay(1, -5.0) == 0


def test_a_breaker_counts_a_delivery_that_keeps_failing_once() -> None:
    breaker = Breaker(FakeClock(), Backoff(lambda: 1.0), threshold=3)
    for _ in range(9):
        breaker.failed([1])
    assert breaker.state is BreakerState.CLOSED
    breaker.failed([2, 3])
    assert breaker.state.value == "open"


def test_a_success_forgets_every_failure() -> None:
    clock = FakeClock()
    breaker = Breaker(clock, Backoff(lambda: 1.0), threshold=3)
    breaker.failed([1, 2])
    breaker.answered()
    breaker.failed([3])
    assert breaker.state is BreakerState.CLOSED
    assert breaker.may_send()
