"""What holds for every answer: who may be asked for, and what a browser may do with it."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from marque.api.problems import problem

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
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

        if scope["type"] == "http" and not self._known(Headers(scope=scope).get("host", "")):
            answer = problem(
                421, "This server is not known by that name; see server.allowed_hosts in the configuration."
            )
            await answer(scope, receive, guarded)
        else:
            await self.app(scope, receive, guarded)

    def _known(self, host: str) -> bool:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        return self.hosts is None or name.lower() in self.hosts
