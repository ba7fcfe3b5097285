"""The networks of this process, loaded once, when somebody first needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock

from marque.vision.reader import Reader


class Nets:
    """Gives the one Reader that cameras and requests share. Raises what building it raises, each time."""

    def __init__(self, build: Callable[[], Reader]) -> None:
        self._build, self._lock = build, Lock()
        self._reader: Reader | None = None

    @property
    def versions(self) -> Mapping[str, str]:
        """Of the networks by kind; none of those that nobody has needed yet."""
        return self._reader.loaded if self._reader else {}

    def __call__(self) -> Reader:
        with self._lock:
            if self._reader is None:
                self._reader = self._build()
            return self._reader
