"""How busy one camera is: frames a second, how old they are once they were seen, what was dropped."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from statistics import median
from threading import Lock

WINDOW = 10.0
"""seconds over which frames are counted"""
MOST = 4096
"""frames remembered at most: more than any camera gives in that time"""
LATENCIES = 100
"""frames whose latency counts"""


class Rate:
    """How often something happened lately. One thread counts, any may ask."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=MOST)
        self._lock = Lock()

    def count(self, now: float) -> None:
        """It happened, at ``now`` of a monotonic clock."""
        with self._lock:
            self._times.append(now)

    def per_second(self, now: float) -> float:
        """Over the last WINDOW seconds, or since it happened first."""
        with self._lock:
            times = [time for time in self._times if time > now - WINDOW]
            begun = self._times[0] if self._times else now
        return len(times) / min(WINDOW, max(1.0, now - begun))


class Meter:
    """One camera's: ``given`` counts the source's frames, ``taken`` those that were seen."""

    def __init__(self) -> None:
        self.given, self.taken = Rate(), Rate()
        self._drops: Counter[str] = Counter()
        self._latencies: deque[float] = deque(maxlen=LATENCIES)
        self._lock = Lock()

    def drop(self, reason: str) -> None:
        """A frame was not seen, because of ``reason``."""
        with self._lock:
            self._drops[reason] += 1

    def saw(self, seconds: float) -> None:
        """A live frame was seen and told of, so long after it was taken."""
        with self._lock:
            self._latencies.append(seconds)

    @property
    def drops(self) -> Mapping[str, int]:
        """Reason -> frames."""
        with self._lock:
            return dict(self._drops)

    @property
    def latency_ms(self) -> float | None:
        """Median of the last frames; None where there is none."""
        with self._lock:
            return 1e3 * median(self._latencies) if self._latencies else None
