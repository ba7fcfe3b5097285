"""The tail of the log: read once for all, and nothing queued for anybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from event_samples import event
from marque.errors import StoreError
from marque.queries import EventQuery
from marque.services.live import PAGE, Batch, Tail, TooSlow, follow
from marque.types import StoredEvent


class Log:
    """A log in memory that counts how often it is asked."""

    def __init__(self) -> None:
        self.entries: list[StoredEvent] = []
        self.asked = 0
        self.broken = False

    def grow(self, count: int) -> None:
        start = len(self.entries)
        self.entries += [StoredEvent(n, event(n)) for n in range(start + 1, start + count + 1)]

    def events(self, query: EventQuery) -> list[StoredEvent]:
        self.asked += 1
        if self.broken:
            raise StoreError("the database is gone")
        return self.entries[query.after or 0 :][: query.limit]

    def last_cursor(self) -> int:
        return len(self.entries)

    def wait(self, after: int, timeout: float) -> bool:
        del timeout
        return len(self.entries) > after


@pytest.fixture
def log() -> Log:
    return Log()


def tail_of(log: Log, keep: int = 1000) -> Tail:
    fake: Any = log
    return Tail(fake, fake, keep)


async def until(batches: AsyncGenerator[Batch], cursor: int) -> list[int]:
    found: list[int] = []
    async for batch in batches:
        found += [entry.stored.cursor for entry in batch.entries]
        if batch.cursor >= cursor:
            return found
    raise AssertionError("it ended")


def test_the_log_is_read_once_however_many_listen(log: Log) -> None:
    async def twenty() -> list[list[int]]:
        tail = tail_of(log)
        listeners = [follow(tail, EventQuery(), 0, 0.01) for _ in range(20)]
        for one in listeners:  # each catches up
            await anext(one)
        await asyncio.sleep(0.1)
        log.asked = 0
        log.grow(PAGE)
        heard = await asyncio.gather(*(until(one, PAGE) for one in listeners))
        for one in listeners:
            await one.aclose()
        return heard

    assert asyncio.run(twenty()) == [list(range(1, PAGE + 1))] * 20
    assert log.asked < 20


def test_a_listener_catches_up_from_any_cursor_without_a_gap(log: Log) -> None:
    log.grow(5 * PAGE + 7)

    async def one() -> list[int]:
        listener = follow(tail_of(log), EventQuery(), 3, 0.01)
        found = await until(listener, 5 * PAGE + 7)
        log.grow(10)
        found += await until(listener, 5 * PAGE + 17)
        await listener.aclose()
        return found

    assert asyncio.run(one()) == list(range(4, 5 * PAGE + 18))


def test_a_listener_that_falls_behind_is_told_how_far(log: Log) -> None:
    async def slow() -> None:
        tail = tail_of(log, keep=300)
        quick, sleepy = (follow(tail, EventQuery(), 0, 0.01) for _ in range(2))
        await asyncio.sleep(0)
        for listener in (quick, sleepy):
            for _ in range(20):  # caught up, and live
                await anext(listener)
        log.grow(3 * PAGE)
        await until(quick, 3 * PAGE)
        try:
            await until(sleepy, 3 * PAGE)
        finally:
            await quick.aclose()

    with pytest.raises(TooSlow, match=f"{3 * PAGE} entries behind"):
        asyncio.run(slow())


def test_the_tail_holds_no_more_than_it_should(log: Log) -> None:
    async def long() -> int:
        tail = tail_of(log, keep=300)
        listener = follow(tail, EventQuery(), 0, 0.01)
        most = 0
        for _ in range(20):
            log.grow(PAGE)
            await until(listener, log.last_cursor())
            most = max(most, len(tail._entries))
        await listener.aclose()
        return most

    assert asyncio.run(long()) <= 300 + PAGE


def test_the_tail_rests_when_nobody_listens(log: Log) -> None:
    async def briefly() -> int:
        tail = tail_of(log)
        listener = follow(tail, EventQuery(), 0, 0.01)
        await until(listener, 0)
        await listener.aclose()
        await asyncio.sleep(0.2)
        asked = log.asked
        await asyncio.sleep(0.2)
        return log.asked - asked

    assert asyncio.run(briefly()) == 0


def test_a_log_that_fails_ends_its_listeners_and_serves_the_next(log: Log) -> None:
    async def both() -> list[int]:
        tail = tail_of(log)
        first = follow(tail, EventQuery(), 0, 0.01)
        await until(first, 0)
        await asyncio.sleep(0.05)
        log.broken = True
        with pytest.raises(StoreError):
            await until(first, 1)
        log.broken = False
        log.grow(3)
        second = follow(tail, EventQuery(), 0, 0.01)
        found = await until(second, 3)
        await second.aclose()
        return found

    assert asyncio.run(both()) == [1, 2, 3]
