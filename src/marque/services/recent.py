"""What was known a moment ago."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

from marque.ports import Clock

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Values by key, each for ``lasts`` seconds from when it was put. What weighs more than ``most`` together loses its
    oldest. For any number of threads."""

    def __init__(self, clock: Clock, lasts: float, most: int) -> None:
        self._clock, self._lasts, self._most, self._lock = clock, lasts, most, Lock()
        self._kept: OrderedDict[Key, tuple[float, int, Value]] = OrderedDict()
        self._weight = 0

    def get(self, key: Key) -> Value | None:
        """The value, None when there is none any more."""
        with self._lock:
            since, _, value = self._kept.get(key, (None, 0, None))
        return None if since is None or self._clock.monotonic() - since >= self._lasts else value

    def put(self, key: Key, value: Value, weight: int = 1) -> None:
        """Keep a value, from now on."""
        with self._lock:
            self._forget(key)
            self._kept[key] = (self._clock.monotonic(), weight, value)
            self._weight += weight
            while self._weight > self._most:
                self._forget(next(iter(self._kept)))

    def _forget(self, key: Key) -> None:
        _, weight, _ = self._kept.pop(key, (0.0, 0, None))
        self._weight -= weight
