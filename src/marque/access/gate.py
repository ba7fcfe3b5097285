"""Who a request comes from."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from typing import Protocol

from marque.access import tokens
from marque.access.keys import Keys
from marque.access.scopes import everything
from marque.access.sessions import Sessions
from marque.errors import Forbidden, Unauthenticated
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
    """Knows who asks. Raises Unauthenticated, or Forbidden where the CSRF token is missing. ``closed``: it asks."""

    closed: bool

    def identify(self, credentials: Credentials) -> Principal: ...


class OpenGate:
    """Without authentication everybody who reaches the server is at this machine, and may do everything."""

    closed = False

    def identify(self, credentials: Credentials) -> Principal:
        return everything("local", credentials.address)


class ClosedGate:
    """Lets in who shows a key, or the session of a sign-in."""

    closed = True

    def __init__(self, sessions: Sessions, keys: Keys) -> None:
        self._sessions, self._keys = sessions, keys

    def identify(self, credentials: Credentials) -> Principal:
        """A key goes before a session: whoever sends one means it."""
        if credentials.key is not None:
            return self._keys.identify(credentials.key, credentials.address)
        if credentials.session is None:
            raise Unauthenticated("this needs a sign-in or an API key", hint="Send `Authorization: Bearer KEY`.")
        principal = self._sessions.identify(credentials.session, credentials.address)
        wanted = tokens.csrf(credentials.session)
        if not credentials.safe and not compare_digest(wanted.encode(), (credentials.csrf or "").encode()):
            raise Forbidden("the CSRF token is missing or wrong", hint="Send that of GET /v1/session as X-CSRF-Token.")
        return principal
