"""Who looks at a page, and what they may do there."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi.requests import HTTPConnection

from marque.access.gate import Credentials
from marque.types import Principal
from marque.web.services import Services

COOKIE = "marque_session"


@dataclass(frozen=True)
class Visitor:
    """Somebody at a page, as they were when it was built; whatever its view does then, the API asks again."""

    services: Services
    principal: Principal

    @classmethod
    def of(cls, services: Services, connection: HTTPConnection) -> Visitor:
        """Raises Unauthenticated."""
        return cls(services, services.gate.identify(credentials_of(connection)))

    def may(self, scope: str) -> bool:
        """Whether to offer it; the API decides."""
        return scope in self.principal.scopes


def credentials_of(connection: HTTPConnection) -> Credentials:
    """What a page's request, or its socket's, says of itself: a page is for people, so no key."""
    address = connection.client.host if connection.client else ""
    return Credentials(address=address, session=connection.cookies.get(COOKIE))
