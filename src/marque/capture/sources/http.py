"""Pictures over HTTP: MJPEG where the answer is ``multipart/x-mixed-replace``, otherwise a snapshot fetched anew every
``interval`` seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count
from threading import Event

import httpx
import structlog
from pydantic import Field

from marque.config import without_passwords
from marque.errors import ImageError, SourceLost
from marque.ports import PluginConfig, SourceContext
from marque.types import Frame
from marque.vision.image import decode

REQUIRES = ""
EXAMPLE = """
type: http
url: http://192.168.1.20/snapshot.jpg
interval: 0.5
"""

LARGEST = 64 * 2**20
"""bytes of one picture"""
JPEG_BEGIN, JPEG_END = b"\xff\xd8", b"\xff\xd9"
LENGTH = re.compile(rb"content-length:[ \t]*(\d+)", re.IGNORECASE)
HINTS = {
    401: "Put user and password into the URL.",
    403: "Put user and password into the URL.",
    404: "Check the path in the camera's manual.",
}

log = structlog.get_logger(__name__)


class Config(PluginConfig):
    url: str = Field(pattern="^https?://")
    """user and password may stand in it; basic and digest authentication are known"""
    interval: float = Field(1.0, ge=0)
    """seconds between snapshots"""
    timeout: float = Field(10.0, gt=0)
    """seconds the camera may take to connect, and between two pieces of data"""
    stills: bool = False
    """every snapshot is a picture of its own: its plates are told of at once, one reading each"""
    verify: bool = True
    """check the certificate of an https camera"""


def build(config: Config, context: SourceContext) -> HttpSource:
    return HttpSource(config, context)


class HttpSource:
    """Iterating connects; it raises SourceLost when that fails, when the camera refuses, or when the stream ends."""

    live = True

    def __init__(self, config: Config, context: SourceContext) -> None:
        self.stills = config.stills
        self._config = config
        self._context = context
        self._numbers = count()
        self._closed = Event()
        self._auth: httpx.Auth | None = None

    def __iter__(self) -> Iterator[Frame]:
        try:
            with httpx.Client(
                timeout=self._config.timeout, verify=self._config.verify, follow_redirects=True
            ) as client:
                while not self._closed.is_set():
                    yield from self._fetch(client)
                    self._closed.wait(self._config.interval)
        except httpx.HTTPError as error:
            what = str(error) or type(error).__name__
            raise SourceLost(f"{self._name}: {what}", hint="Check address, port and network.") from error

    def close(self) -> None:
        self._closed.set()

    @property
    def _name(self) -> str:
        """The URL without its password."""
        return without_passwords(self._config.url)

    def _fetch(self, client: httpx.Client) -> Iterator[Frame]:
        """One request: a snapshot, or pictures for as long as the camera sends them."""
        with client.stream("GET", self._config.url, auth=self._auth) as response:
            challenged = self._challenged(response)
            if not challenged:
                yield from self._answer(response)
        if challenged:
            url = httpx.URL(self._config.url)
            self._auth = httpx.DigestAuth(url.username, url.password)
            yield from self._fetch(client)

    def _challenged(self, response: httpx.Response) -> bool:
        """Whether the camera wants digest authentication, which most do, where basic was tried."""
        challenge = response.headers.get("www-authenticate", "").lower()
        return response.status_code == 401 and "digest" in challenge and self._auth is None

    def _answer(self, response: httpx.Response) -> Iterator[Frame]:
        self._check(response)
        if not response.headers.get("content-type", "").startswith("multipart/"):
            yield from self._frame(_whole(response))
            return
        for data in split_jpegs(response.iter_bytes()):
            yield from self._frame(data)
            if self._closed.is_set():
                return
        raise SourceLost(f"{self._name} has ended")

    def _check(self, response: httpx.Response) -> None:
        if response.is_error:
            hint = HINTS.get(response.status_code, "Look at the URL in a browser.")
            raise SourceLost(f"{self._name} answered {response.status_code}", hint=hint)

    def _frame(self, data: bytes) -> Iterator[Frame]:
        """The picture as a frame; a broken one is logged and passed over."""
        try:
            image = decode(data)
        except ImageError as error:
            log.warning("a broken picture", camera=self._context.camera, reason=str(error))
            return
        yield Frame(image, self._context.camera, self._context.clock.now(), next(self._numbers))


def split_jpegs(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """JPEG files out of a multipart stream: as long as the part says it is, or else to the JPEG's own end mark, since
    cameras disagree about boundaries. Raises SourceLost when there is no end within LARGEST bytes.
    """
    buffer = bytearray()
    for piece in pieces:
        buffer += piece
        while (found := _first(buffer)) is not None:
            yield bytes(buffer[found])
            del buffer[: found.stop]
        if len(buffer) > LARGEST:
            raise SourceLost("the MJPEG stream holds no whole picture")


def _first(buffer: bytearray) -> slice | None:
    """Where the first whole JPEG is."""
    begin = buffer.find(JPEG_BEGIN)
    if begin < 0:
        return None
    told = LENGTH.findall(buffer[:begin])
    if told:
        end = begin + int(told[-1])
        return slice(begin, end) if end <= len(buffer) else None
    end = buffer.find(JPEG_END, begin + 2)
    return slice(begin, end + 2) if end >= 0 else None


def _whole(response: httpx.Response) -> bytes:
    """The body; SourceLost when it is larger than any picture."""
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > LARGEST:
            raise SourceLost(f"the snapshot is larger than {LARGEST >> 20} MB")
    return bytes(body)
