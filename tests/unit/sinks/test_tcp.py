"""Events for whoever connects: lines of JSON, or NumberOk packets; clients never hold up one another for long."""

from __future__ import annotations

import errno
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from time import sleep
from typing import Any

import pytest

from event_samples import GOLDEN, event
from fakes import FakeClock
from marque.errors import Permanent, Temporary
from marque.ports import Outcome, SinkContext
from marque.sinks import tcp
from marque.sinks.tcp import Config, TcpSink, build, packet
from marque.types import Direction, PlateEvent
from marque.wire import from_wire

Open = Callable[..., TcpSink]
Connect = Callable[[TcpSink], socket.socket]


@pytest.fixture
def open_sink() -> Iterator[Open]:
    made: list[TcpSink] = []

    def make(**options: Any) -> TcpSink:
        made.append(build(Config(**{"port": 0, **options}), SinkContext("tcp", lambda _: b"", FakeClock())))
        return made[-1]

    yield make
    for sink in made:
        sink.close()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connects and waits until the sink knows the client."""
    with ExitStack() as open_ones:

        def one(sink: TcpSink) -> socket.socket:
            client = open_ones.enter_context(socket.create_connection(sink.address, timeout=30))
            host, port = client.getsockname()
            while f"{host}:{port}" not in sink.clients:
                sleep(0.005)
            return client

        yield one


def send(sink: TcpSink, *events: PlateEvent) -> list[Outcome]:
    return sink.send([sink.encode(one) for one in events])


def pairs(line: bytes) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in line.decode().rstrip().split("\x05"))


def test_every_client_gets_every_event_as_a_line(open_sink: Open, connect: Connect) -> None:
    sink = open_sink()
    clients = [connect(sink), connect(sink)]
    assert send(sink, event(1), event(2)) == [None, None]
    for client in clients:
        with client.makefile("rb") as lines:
            assert [from_wire(json.loads(lines.readline())) for _ in range(2)] == [event(1), event(2)]


def test_with_nobody_there_an_event_counts_as_delivered(open_sink: Open) -> None:
    assert send(open_sink(), event(1)) == [None]


def test_events_can_wait_for_a_client(open_sink: Open, connect: Connect) -> None:
    sink = open_sink(wait=True)
    with pytest.raises(Temporary, match="no client"):
        send(sink, event(1))
    connect(sink)
    assert send(sink, event(1)) == [None]


def test_a_client_that_has_gone_is_dropped_and_the_event_waits(open_sink: Open, connect: Connect) -> None:
    sink = open_sink(wait=True)
    client = connect(sink)
    client.close()
    with suppress(Temporary):
        while sink.clients:  # the other side may need a moment to hear of it
            send(sink, event(1))
            sleep(0.005)
    with pytest.raises(Temporary):
        send(sink, event(1))


def test_a_slow_client_is_dropped_and_the_others_are_served(
    open_sink: Open, connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    sink = open_sink(patience=0.05)
    connect(sink)
    for number in range(100):
        send(sink, *[event(number)] * 200)
        if not sink.clients:
            break
    assert sink.clients == []
    assert "did not take its data" in capsys.readouterr().out
    reader = connect(sink)
    send(sink, event(1))
    assert reader.recv(1 << 16)


def test_what_a_client_says_is_ignored(open_sink: Open, connect: Connect) -> None:
    sink = open_sink()
    client = connect(sink)
    client.sendall(b"hello")
    send(sink, event(1))
    send(sink, event(1))
    assert client.recv(1 << 16).startswith(b'{"schema":"marque.event/1"')


def test_only_so_many_clients_are_let_in(open_sink: Open, connect: Connect) -> None:
    sink = open_sink(max_clients=1)
    connect(sink)
    with socket.create_connection(sink.address, timeout=30) as second:
        assert second.recv(1) == b""
    assert len(sink.clients) == 1


def test_clients_that_left_make_room_between_events(open_sink: Open, connect: Connect) -> None:
    sink = open_sink(max_clients=1)
    connect(sink).close()
    second = connect(sink)
    send(sink, event(1))
    assert second.recv(1 << 16)


class Refusing:
    """A server socket that fails once to let a client in."""

    def __init__(self, server: socket.socket) -> None:
        self.server, self.failures = server, [OSError(errno.EMFILE, "Too many open files")]

    def accept(self) -> Any:
        if self.failures:
            raise self.failures.pop()
        return self.server.accept()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.server, name)


def test_a_client_that_could_not_be_let_in_does_not_end_it_for_all(
    open_sink: Open, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp, "PAUSE", 0.01)
    monkeypatch.setattr(tcp, "_listen", lambda *_: Refusing(socket.create_server(("127.0.0.1", 0))))
    sink = open_sink()
    client = connect(sink)
    send(sink, event(1))
    assert client.recv(1 << 16)


def test_closing_hangs_up(open_sink: Open, connect: Connect) -> None:
    sink = open_sink()
    client = connect(sink)
    sink.close()
    assert client.recv(1) == b""


def test_a_port_in_use_is_told(open_sink: Open) -> None:
    taken = open_sink().address[1]
    with pytest.raises(Permanent, match=str(taken)) as refused:
        open_sink(port=taken)
    assert refused.value.hint


# -- NumberOk -------------------------------------------------------------------------------------------------------


def test_a_numberok_packet_holds_what_its_clients_look_for(open_sink: Open, connect: Connect) -> None:
    sink = open_sink(format="numberok", system_id=3, channels={"gate": 2}, extra={"Type": "IAService.LPR"})
    client = connect(sink)
    send(sink, event(1, "BÜ1234"))
    with client.makefile("rb") as lines:
        assert pairs(lines.readline()) == {
            "SystemId": "3",
            "Type": "IAService.LPR",
            "State": "Detected",
            "RuntimeID": "7",
            "MovementType": "In",
            "uMovementType": "2",
            "FrameTimeStampMs": "1777896001250",
            "PlateNumber": "BÜ1234",
            "Plate": "BÜ1234",
            "RawPlateNumber": "BÜ1234",
            "UnicodePlateNumber": "004200DC0031003200330034",
            "ChannelIndex": "2",
        }


@pytest.mark.parametrize(("name", "state"), [("new", "Detected"), ("update", "Updated"), ("lost", "Lost")])
def test_the_state_follows_the_event(name: str, state: str) -> None:
    assert pairs(packet(GOLDEN[name], Config()))["State"] == state


@pytest.mark.parametrize(
    ("direction", "movement", "number"),
    [(Direction.APPROACHING, "In", "2"), (Direction.RECEDING, "Out", "8"), (Direction.UNKNOWN, "Undetermined", "0")],
)
def test_the_movement_follows_the_direction(direction: Direction, movement: str, number: str) -> None:
    said = pairs(packet(event(direction=direction), Config()))
    assert (said["MovementType"], said["uMovementType"]) == (movement, number)


def test_a_pass_without_a_plate_has_empty_numbers() -> None:
    assert pairs(packet(event(1, None), Config()))["PlateNumber"] == ""


def test_packets_end_as_the_client_expects() -> None:
    assert packet(event(), Config(terminator="\x00")).endswith(b"\x00")
