"""How the clients behave: who they say they are, and how patient they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from marque.client.calls import Call

TIMEOUT = 30.0
"""seconds without a byte"""
PAGE = 100
"""rows of a page"""
BUSY = frozenset({429, 502, 503, 504})
"""refusals that end by themselves"""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""seconds between tries; the server's own Retry-After goes before, up to the longest"""


class Manner:
    """One client's address, key and session."""

    def __init__(self, url: str, key: str | None, retries: int) -> None:
        self.url = url.rstrip("/")
        self._key, self._retries = key, retries
        self._csrf = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}

    def signed_in(self, session: Mapping[str, Any]) -> None:
        self._csrf = str(session.get("csrf_token", ""))

    def proof(self, call: Call[Any]) -> dict[str, str]:
        """What a browser's session needs to change something."""
        return {"X-CSRF-Token": self._csrf} if self._csrf and call.method != "GET" else {}

    def pauses(self, call: Call[Any]) -> Iterator[float]:
        """Seconds to wait before each further try; none for what must not be sent twice."""
        for number in range(self._retries if call.again else 0):
            yield min(FIRST_PAUSE * 2**number, LONGEST_PAUSE)


def patience(answer: httpx.Response, pause: float) -> float:
    """Seconds to wait after this refusal: what the server asks for, else ``pause``."""
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_PAUSE) if asked.isdigit() else pause
