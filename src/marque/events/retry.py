"""When to try again: backoff with full jitter for one delivery, a circuit breaker for a whole sink."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from marque.ports import Clock

LONGEST = 86_400.0
"""seconds; no receiver can ask for more patience than a day"""


@dataclass(frozen=True)
class Backoff:
    """Exponential backoff with full jitter: workers that failed together do not come back together
    (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/). ``random`` gives 0 to 1."""

    random: Callable[[], float]
    base: float = 1.0
    cap: float = 3600.0

    def delay(self, failures: int, retry_after: float | None = None) -> float:
        """Seconds to wait after the ``failures``-th failure in a row, never less than the receiver asked for."""
        longest = min(self.cap, self.base * 2.0 ** min(failures - 1, 63))
        return max(min(retry_after or 0.0, LONGEST), self.random() * longest)


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """Pauses a sink that is away, so that rows keep their attempts.

    It opens after ``threshold`` failures with no success between them. A failure is a send that failed as a whole, or
    a *different* delivery that failed: one poisoned event that fails for ever counts once, and never holds up others.
    """

    def __init__(self, clock: Clock, backoff: Backoff, threshold: int = 5) -> None:
        self._clock = clock
        self._backoff = backoff
        self._threshold = threshold
        self.answered()
        self._until = clock.monotonic()

    @property
    def state(self) -> BreakerState:
        """Open: nothing is sent. Half-open: one delivery is tried. Closed: all is sent."""
        if self._failures < self._threshold:
            return BreakerState.CLOSED
        return BreakerState.HALF_OPEN if self.may_send() else BreakerState.OPEN

    @property
    def _failures(self) -> int:
        return self._away + len(self._failed)

    def may_send(self) -> bool:
        """Whether the pause is over."""
        return self._clock.monotonic() >= self._until

    def answered(self) -> None:
        """The receiver took or judged a delivery: it is there."""
        self._away = 0
        self._pauses = 0
        self._failed: set[int] = set()

    def failed(self, deliveries: Iterable[int]) -> None:
        """These deliveries failed, and none in the same send succeeded."""
        self._failed.update(deliveries)
        if self._failures >= self._threshold:
            self._pause(None)

    def away(self, retry_after: float | None) -> None:
        """The sink failed as a whole."""
        self._away += 1
        self._pause(retry_after)

    def _pause(self, retry_after: float | None) -> None:
        self._pauses += 1
        self._until = self._clock.monotonic() + self._backoff.delay(self._pauses, retry_after)
