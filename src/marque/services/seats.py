"""A bounded number of places for something that costs memory or time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from marque.errors import Overloaded


class Seats:
    """``most`` may sit at a time; ``full`` makes the error for those who find no place."""

    def __init__(self, most: int, full: Callable[[], Overloaded]) -> None:
        self._most, self._full = most, full
        self._lock, self._taken = Lock(), 0

    @property
    def free(self) -> int:
        return self._most - self._taken

    @contextmanager
    def one(self) -> Iterator[None]:
        """A seat for as long as the block lasts. Raises Overloaded."""
        with self._lock:
            if self._taken >= self._most:
                raise self._full()
            self._taken += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1
