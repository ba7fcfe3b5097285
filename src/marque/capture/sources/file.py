"""A video file, every frame of it, as fast as it is seen (or at its own pace with ``realtime``).

Times are those of the recording: ``start`` (by default the moment it is opened) plus each frame's presentation time. A
file that is cut off in the middle gives the frames it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import av
import structlog
from pydantic import AwareDatetime

from marque.capture.video import picture
from marque.errors import SourceEnded, SourceError
from marque.ports import PluginConfig, SourceContext
from marque.types import Frame

REQUIRES = ""
EXAMPLE = """
type: file
path: recordings/gate.mp4
"""

log = structlog.get_logger(__name__)


class Config(PluginConfig):
    path: Path
    """any video that FFmpeg reads"""
    start: AwareDatetime | None = None
    """when the recording began; without it the moment it is opened"""
    realtime: bool = False
    """play at the recording's own pace and leave out what is not taken in time, as a camera would"""


def build(config: Config, context: SourceContext) -> FileSource:
    return FileSource(config, context)


class FileSource:
    """Iterating raises SourceError when the file is no video, SourceEnded after its last frame."""

    stills = False

    def __init__(self, config: Config, context: SourceContext) -> None:
        self.live = config.realtime
        self._config = config
        self._context = context
        self._closed = Event()

    def __iter__(self) -> Iterator[Frame]:
        began = self._context.clock.monotonic()
        start = self._config.start or self._context.clock.now()
        with self._open() as container:
            for sequence, (image, seconds) in enumerate(_frames(container)):
                if self.live:
                    self._closed.wait(max(0.0, began + seconds - self._context.clock.monotonic()))
                if self._closed.is_set():
                    return
                yield Frame(picture(image), self._context.camera, start + timedelta(seconds=seconds), sequence)
        raise SourceEnded(f"{self._config.path} has been seen to its end")

    def close(self) -> None:
        self._closed.set()

    def _open(self) -> av.container.InputContainer:
        path = self._config.path
        try:
            container = av.open(str(path), metadata_errors="replace")
        except FileNotFoundError:
            raise SourceError(f"there is no file '{path}'", hint="Check the path.") from None
        except (av.error.FFmpegError, OSError) as error:
            raise SourceError(
                f"'{path}' is no video, or it is cut off before its index: {error.strerror}",
                hint="Play it with another program to see whether it is whole.",
            ) from error
        if not container.streams.video:
            container.close()
            raise SourceError(f"'{path}' holds no pictures", hint="Give a file with a video track.")
        return container


def _frames(container: av.container.InputContainer) -> Iterator[tuple[av.VideoFrame, float]]:
    """Decoded frames with seconds since the first; ends with a warning where the data ends too early."""
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    first: float | None = None
    seconds = 0.0
    try:
        for image in container.decode(stream):
            time = image.time if image.time is not None else seconds
            first = time if first is None else first
            seconds = time - first
            yield image, seconds
    except av.error.FFmpegError as error:
        log.warning("the video is cut off or damaged", file=container.name, after=seconds, reason=error.strerror)
        return
    whole = _duration(container)
    if whole is not None and seconds < whole - 1.0:
        log.warning("the video is cut off", file=container.name, after=round(seconds, 2), of=round(whole, 2))


def _duration(container: av.container.InputContainer) -> float | None:
    """Seconds that the file says it lasts."""
    return container.duration / av.time_base if container.duration else None
