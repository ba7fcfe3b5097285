"""Waiting for what other threads and processes bring about."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep

LONGEST = 120.0
"""seconds: a busy machine takes its time"""


def until(condition: Callable[[], object]) -> None:
    """Back when the condition holds; fails where it never does."""
    end = monotonic() + LONGEST
    while not condition():
        assert monotonic() < end, "it never came to be"
        sleep(0.05)
