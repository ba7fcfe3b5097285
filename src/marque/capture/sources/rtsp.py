"""A network stream: RTSP, RTMP, SRT, or video over HTTP (MPEG-TS, HLS). RTSP goes over TCP unless told otherwise, since
lost UDP packets smear plates. A stream that is open but gives no pictures is noticed after ``stall_after`` seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from threading import Event
from typing import Any, Literal

import av
from pydantic import Field

from marque.capture.video import picture
from marque.config import without_passwords
from marque.errors import SourceError, SourceLost
from marque.ports import PluginConfig, SourceContext
from marque.types import Frame

REQUIRES = ""
EXAMPLE = """
type: rtsp
url: rtsp://user:password@192.168.1.20:554/stream1
"""

QUICK = {"analyzeduration": "500000", "fpsprobesize": "0"}
"""the kind of stream is known after half a second; the usual five keep people waiting"""


class Config(PluginConfig):
    url: str = Field(min_length=1)
    """as the camera's manual gives it, with user and password"""
    transport: Literal["tcp", "udp"] = "tcp"
    """how RTSP carries pictures"""
    open_timeout: float = Field(10.0, gt=0)
    """seconds the camera may take to answer"""
    stall_after: float = Field(10.0, gt=0)
    """seconds without a picture after which the stream counts as lost"""
    options: dict[str, str] = Field({})
    """further options of FFmpeg's demuxer"""


def build(config: Config, context: SourceContext) -> StreamSource:
    return StreamSource(config, context)


class StreamSource:
    """Iterating connects; it raises SourceLost when that fails, or when the stream ends, breaks or stalls."""

    live = True
    stills = False

    def __init__(self, config: Config, context: SourceContext) -> None:
        self._config = config
        self._context = context
        self._numbers = count()
        self._closed = Event()

    def __iter__(self) -> Iterator[Frame]:
        clock = self._context.clock
        with self._open() as container:
            for image in self._pictures(container):
                yield Frame(picture(image), self._context.camera, clock.now(), next(self._numbers))

    def close(self) -> None:
        self._closed.set()

    @property
    def _name(self) -> str:
        """The URL without its password."""
        return without_passwords(self._config.url)

    def _open(self) -> av.container.InputContainer:
        options = {"rtsp_transport": self._config.transport, **QUICK, **self._config.options}
        timeout = (self._config.open_timeout, self._config.stall_after)
        try:
            container = av.open(self._config.url, options=options, timeout=timeout, metadata_errors="replace")
        except (av.error.FFmpegError, OSError) as error:
            raise SourceLost(f"cannot open {self._name}: {error.strerror}", hint=_advice(error)) from error
        if not container.streams.video:
            container.close()
            raise SourceError(f"{self._name} carries no pictures", hint="Use the URL of the camera's video stream.")
        return container

    def _pictures(self, container: av.container.InputContainer) -> Iterator[av.VideoFrame]:
        """Decoded pictures. A packet that cannot be decoded is passed over; the watchdog ends a stream of only such."""
        clock, stream = self._context.clock, container.streams.video[0]
        last = clock.monotonic()
        try:
            for packet in container.demux():
                for image in _decoded(packet) if packet.stream is stream else []:
                    last = clock.monotonic()
                    yield image
                if self._closed.is_set():
                    return
                if clock.monotonic() - last > self._config.stall_after:
                    raise SourceLost(f"{self._name} gave no picture for {self._config.stall_after:g} s")
        except (av.error.FFmpegError, OSError) as error:
            raise SourceLost(f"{self._name} broke off: {error.strerror}") from error
        raise SourceLost(f"{self._name} has ended")


def _decoded(packet: av.Packet[Any]) -> list[av.VideoFrame]:
    try:
        return [image for image in packet.decode() if isinstance(image, av.VideoFrame)]
    except av.error.InvalidDataError:
        return []


def _advice(error: Exception) -> str:
    """What to try, by what went wrong."""
    if isinstance(error, av.error.HTTPUnauthorizedError):
        return "Check user and password."
    if isinstance(error, av.error.HTTPNotFoundError):
        return "Check the stream's path in the camera's manual."
    return "Check address, port and network; try the URL in a video player."
