"""The hand-over from a source's thread to the pool: room for one frame."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition

from marque.types import Frame


class Slot:
    """One camera's slot. Where frames would be gone (``live``) the newest wins and the replaced one is reported to
    ``dropped``; elsewhere ``put`` waits until there is room. ``ready`` is shared by all slots of a pool.
    """

    def __init__(self, ready: Condition, dropped: Callable[[], object]) -> None:
        self._ready = ready
        self._dropped = dropped
        self._frame: Frame | None = None
        self._closed = False

    def put(self, frame: Frame, *, live: bool) -> None:
        """Leave a frame; after ``close`` it is let go."""
        with self._ready:
            if not live:
                self._ready.wait_for(lambda: self._frame is None or self._closed)
            if self._closed:
                return
            if self._frame is not None:
                self._dropped()
            self._frame = frame
            self._ready.notify_all()

    def take(self) -> Frame | None:
        """The frame, if there is one."""
        with self._ready:
            frame, self._frame = self._frame, None
            if frame is not None:
                self._ready.notify_all()
            return frame

    def close(self) -> None:
        """No more frames will be taken; wakes a waiting ``put``."""
        with self._ready:
            self._closed, self._frame = True, None
            self._ready.notify_all()

    @property
    def full(self) -> bool:
        return self._frame is not None
