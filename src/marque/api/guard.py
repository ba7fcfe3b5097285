"""What holds for every answer: who may be asked for, and what a browser may do with it."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from marque.api.problems import problem

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = "default-src 'none'; frame-ancestors 'none'"


class Guard:
    """Refuses foreign ``Host`` names: without this any web page could point a name of its own at the loopback address
    and read plates through the visitor's browser. Adds the headers that keep answers from being run or framed."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", POLICY)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
            await send(message)

        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        await (refusal or self.app)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers = Headers(scope=scope)
        if not self._known(headers.get("host", "")):
            return problem(421, "This server is not known by that name; see server.allowed_hosts in the configuration.")
        # a browser lets any page send a form, or open a WebSocket, to anywhere, and adds the cookies of there
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE
        if changes and not self._own(headers.get("origin"), headers.get("host", "")):
            return problem(403, "This is for pages of this server; another program sends no Origin.")
        return None

    def _known(self, host: str) -> bool:
        return self.hosts is None or _apart(host)[0] in self.hosts

    def _own(self, origin: str | None, host: str) -> bool:
        """Whether a page of this server asks, or a program that is no browser. A proxy may leave the port out of
        ``Host``, or put a name of its own there; then the page's has to be one of the allowed hosts."""
        if origin is None:
            return True
        (page, page_port), (name, port) = _apart(origin.partition("://")[2]), _apart(host)
        return (page == name and port in ("", page_port)) or page in (self.hosts or frozenset()) - LOOPBACK


def _apart(host: str) -> tuple[str, str]:
    """Name and port; the port may be missing."""
    name, _, port = host.lower().rpartition(":")
    return (name, port) if port.isdigit() else (host.lower(), "")
