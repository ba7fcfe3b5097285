"""Pictures in a folder: those that are there, and with ``watch`` those that come, each once and each by itself.

A picture counts as whole when it has not grown between two looks; one that is whole and still cannot be read is
reported and left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Event

import structlog
from pydantic import Field

from marque.errors import ImageError, SourceEnded, SourceError, SourceLost
from marque.ports import PluginConfig, SourceContext
from marque.types import Frame
from marque.vision.image import load

REQUIRES = ""
EXAMPLE = """
type: folder
path: incoming
"""

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}

log = structlog.get_logger(__name__)

State = tuple[int, int]
"""size and time of the last change"""


class Config(PluginConfig):
    path: Path
    watch: bool = True
    """stay and wait for new pictures; false: end after those that are there"""
    existing: bool = True
    """also take the pictures that are there at the beginning"""
    recursive: bool = False
    """also look into the folders inside"""
    interval: float = Field(0.5, gt=0)
    """seconds between two looks"""


def build(config: Config, context: SourceContext) -> FolderSource:
    return FolderSource(config, context)


class FolderSource:
    """Iterating raises SourceError when there is no such folder, SourceLost when it has gone away, and SourceEnded
    after the last picture unless it watches.
    """

    live = False
    stills = True

    def __init__(self, config: Config, context: SourceContext) -> None:
        self._config = config
        self._context = context
        self._numbers = count()
        self._closed = Event()
        self._done: dict[Path, State] = {}
        self._seen: dict[Path, State] = {}
        self._looked = False

    def __iter__(self) -> Iterator[Frame]:
        while not self._closed.is_set():
            now = self._look()
            ready = [path for path, state in sorted(now.items()) if self._ready(path, state)]
            self._seen = now
            for path in ready:
                self._done[path] = now[path]
                yield from self._frame(path)
                if self._closed.is_set():
                    return
            if not self._config.watch and all(path in self._done for path in now):
                raise SourceEnded(f"all pictures in {self._config.path} have been seen")
            self._closed.wait(self._config.interval)

    def close(self) -> None:
        self._closed.set()

    def _ready(self, path: Path, state: State) -> bool:
        """Whole, and not taken before in this state."""
        return self._done.get(path) != state and self._seen.get(path) == state

    def _look(self) -> dict[Path, State]:
        """The pictures that are there now; the first look may be told to forget them."""
        root = self._config.path
        if not root.is_dir():
            raise self._missing()
        names = root.rglob("*") if self._config.recursive else root.iterdir()
        found = {path: _state(path) for path in names if path.suffix.lower() in PICTURES}
        there = {path: state for path, state in found.items() if state is not None}
        self._done = {path: state for path, state in self._done.items() if path in there}
        if not self._looked and not self._config.existing:
            self._done = dict(there)
        self._looked = True
        return there

    def _missing(self) -> SourceError:
        path = self._config.path
        if self._looked:
            return SourceLost(f"the folder {path} has gone away")
        return SourceError(f"there is no folder '{path}'", hint="Make it, or check the path.")

    def _frame(self, path: Path) -> Iterator[Frame]:
        try:
            image = load(path)
        except ImageError as error:
            log.warning("a picture cannot be read", file=str(path), reason=str(error), hint=error.hint)
            return
        yield Frame(image, self._context.camera, _taken(self._done[path]), next(self._numbers))


def _state(path: Path) -> State | None:
    """None when it is no file, or gone again."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns) if path.is_file() else None


def _taken(state: State) -> datetime:
    """When the file was written: the nearest to when the picture was taken."""
    return datetime.fromtimestamp(state[1] / 1e9, UTC)
