"""Who a request comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from marque.access.scopes import everything
from marque.types import Principal


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request says of itself. ``safe``: it changes nothing, so a session needs no CSRF token."""

    address: str = ""
    key: str | None = None
    session: str | None = None
    csrf: str | None = None
    safe: bool = True


class Gate(Protocol):
    """Knows who asks. Raises Unauthenticated, or Forbidden where the CSRF token is missing."""

    def identify(self, credentials: Credentials) -> Principal: ...


class OpenGate:
    """Without authentication everybody who reaches the server is at this machine, and may do everything."""

    def identify(self, credentials: Credentials) -> Principal:
        return everything("local", credentials.address)
