"""The dashboard of one server: NiceGUI's pages over this server's services, behind its sign-in."""

from __future__ import annotations

import secrets
from contextlib import AbstractAsyncContextManager
from typing import Any

from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from marque.errors import AccessError
from marque.web.frame import PAGES
from marque.web.keeper import ask, kept
from marque.web.services import KEY, Services
from marque.web.shell import FILES
from marque.web.visitor import credentials_of

ASSETS, SOCKET = "/_nicegui/", "/_nicegui_ws/"
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""scripts run from files of ours, or with the nonce of this very answer; no text is ever evaluated as one"""


class Dashboard:
    """An ASGI application for the paths that it :meth:`serves`."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def serves(self, scope: Scope) -> bool:
        """Whether this is one of the dashboard's addresses."""
        path = scope["path"]
        own = (ASSETS, SOCKET, FILES + "/")
        return path.startswith(own) or path == "/favicon.ico" or any(page.match(path) for page in PAGES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[KEY] = self._services
        if scope["path"].startswith(SOCKET) and not await self._known(scope):
            await _refuse(scope, receive, send)
        elif scope["type"] == "http":
            await ask(scope, receive, Nonced(send))
        else:
            await ask(scope, receive, send)

    async def _known(self, scope: Scope) -> bool:
        """A page is built for whoever may see it; its socket, which carries the rest, asks for itself."""
        try:
            await to_thread.run_sync(self._services.gate.identify, credentials_of(HTTPConnection(scope)))
        except AccessError:
            return False
        return True

    def lifespan(self, _app: Any) -> AbstractAsyncContextManager[None]:
        """NiceGUI runs while the server does."""
        return kept()


class Nonced:
    """Sends a page with a nonce on each of its scripts and the policy that names it; anything else as it is."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if MutableHeaders(scope=message).get("x-nicegui-content") == "page":
                self._start = message
                return
        elif self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._whole(self._start)
            return
        await self._send(message)

    async def _whole(self, start: Message) -> None:
        nonce = secrets.token_urlsafe(16)
        # NiceGUI escapes `<` in all data, so a script tag in its page is one of its own.
        body = self._body.replace(b"<script", f'<script nonce="{nonce}"'.encode())
        headers = MutableHeaders(scope=start)
        headers["Content-Length"] = str(len(body))
        headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
        headers["Cache-Control"] = "no-store"
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await PlainTextResponse("Sign in first.", 401)(scope, receive, send)
