"""How the server treats its connections."""

from __future__ import annotations

import socket
from threading import Event
from typing import Any

import httpx
from fastapi import FastAPI

from marque.api import Server


def test_the_end_of_an_answer_does_not_wait_for_word_of_its_beginning() -> None:
    server = Server(FastAPI(), "127.0.0.1", 0, Event())
    server.start()
    try:
        with httpx.Client(base_url=server.url) as client:
            client.get("/")
            [connection] = server.server.server_state.connections
            transport: Any = connection.transport
            taken: socket.socket = transport.get_extra_info("socket")
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    finally:
        server.stop()
