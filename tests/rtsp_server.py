"""A small real RTSP server for tests: MJPEG in RTP (RFC 2435), interleaved in the RTSP connection (TCP)."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from clips import jpeg

SIZE = (128, 72)
CHUNK = 1200
SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track1\r\n"


class RtspServer:
    """Each connection that plays gets ``frames`` pictures, faster than they claim to be; after them silence, or the
    end (``hang_up``). ``connections`` counts those that played.
    """

    def __init__(self, frames: int = 10_000, *, hang_up: bool = False) -> None:
        self.connections = 0
        self._frames, self._hang_up = frames, hang_up
        self._stopping = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [Thread(target=self._accept, daemon=True)]

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}/gate"

    def start(self) -> None:
        self._threads[0].start()

    def stop(self) -> None:
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(10)
            for request in _requests(connection):
                method, number = request.split()[0], _header(request, "CSeq")
                connection.sendall(_answer(method, number, self.url))
                if method == "PLAY":
                    self.connections += 1
                    self._play(connection)
                    return

    def _play(self, connection: socket.socket) -> None:
        sequence = 0
        for number in range(self._frames):
            packets = list(_packets(jpeg(number, SIZE), number * 3600, sequence))
            sequence += len(packets)
            for packet in packets:
                connection.sendall(b"$\0" + struct.pack(">H", len(packet)) + packet)
            if self._stopping.wait(0.01):
                return
        if not self._hang_up:
            self._stopping.wait()


@contextmanager
def rtsp_server(frames: int = 10_000, *, hang_up: bool = False) -> Iterator[RtspServer]:
    server = RtspServer(frames, hang_up=hang_up)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _requests(connection: socket.socket) -> Iterator[str]:
    data = b""
    while piece := connection.recv(4096):
        data += piece
        while b"\r\n\r\n" in data:
            head, data = data.split(b"\r\n\r\n", 1)
            yield head.decode()


def _header(request: str, name: str) -> str:
    found = re.search(rf"^{name}: *(.+?)\r?$", request, re.MULTILINE)
    return found[1] if found else ""


def _answer(method: str, number: str, url: str) -> bytes:
    head = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n"
    if method == "OPTIONS":
        return f"{head}Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n".encode()
    if method == "DESCRIBE":
        body = f"Content-Base: {url}/\r\nContent-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n{SDP}"
        return f"{head}{body}".encode()
    if method == "SETUP":
        return f"{head}Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n\r\n".encode()
    return f"{head}Session: 1\r\n\r\n".encode()


def _packets(picture: bytes, time: int, sequence: int) -> Iterator[bytes]:
    """One JPEG file as RTP packets: its quantization tables in the first one, then the scan in pieces."""
    tables, scan = _tables(picture), _scan(picture)
    for at in range(0, len(scan), CHUNK):
        last = at + CHUNK >= len(scan)
        head = struct.pack(">BBHII", 0x80, 26 | (0x80 if last else 0), sequence + at // CHUNK, time, 1)
        head += struct.pack(">I", at) + bytes([1, 255, SIZE[0] // 8, SIZE[1] // 8])
        if at == 0:
            head += struct.pack(">BBH", 0, 0, len(tables)) + tables
        yield head + scan[at : at + CHUNK]


def _tables(picture: bytes) -> bytes:
    """The 8 bit quantization tables, one after another."""
    tables, at = b"", 2
    while picture[at + 1] != 0xDA:
        length = int.from_bytes(picture[at + 2 : at + 4], "big")
        if picture[at + 1] == 0xDB:
            body = picture[at + 4 : at + 2 + length]
            tables += b"".join(body[n + 1 : n + 65] for n in range(0, len(body), 65))
        at += 2 + length
    return tables


def _scan(picture: bytes) -> bytes:
    """The compressed data between the start of scan and the end of the picture."""
    at = picture.index(b"\xff\xda")
    return picture[at + 2 + int.from_bytes(picture[at + 2 : at + 4], "big") : -2]
