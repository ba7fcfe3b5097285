"""The way to a dashboard, for whoever brings one."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send


class Front(Protocol):
    """An ASGI application for some addresses of the server. ``lifespan`` holds while the server runs."""

    def serves(self, scope: Scope) -> bool: ...
    def lifespan(self, app: Any) -> AbstractAsyncContextManager[None]: ...
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class Fronted:
    """Middleware that hands the front what is its."""

    def __init__(self, app: ASGIApp, front: Front) -> None:
        self.app, self.front = app, front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        theirs = scope["type"] in ("http", "websocket") and self.front.serves(scope)
        await (self.front if theirs else self.app)(scope, receive, send)
