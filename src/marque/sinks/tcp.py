"""Serves events to whoever connects to a TCP port.

``format: ndjson`` writes one ``marque.event/1`` object per line. ``format: numberok`` writes the parameter packets that
NumberOk (FF Group) clients read: ``PARAM=VALUE`` pairs divided by byte 0x05, UTF-8, in any order, with ``State``
Detected, Updated or Lost. That specification does not say how a packet ends, nor how its class is told: ``terminator``
and ``extra`` are settings. A client that does not take its data within ``patience`` seconds, or is gone, is dropped.

Nobody connected: the event counts as delivered to whoever was there; with ``wait: true`` it waits for a client.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence
from threading import Event, Lock, Thread
from typing import Literal

import structlog
from pydantic import Field

from marque.errors import Permanent, Temporary
from marque.ports import Outcome, Payload, PluginConfig, SinkContext
from marque.types import Direction, EventKind, PlateEvent
from marque.wire import to_json

EXAMPLE = """\
name: access-control
type: tcp
port: 7700
format: numberok
"""
REQUIRES = ""
PAUSE = 0.5
"""seconds before the next client is let in when one could not be"""


class Config(PluginConfig):
    host: str = "127.0.0.1"
    """address to listen on; ``0.0.0.0`` lets other machines connect"""
    port: int = Field(7700, ge=0, le=65535)
    """0: any free port"""
    format: Literal["ndjson", "numberok"] = "ndjson"
    wait: bool = False
    """keep events until a client is connected"""
    patience: float = Field(2.0, gt=0)
    """seconds a client may take for a batch"""
    max_clients: int = Field(32, ge=1)
    system_id: int = 1
    """numberok: ``SystemId`` of every packet"""
    channels: dict[str, int] = Field(default_factory=dict)
    """numberok: ``ChannelIndex`` per camera; cameras not named here have none"""
    terminator: str = "\r\n"
    """numberok: what ends a packet"""
    extra: dict[str, str] = Field(default_factory=dict)
    """numberok: more pairs for every packet"""


def build(config: Config, context: SinkContext) -> TcpSink:
    return TcpSink(config, context.name)


class TcpSink:
    """Listens from the start; one thread takes clients in, ``send`` writes to them."""

    def __init__(self, config: Config, name: str = "tcp") -> None:
        self._config = config
        self._log = structlog.get_logger().bind(sink=name)
        self._lock = Lock()
        self._closing = Event()
        self._clients: dict[socket.socket, str] = {}
        self._server = _listen(config.host, config.port)
        self.address: tuple[str, int] = self._server.getsockname()[:2]
        Thread(target=self._accept, name=f"tcp-{name}", daemon=True).start()

    @property
    def clients(self) -> list[str]:
        """Addresses of who is connected."""
        with self._lock:
            return list(self._clients.values())

    def encode(self, event: PlateEvent) -> Payload:
        if self._config.format == "numberok":
            return Payload(packet(event, self._config), "application/octet-stream")
        return Payload(to_json(event).encode() + b"\n", "application/x-ndjson")

    def send(self, payloads: Sequence[Payload]) -> list[Outcome]:
        """Write the batch to every client. With ``wait``, raises Temporary when not one client took it."""
        data = b"".join(payload.body for payload in payloads)
        took = [self._write(client, data) for client in self._present()]
        if self._config.wait and not any(took):
            raise Temporary("no client is connected", hint="Connect one, or set wait: false.")
        return [None] * len(payloads)

    def check(self) -> None:
        """Nothing to reach: the port is open since the sink was made."""

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept
        self._server.close()
        for client in self._present():
            self._drop(client, "the sink was closed")

    def _present(self) -> list[socket.socket]:
        with self._lock:
            return list(self._clients)

    def _write(self, client: socket.socket, data: bytes) -> bool:
        try:
            if not self._is_there(client):
                return False
            client.sendall(data)
        except TimeoutError:
            return self._drop(client, f"the client did not take its data within {self._config.patience:g} s")
        except OSError as error:
            return self._drop(client, str(error))
        return True

    def _is_there(self, client: socket.socket) -> bool:
        """Whether the client still listens; one that has gone is dropped. What clients say is read and ignored."""
        try:
            client.setblocking(False)
            gone = client.recv(65536) == b""
        except BlockingIOError:
            return True
        except OSError as error:
            return self._drop(client, str(error))
        finally:
            with contextlib.suppress(OSError):
                client.settimeout(self._config.patience)
        return self._drop(client, "the client has gone") if gone else True

    def _drop(self, client: socket.socket, reason: str) -> bool:
        with self._lock:
            peer = self._clients.pop(client, "")
        client.close()
        self._log.info("client dropped", client=peer, reason=reason)
        return False

    def _accept(self) -> None:
        while True:
            try:
                client, peer = self._server.accept()
            except OSError as error:
                if self._closing.wait(PAUSE):
                    return
                self._log.warning("a client could not be let in", error=str(error))  # such as too many open files
                continue
            client.settimeout(self._config.patience)
            self._let_in(client, f"{peer[0]}:{peer[1]}")

    def _let_in(self, client: socket.socket, peer: str) -> None:
        """There may be room only once those who left are let go: nothing else notices them between events."""
        if len(self.clients) >= self._config.max_clients:
            for other in self._present():
                self._is_there(other)
        with self._lock:
            self._clients[client] = peer
            crowded = len(self._clients) > self._config.max_clients
        if crowded:
            self._drop(client, f"more than {self._config.max_clients} clients")


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        hint = "Is another program using the port? Choose another one."
        raise Permanent(f"cannot listen on {host}:{port}: {error}", hint=hint) from error


STATES = {EventKind.NEW: "Detected", EventKind.UPDATE: "Updated", EventKind.LOST: "Lost"}
MOVEMENTS = {Direction.APPROACHING: ("In", 2), Direction.RECEDING: ("Out", 8), Direction.UNKNOWN: ("Undetermined", 0)}


def packet(event: PlateEvent, config: Config) -> bytes:
    """One NumberOk packet. ``UnicodePlateNumber`` is UTF-16 in hex."""
    movement, number = MOVEMENTS[event.direction]
    text, raw = (event.read.text, event.read.raw) if event.read else ("", "")
    pairs = {
        "SystemId": config.system_id,
        **config.extra,
        "State": STATES[event.kind],
        "RuntimeID": event.track,
        "MovementType": movement,
        "uMovementType": number,
        "FrameTimeStampMs": round(event.time.timestamp() * 1000),
        "PlateNumber": text,
        "Plate": text,
        "RawPlateNumber": raw,
        "UnicodePlateNumber": text.encode("utf-16-be").hex().upper(),
    }
    if event.camera in config.channels:
        pairs["ChannelIndex"] = config.channels[event.camera]
    return ("\x05".join(f"{name}={value}" for name, value in pairs.items()) + config.terminator).encode()
