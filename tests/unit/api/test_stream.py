"""The live stream over a real server: what was missed comes first, then what happens."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from event_samples import event
from marque.api import Parts, Server, create_app
from marque.api.parts import Listeners
from marque.errors import MarqueError


@contextmanager
def serving(parts: Parts) -> Iterator[str]:
    server = Server(create_app(parts), "127.0.0.1", 0, parts.closing)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()
    assert server.thread
    assert not server.thread.is_alive()


@pytest.fixture
def url(parts: Parts) -> Iterator[str]:
    with serving(replace(parts, hosts=None)) as made:
        yield made


@contextmanager
def listening(url: str, **headers: str) -> Iterator[Iterator[str]]:
    with httpx.stream("GET", url, headers=headers, timeout=30) as answer:
        answer.raise_for_status()
        yield answer.iter_lines()


def ids(lines: Iterator[str], count: int) -> list[int]:
    found: list[int] = []
    for line in lines:
        if line.startswith("id: "):
            found.append(int(line[4:]))
        if len(found) == count:
            return found
    raise AssertionError("the stream ended")


def test_a_listener_that_comes_back_gets_what_it_missed(url: str) -> None:
    with listening(f"{url}/v1/stream", **{"Last-Event-ID": "2"}) as lines:
        assert ids(lines, 3) == [3, 4, 5]


def test_a_first_connection_may_say_where_it_is(url: str) -> None:
    with listening(f"{url}/v1/stream?after=4") as lines:
        assert ids(lines, 1) == [5]


def test_what_happens_is_heard_and_only_that(url: str, memory: Any) -> None:
    with listening(f"{url}/v1/stream") as lines:
        assert next(lines) == "retry: 2000"
        memory.append(event(6))
        assert ids(lines, 1) == [6]
        assert next(lines) == "event: new"
        assert next(lines).startswith('data: {"schema":"marque.event/1",')


def test_a_filter_leaves_out_the_rest(url: str, memory: Any) -> None:
    with listening(f"{url}/v1/stream?camera=yard&after=0") as lines:
        assert ids(lines, 2) == [2, 4]
        memory.append(event(7, camera="gate"))
        memory.append(event(8, camera="yard"))
        assert ids(lines, 1) == [7]


def test_a_cursor_from_another_log_starts_now(url: str, memory: Any) -> None:
    with listening(f"{url}/v1/stream?after=1000") as lines:
        assert next(lines) == "retry: 2000"
        memory.append(event(6))
        assert ids(lines, 1) == [6]


def test_a_quiet_stream_says_that_it_is_there_and_where(parts: Parts) -> None:
    with serving(replace(parts, hosts=None, heartbeat=0)) as url, listening(f"{url}/v1/stream?camera=none") as lines:
        assert [next(lines) for _ in range(4)] == ["retry: 2000", "", ": still here", "id: 5"]


def test_streams_end_when_the_server_stops(parts: Parts) -> None:
    with serving(replace(parts, hosts=None)) as url, listening(f"{url}/v1/stream?after=4") as lines:
        assert ids(lines, 1) == [5]
        parts.closing.set()
        assert not [line for line in lines if line.startswith("id:")]


def test_a_stream_ends_quietly_when_the_log_does_not_answer(url: str, memory: Any) -> None:
    with listening(f"{url}/v1/stream?after=4") as lines:
        assert ids(lines, 1) == [5]
        memory.broken = True
        memory.append(event(6))
        assert not [line for line in lines if line.startswith("id:")]


def test_a_listener_that_leaves_makes_room(parts: Parts) -> None:
    with serving(replace(parts, hosts=None)) as url:
        with listening(f"{url}/v1/stream?after=4") as lines:
            assert ids(lines, 1) == [5]
            assert parts.listeners.now == 1
        while parts.listeners.now:  # the server notices in its own time
            parts.closing.wait(0.01)


def test_there_is_a_bound_on_listeners(parts: Parts) -> None:
    with serving(replace(parts, hosts=None, listeners=Listeners(0))) as url:
        answer = httpx.get(f"{url}/v1/stream")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")


FOLLOW = b"GET /v1/%s?after=0 HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
KEY = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" + KEY


@contextmanager
def stalled(url: str, asked: bytes) -> Iterator[None]:
    """Somebody who asks, and takes nothing of the answer."""
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.connect(("127.0.0.1", httpx.URL(url).port))
        made.sendall(asked)
        yield


@pytest.fixture
def much(memory: Any) -> None:
    """More than the system takes for a client that does not."""
    for number in range(6, 106):
        memory.append(event(number, models={"large": "x" * 100_000}))


@pytest.mark.usefixtures("much")
@pytest.mark.parametrize("asked", [FOLLOW % (b"stream", b""), FOLLOW % (b"live", UPGRADE)], ids=["stream", "live"])
def test_a_listener_that_takes_nothing_is_dropped(parts: Parts, asked: bytes) -> None:
    open_parts = replace(parts, hosts=None, patience=0.2, heartbeat=0)
    with capture_logs() as logs, serving(open_parts) as url, stalled(url, asked):
        while not open_parts.listeners.now:
            parts.closing.wait(0.01)
        while open_parts.listeners.now:
            parts.closing.wait(0.01)
    assert {"event": "a listener took nothing and was dropped", "seconds": 0.2, "log_level": "warning"} in logs


@pytest.mark.usefixtures("much")
def test_its_connection_is_cut_by_the_system(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marque.api.server.STUCK", 500)
    server = Server(create_app(replace(parts, hosts=None, patience=0.2, heartbeat=0)), "127.0.0.1", 0, parts.closing)
    server.start()
    connections = server.server.server_state.connections
    with stalled(server.url, FOLLOW % (b"stream", b"")):
        while not connections:
            parts.closing.wait(0.01)
        while connections:
            parts.closing.wait(0.01)
    server.stop()


def test_a_port_that_is_taken_says_what_to_do(parts: Parts) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = Server(create_app(parts), "127.0.0.1", taken.getsockname()[1], parts.closing)
        with pytest.raises(MarqueError, match="cannot be listened at: Address already in use") as caught:
            server.start()
    assert "--port" in caught.value.hint
