"""Many threads write in one transaction, and each is told of its own row."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from threading import Event

import pytest

from marque.errors import StoreError
from marque.store.together import Together
from waiting import until


class Slow:
    """A table whose first insert lasts until it is let go, and that will not have the row ``bad``."""

    def __init__(self) -> None:
        self.begun, self.go = Event(), Event()
        self.written: list[list[str]] = []

    def insert(self, rows: Sequence[str]) -> None:
        self.begun.set()
        assert self.go.wait(10)
        if "bad" in rows:
            raise StoreError("this row cannot be kept")
        self.written.append(list(rows))


def written_beside_one(table: Slow, rows: Sequence[str]) -> list[BaseException | None]:
    """Write one, and the rows while it is being written; what each of these was told."""
    together = Together(table.insert)
    with ThreadPoolExecutor(len(rows) + 1) as pool:
        first = pool.submit(together.write, "first")
        assert table.begun.wait(10)
        others = [pool.submit(together.write, row) for row in rows]
        until(lambda: len(together._queued) == len(rows))
        table.go.set()
        assert first.exception(10) is None
        return [one.exception(10) for one in others]


def test_whoever_comes_during_a_write_is_written_with_the_next() -> None:
    table = Slow()
    assert written_beside_one(table, ["a", "b", "c"]) == [None, None, None]
    assert table.written[0] == ["first"]
    assert [sorted(rows) for rows in table.written[1:]] == [["a", "b", "c"]]


def test_a_row_that_cannot_be_kept_harms_no_other() -> None:
    table = Slow()
    told = written_beside_one(table, ["a", "bad", "c"])
    assert [str(error) if error else "" for error in told] == ["", "this row cannot be kept", ""]
    assert sorted(chain.from_iterable(table.written)) == ["a", "c", "first"]


def test_one_alone_is_told_at_once() -> None:
    table = Slow()
    table.go.set()
    with pytest.raises(StoreError, match="this row cannot be kept"):
        Together(table.insert).write("bad")
