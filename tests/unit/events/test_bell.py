"""The doorbell wakes who waits, and may be missed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from marque.events.bell import Bell


def test_who_comes_late_does_not_wait() -> None:
    bell = Bell()
    bell.ring(5)
    assert bell.wait(after=4, timeout=0)
    assert not bell.wait(after=5, timeout=0)


def test_everybody_who_waits_is_woken() -> None:
    bell = Bell()
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(bell.wait, 0, 30.0) for _ in range(3)]
        bell.ring(1)
        assert [one.result() for one in waiting] == [True] * 3


def test_an_older_cursor_never_takes_the_bell_back() -> None:
    bell = Bell()
    bell.ring(7)
    bell.ring(3)
    assert bell.latest == 7
