"""Following a stream for ever: where it was, what it heard, how long to wait before it tries again."""

from __future__ import annotations

import httpx
from httpx_sse import ServerSentEvent, SSEError

from marque.client.answers import STRANGER
from marque.errors import Unreachable
from marque.types import StoredEvent
from marque.wire import from_wire

STREAM = "/v1/stream"
ENDS = (httpx.TransportError,)
"""how a connection ends that may be made again"""
LONGEST = 30.0
"""seconds between two tries"""
KINDS = frozenset({"new", "update", "lost"})


class Follower:
    """The state of one stream over all its connections."""

    def __init__(self, after: int | None) -> None:
        self._cursor = after
        self._failures = 0
        self._retry = 1.0

    @property
    def params(self) -> dict[str, int]:
        return {} if self._cursor is None else {"after": self._cursor}

    @property
    def headers(self) -> dict[str, str]:
        return {} if self._cursor is None else {"Last-Event-ID": str(self._cursor)}

    @property
    def pause(self) -> float:
        """Seconds before the next connection: longer with every one that brought nothing."""
        return min(self._retry * 2**self._failures, LONGEST) if self._failures else 0.0

    def heard(self, message: ServerSentEvent) -> StoredEvent | None:
        """The event that a message holds; None for what only keeps the line open."""
        if message.retry is not None:
            self._retry = max(0.1, message.retry / 1000)
        if message.event not in KINDS:
            return None
        self._failures = 0
        try:
            stored = StoredEvent(int(message.id), from_wire(message.json()))
        except ValueError as error:
            raise Unreachable(f"the stream says what makes no sense: {error}", hint=STRANGER) from error
        self._cursor = stored.cursor
        return stored

    def lost(self, end: Exception) -> None:
        """The connection ended; a stream that is none will not become one."""
        if isinstance(end, SSEError):
            raise Unreachable(f"this is no stream of events: {end}", hint=STRANGER) from end
        self._failures = min(self._failures + 1, 6)
