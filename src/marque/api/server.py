"""The HTTP server in a thread of its own."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Sequence
from threading import Event, Thread

import uvicorn
from anyio import to_thread
from fastapi import FastAPI

from marque.errors import MarqueError

GRACE = 3
"""seconds that open answers get to end"""
MOST = 256
"""connections at a time; further ones are answered with 503"""
WORKERS = 12
"""requests that are worked on at a time"""
TURN = 0.0005
"""seconds that a thread keeps the interpreter while others want it. With Python's own 0.005 whoever hands in events
waits behind every busy request for each statement that it runs: bench/concurrency.py then writes a third as many"""
SAID = 65536
"""bytes of a message that somebody sends over a WebSocket: what a page tells of a click, or a form"""
STUCK = 60_000
"""milliseconds after which the system cuts a connection whose other end takes nothing"""


class Uvicorn(uvicorn.Server):
    """With a bound on the requests that are worked on at a time; further ones wait, and streams do not count."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        to_thread.current_default_thread_limiter().total_tokens = WORKERS
        await super().startup(sockets)


class Server:
    """Listens from ``start`` to ``stop``. ``closing`` is set first thing on stop, so that endless streams end.
    ``proxies``: addresses that are believed where a request came from, and whether TLS was used on the way."""

    def __init__(self, app: FastAPI, host: str, port: int, closing: Event, proxies: Sequence[str] = ()) -> None:
        self.app, self.host, self.port, self.closing = app, host, port, closing
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
            loop="asyncio",
            http="h11",
            ws="websockets-sansio",
            ws_max_size=SAID,
            ws_per_message_deflate=False,
            limit_concurrency=MOST,
            timeout_graceful_shutdown=GRACE,
        )
        self.server = Uvicorn(config)
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        self.thread: Thread | None = None

    @property
    def url(self) -> str:
        """Where a browser finds it; the port is the real one once it was started."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        return f"http://{host}:{self.port}"

    def start(self) -> None:
        """Open the port and serve. Raises MarqueError when the port is taken."""
        listener = self._listen()
        self.port = listener.getsockname()[1]
        sys.setswitchinterval(TURN)
        self.thread = Thread(target=self.server.run, args=([listener],), name="server", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """End streams and answers, close the port."""
        self.closing.set()
        self.server.should_exit = True
        if self.thread is not None:
            self.thread.join(GRACE + 2)

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            listener = socket.create_server((self.host, self.port), family=family, backlog=128)
            # Every accepted connection inherits both. asyncio would set this one itself on sockets that name their
            # protocol; without it the end of each answer waits 40 ms for the other side's word on its beginning.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STUCK)
            return listener
        except OSError as error:
            reason = f"{self.host}:{self.port} cannot be listened at: {_reason(error)}"
            raise MarqueError(
                reason, hint="Choose another with --port, or `server.port` in the configuration."
            ) from error


def _is_news(record: logging.LogRecord) -> bool:
    """uvicorn takes a WebSocket that is answered with a refusal for one that is not answered."""
    return record.getMessage() != "ASGI callable returned without completing handshake."


def _reason(error: OSError) -> str:
    """Without the address that Python adds; a name that cannot be looked up has no number of the system's."""
    if error.errno is None or isinstance(error, socket.gaierror):
        return str(error.strerror or error)
    return os.strerror(error.errno)
