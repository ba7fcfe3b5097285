"""The doorbell: tells live listeners that the log grew. It may be missed, because every listener catches up from the
log."""

from __future__ import annotations

from threading import Condition


class Bell:
    """Rung by the log after every append; safe to use from any number of threads."""

    def __init__(self) -> None:
        self._rung = Condition()
        self._latest = 0

    @property
    def latest(self) -> int:
        """The newest cursor it was rung for."""
        return self._latest

    def ring(self, cursor: int = 0) -> None:
        """The log has reached ``cursor``; without one, only wake everybody who waits."""
        with self._rung:
            self._latest = max(self._latest, cursor)
            self._rung.notify_all()

    def wait(self, after: int, timeout: float) -> bool:
        """Wait until it is rung, at most ``timeout`` seconds; whether the log is known to have passed ``after``."""
        with self._rung:
            if self._latest <= after:
                self._rung.wait(timeout)
            return self._latest > after
