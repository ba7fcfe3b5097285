"""Who looks at a page, and what they may do there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from anyio import to_thread
from fastapi.requests import HTTPConnection

from marque.access.gate import Credentials
from marque.access.scopes import demand
from marque.types import Principal
from marque.web.services import Services

COOKIE = "marque_session"
P = ParamSpec("P")
Out = TypeVar("Out")


@dataclass(frozen=True)
class Visitor:
    """Somebody at a page. ``principal`` is who they were when it was built; every act asks again (:meth:`act`)."""

    services: Services
    principal: Principal
    credentials: Credentials

    @classmethod
    def of(cls, services: Services, connection: HTTPConnection) -> Visitor:
        """Raises Unauthenticated."""
        credentials = credentials_of(connection)
        return cls(services, services.gate.identify(credentials), credentials)

    def may(self, scope: str) -> bool:
        """Whether to offer it; the service decides."""
        return scope in self.principal.scopes

    async def act(self, scope: str, does: Callable[[Principal], Out]) -> Out:
        """Call a service in a thread with the rights that the visitor has now. Raises what it raises, Unauthenticated
        when the session has ended meanwhile, Forbidden without ``scope``."""
        return await to_thread.run_sync(self._act, scope, does)

    def _act(self, scope: str, does: Callable[[Principal], Out]) -> Out:
        principal = self.services.gate.identify(self.credentials)
        if scope:
            demand(principal, scope)
        return does(principal)


def credentials_of(connection: HTTPConnection) -> Credentials:
    """What a page's request, or its socket's, says of itself: a page is for people, so no key."""
    address = connection.client.host if connection.client else ""
    return Credentials(address=address, session=connection.cookies.get(COOKIE))
