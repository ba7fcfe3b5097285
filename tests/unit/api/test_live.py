"""The live stream over a WebSocket, and what holds for live streams over either transport."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from event_samples import event, plate
from marque.access.gate import Credentials
from marque.access.scopes import ALL
from marque.api import Parts, Server, create_app
from marque.api.parts import Listeners
from marque.api.server import SAID
from marque.errors import Unauthenticated
from marque.types import Principal, Within


class Door:
    """A gate that knows one key, until it is revoked."""

    closed = True

    def __init__(self) -> None:
        self.open, self.within = True, Within()

    def identify(self, credentials: Credentials) -> Principal:
        if self.open and "good" in (credentials.key, credentials.session):
            return Principal("anna", "key", ALL, self.within, credentials.address)
        raise Unauthenticated("this key is not known", hint="It may have been revoked.")


@contextmanager
def serving(parts: Parts) -> Iterator[str]:
    server = Server(create_app(parts), "127.0.0.1", 0, parts.closing)
    server.start()
    try:
        yield server.url.replace("http:", "ws:")
    finally:
        server.stop()


@contextmanager
def live(url: str, question: str = "", **options: Any) -> Iterator[ClientConnection]:
    with connect(f"{url}/v1/live{question}", **options) as socket:
        yield socket


def cursors(socket: ClientConnection, count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        found += [one["cursor"] for one in told(socket).get("events", [])]
    return found


def told(socket: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(socket.recv(timeout=10))
    return message


def status(caught: pytest.ExceptionInfo[InvalidStatus]) -> tuple[int, str]:
    return caught.value.response.status_code, json.loads(caught.value.response.body or b"{}").get("detail", "")


@pytest.fixture
def open_parts(parts: Parts) -> Parts:
    return replace(parts, hosts=None)


def test_what_was_missed_comes_first_then_what_happens(open_parts: Parts, memory: Any) -> None:
    with serving(open_parts) as url, live(url, "?after=2&camera=gate") as socket:
        assert cursors(socket, 2) == [3, 5]
        memory.append(event(6, camera="gate"))
        [entry] = told(socket)["events"]
        assert (entry["cursor"], entry["event"]["schema"], entry["event"]["camera"]) == (6, "marque.event/1", "gate")


def test_a_quiet_socket_says_that_it_is_there_and_where(open_parts: Parts) -> None:
    with serving(replace(open_parts, heartbeat=0)) as url, live(url, "?camera=none") as socket:
        assert told(socket) == {"type": "still", "cursor": 5}


def test_what_a_listener_sends_is_ignored(open_parts: Parts, memory: Any) -> None:
    with serving(open_parts) as url, live(url) as socket:
        for _ in range(100):
            socket.send("ping")
        memory.append(event(6))
        assert cursors(socket, 1) == [6]


def test_a_message_that_is_too_long_ends_it(open_parts: Parts) -> None:
    with serving(open_parts) as url, live(url) as socket:
        socket.send("x" * (SAID + 1))
        with pytest.raises(ConnectionClosed) as caught:
            told(socket)
        assert caught.value.rcvd
        assert caught.value.rcvd.code == 1009


@pytest.mark.parametrize(
    ("question", "why"),
    [("?plate=AB12&match=fuzzy", "A stream takes exact, prefix or wildcard"), ("?after=-1", "greater than or equal")],
)
def test_a_question_that_has_no_place_in_a_stream_is_refused(open_parts: Parts, question: str, why: str) -> None:
    with serving(open_parts) as url, pytest.raises(InvalidStatus) as caught, live(url, question):
        pass
    assert caught.value.response.status_code == 422
    assert why in (caught.value.response.body or b"").decode()


def test_there_is_a_bound_on_listeners(open_parts: Parts) -> None:
    with (
        serving(replace(open_parts, listeners=Listeners(0))) as url,
        pytest.raises(InvalidStatus) as caught,
        live(url),
    ):
        pass
    assert status(caught) == (503, "Too many listeners.")


def test_a_page_of_somebody_else_cannot_listen(open_parts: Parts) -> None:
    with serving(open_parts) as url:
        with pytest.raises(InvalidStatus) as caught, live(url, origin="http://evil.example"):
            pass
        assert status(caught) == (403, "This is for pages of this server; another program sends no Origin.")
        with live(url, "?after=4", origin=url.replace("ws:", "http:")) as socket:
            assert cursors(socket, 1) == [5]


def test_a_foreign_name_for_loopback_is_refused(parts: Parts) -> None:
    with (
        serving(replace(parts, hosts=frozenset({"localhost"}))) as url,
        pytest.raises(InvalidStatus) as caught,
        live(url),
    ):
        pass
    assert caught.value.response.status_code == 421


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer good"}, {"X-API-Key": "good"}, {"Cookie": "marque_session=good"}]
)
def test_a_key_or_a_session_lets_one_listen(open_parts: Parts, headers: dict[str, str]) -> None:
    with serving(replace(open_parts, gate=Door())) as url:
        with live(url, "?after=4", additional_headers=headers) as socket:
            assert cursors(socket, 1) == [5]
        with pytest.raises(InvalidStatus) as caught, live(url):
            pass
        assert caught.value.response.status_code == 401


def test_a_revoked_key_ends_its_socket_with_a_reason(open_parts: Parts) -> None:
    door = Door()
    with (
        serving(replace(open_parts, gate=door, recheck=0)) as url,
        live(url, additional_headers={"X-API-Key": "good"}) as socket,
    ):
        door.open = False
        dropped = told(socket)
        assert (dropped["type"], dropped["problem"]["status"]) == ("dropped", 401)
        assert dropped["problem"]["detail"] == "This key is not known. It may have been revoked."
        with pytest.raises(ConnectionClosed) as caught:
            told(socket)
        assert caught.value.rcvd
        assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1008, dropped["problem"]["detail"])


def test_rights_that_changed_end_a_stream_with_a_reason(open_parts: Parts) -> None:
    door = Door()
    with serving(replace(open_parts, gate=door, recheck=0)) as url:
        http = url.replace("ws:", "http:")
        with httpx.stream("GET", f"{http}/v1/stream", headers={"X-API-Key": "good"}, timeout=10) as answer:
            door.within = Within(cameras=frozenset({"yard"}))
            text = answer.read().decode()
    assert text.splitlines()[-3] == "event: dropped"
    assert "Your rights have changed. Connect again to go on with those you have now." in text


def test_nobody_hears_what_they_may_not_see(open_parts: Parts, memory: Any) -> None:
    door = Door()
    door.within = Within(cameras=frozenset({"yard"}))
    with (
        serving(replace(open_parts, gate=door)) as url,
        live(url, "?after=0", additional_headers={"X-API-Key": "good"}) as socket,
    ):
        assert cursors(socket, 2) == [2, 4]
        memory.append(event(6, camera="gate"))
        memory.append(event(7, camera="yard"))
        assert cursors(socket, 1) == [7]


def test_following_a_plate_is_written_down(open_parts: Parts, memory: Any) -> None:
    with serving(open_parts) as url, live(url, "?plate=ab%201*&match=wildcard") as socket:
        memory.append(event(6, "XY1", read=plate("XY1")))
        memory.append(event(7, "AB12", read=plate("AB12")))
        assert cursors(socket, 1) == [7]
    assert [(entry.action, entry.target) for entry in memory.audit] == [("plate followed", "ab 1*")]


def test_a_server_that_stops_says_so(open_parts: Parts) -> None:
    with serving(open_parts) as url, live(url) as socket:
        open_parts.closing.set()
        assert told(socket)["problem"]["detail"] == "The server stops."
        with pytest.raises(ConnectionClosed) as caught:
            told(socket)
        assert caught.value.rcvd
        assert caught.value.rcvd.code == 1012


def test_a_socket_ends_when_the_log_does_not_answer(open_parts: Parts, memory: Any) -> None:
    with serving(open_parts) as url, live(url, "?after=4") as socket:
        assert cursors(socket, 1) == [5]
        memory.broken = True
        memory.append(event(6))
        assert told(socket)["problem"]["detail"] == "The event store does not answer."
