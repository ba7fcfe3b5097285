"""Who asks, and whether a route lets them. Every route declares what it needs: ``requires(scope)``, ``signed_in``
(anybody who is known) or ``public``; a test walks the routes.

::

    def search(principal: Annotated[Principal, requires("reads:search")]) -> ...
    @router.get("/health", dependencies=[public])
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Security
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import APIKey, APIKeyIn, HTTPBearer
from fastapi.openapi.models import SecurityBase as Scheme
from fastapi.requests import HTTPConnection
from fastapi.security.base import SecurityBase

from marque.access.gate import Credentials, Gate
from marque.access.scopes import SCOPES, demand
from marque.api.guard import SAFE
from marque.errors import AccessError
from marque.types import Principal

COOKIE = "marque_session"
CSRF = "X-CSRF-Token"


class Way(SecurityBase):
    """A way to say who one is, for the OpenAPI document only: FastAPI's own know no WebSockets."""

    def __init__(self, name: str, scheme: Scheme) -> None:
        self.scheme_name, self.model = name, scheme

    async def __call__(self) -> None:
        """``identify`` looks at the request."""


KEY = Way("key", HTTPBearer(description="An API key; the header `X-API-Key` will do as well."))
SESSION = Way(
    "session",
    APIKey.model_validate(
        {"in": APIKeyIn.cookie, "name": COOKIE, "description": f"From a sign-in; to change something also `{CSRF}`."}
    ),
)


@dataclass(frozen=True)
class Requires:
    """A dependency that gives the Principal, or raises Unauthenticated or Forbidden. An empty scope: anybody known."""

    scope: str

    async def __call__(
        self,
        connection: HTTPConnection,
        _key: Annotated[None, Security(KEY)],
        _session: Annotated[None, Security(SESSION)],
    ) -> Principal:
        closed = connection.app.state.parts.gate.closed  # an open one asks no store
        principal = await to_thread.run_sync(identify, connection) if closed else identify(connection)
        if self.scope:
            demand(principal, self.scope)
        return principal


@dataclass(frozen=True)
class Public:
    """A dependency that lets everybody through, on purpose."""

    async def __call__(self) -> None:
        """Nothing is asked."""


def requires(scope: str) -> Any:
    """The dependency that gives the Principal who has this scope."""
    if scope not in SCOPES:
        raise ValueError(f"there is no scope {scope!r}")
    return Security(Requires(scope), scopes=[scope])


signed_in = Depends(Requires(""))
public = Depends(Public())
Known = Annotated[Principal, signed_in]


def identify(connection: HTTPConnection) -> Principal:
    """Who this request comes from. Raises Unauthenticated, or Forbidden without the CSRF token."""
    gate: Gate = connection.app.state.parts.gate
    return gate.identify(credentials(connection))


def holder(connection: HTTPConnection, scope: str) -> Principal | None:
    """Who asks, if they are known and have this scope; for what is public in part."""
    try:
        principal = identify(connection)
        demand(principal, scope)
    except AccessError:
        return None
    return principal


def credentials(connection: HTTPConnection) -> Credentials:
    """What the request says of itself."""
    return Credentials(
        address=connection.client.host if connection.client else "",
        key=_key(connection),
        session=connection.cookies.get(COOKIE),
        csrf=connection.headers.get(CSRF),
        # a WebSocket is opened with GET, and Guard has seen that it comes from a page of ours
        safe=connection.scope.get("method", "GET") in SAFE,
    )


def _key(connection: HTTPConnection) -> str | None:
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else connection.headers.get("x-api-key")


def declared(dependant: Dependant) -> Iterator[Requires | Public]:
    """What a route declares, through however many dependencies."""
    if isinstance(dependant.call, Requires | Public):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from declared(inner)
