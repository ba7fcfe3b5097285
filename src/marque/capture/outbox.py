"""Events on their way to the log. One that the log refuses (a full disk) is offered again, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

import structlog

from marque.capture.visits import Told
from marque.errors import MarqueError
from marque.ports import Clock
from marque.telemetry import Telemetry
from marque.types import PlateEvent

ROOM = 256
"""events kept while the log refuses them; then the oldest are dropped, and counted"""
AGAIN_AFTER = 1.0
"""seconds between two attempts"""

Emit = Callable[[PlateEvent, Mapping[str, bytes]], object]

log = structlog.get_logger(__name__)


class Outbox:
    """Used by one thread."""

    def __init__(self, emit: Emit, clock: Clock, telemetry: Telemetry) -> None:
        self._emit = emit
        self._clock = clock
        self._telemetry = telemetry
        self._waiting: deque[Told] = deque()
        self._refused: float | None = None

    @property
    def empty(self) -> bool:
        return not self._waiting

    def put(self, told: Told) -> None:
        """Queue an event behind those that wait."""
        if len(self._waiting) == ROOM:
            self._waiting.popleft()
            self._telemetry.drops.labels("capture", "log_refused").inc()
        self._waiting.append(told)

    def flush(self, *, now: bool = False) -> None:
        """Hand on what waits, oldest first, until something is refused; ``now``: without the usual pause."""
        if not now and self._refused is not None and self._clock.monotonic() - self._refused < AGAIN_AFTER:
            return
        self._refused = None
        while self._waiting and self._refused is None:
            try:
                self._emit(*self._waiting[0])
                self._waiting.popleft()
            except MarqueError as error:
                self._refused = self._clock.monotonic()
                log.error("the event log refused an event", reason=str(error), hint=error.hint)
