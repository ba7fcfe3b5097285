"""Who looks at what: looking on is written down once, and not picture by picture."""

from __future__ import annotations

from threading import Lock

from marque.access.audit import Audit
from marque.ports import Clock
from marque.types import Principal

LASTS = 600.0
"""seconds that one look lasts"""
MOST = 10_000
"""looks remembered at a time"""


class Looks:
    """A page shows a camera by asking for its picture again and again; that is one look of somebody's."""

    def __init__(self, audit: Audit, clock: Clock) -> None:
        self._audit, self._clock, self._lock = audit, clock, Lock()
        self._since: dict[tuple[str, str, str, str], float] = {}

    def note(self, principal: Principal, camera: str) -> None:
        """Write down ``camera looked at``, unless the same look goes on. Raises StoreError."""
        now, key = self._clock.monotonic(), (principal.kind, principal.name, principal.address, camera)
        if now - self._since.get(key, -LASTS) < LASTS:
            return
        self._audit.record(principal, "camera looked at", camera)
        with self._lock:
            self._since.pop(key, None)
            self._since[key] = now
            while len(self._since) > MOST:
                del self._since[next(iter(self._since))]
