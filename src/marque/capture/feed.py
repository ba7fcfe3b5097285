"""One source on a thread of its own: connects, hands frames to the slot, connects again when the source is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from random import Random
from threading import Condition, Event, Thread
from typing import Any

import structlog

from marque.capture.meter import Meter
from marque.capture.slot import Slot
from marque.clock import SystemClock
from marque.config import CameraSettings
from marque.errors import MarqueError, SourceEnded, SourceLost
from marque.ports import Clock, Source
from marque.telemetry import Telemetry
from marque.types import Frame

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""seconds between two attempts to connect"""

log = structlog.get_logger(__name__)


class CameraState(StrEnum):
    CONNECTING = "connecting"
    UP = "up"
    LOST = "lost"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """How one camera is doing. ``reason`` says why it is lost or failed, ``hint`` what to do; ``dropped`` counts
    frames that a newer one replaced, ``drops`` all that were not seen, by reason. ``fps``: frames a second that the
    source gave over the last ten seconds, ``processed_fps`` those seen. ``latency_ms``: from a frame's capture until
    it was seen and told of, median of the last ones of a live source. ``size``: width and height of the picture.
    ``uptime``: seconds since it is up.
    """

    camera: str
    state: CameraState
    reason: str = ""
    hint: str = ""
    frames: int = 0
    dropped: int = 0
    reconnects: int = 0
    last_frame: datetime | None = None
    fps: float = 0.0
    processed_fps: float = 0.0
    latency_ms: float | None = None
    drops: Mapping[str, int] = field(default_factory=dict)
    size: tuple[int, int] | None = None
    uptime: float | None = None


def pauses(random: Random) -> Iterator[float]:
    """Seconds to wait before each new attempt: doubling up to LONGEST_PAUSE, each shortened by chance up to half, so
    that many cameras behind one switch do not come back as one.
    """
    pause = FIRST_PAUSE
    while True:
        yield pause * random.uniform(0.5, 1.0)
        pause = min(2 * pause, LONGEST_PAUSE)


class Feed:
    """Iterates the source, each time anew after it was lost. ``ready`` wakes the pool; ``wait(seconds)`` pauses and is
    True when it is time to stop.
    """

    def __init__(
        self,
        settings: CameraSettings,
        source: Source,
        ready: Condition,
        telemetry: Telemetry,
        *,
        random: Random | None = None,
        wait: Callable[[float], bool] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self.meter = Meter()
        self._clock = clock or SystemClock()
        self._up: float | None = None
        self.source = source
        self.slot = Slot(ready, self._replaced)
        self._telemetry = telemetry
        self._random = random or Random()
        self._stopping = Event()
        self._wait = wait or self._stopping.wait
        self._thread = Thread(target=self.run, name=f"camera-{settings.id}", daemon=True)
        self._health = CameraHealth(settings.id, CameraState.CONNECTING)
        self._log = log.bind(camera=settings.id)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """Close the source and let the thread end; one that hangs in a read is left behind after ``timeout``."""
        self._stopping.set()
        self.slot.close()
        self.source.close()
        if self._thread.is_alive():
            self._thread.join(timeout)

    @property
    def health(self) -> CameraHealth:
        now, up, latency = self._clock.monotonic(), self._up, self.meter.latency_ms
        return replace(
            self._health,
            fps=round(self.meter.given.per_second(now), 2),
            processed_fps=round(self.meter.taken.per_second(now), 2),
            latency_ms=None if latency is None else round(latency, 1),
            drops=self.meter.drops,
            uptime=None if up is None else round(now - up, 1),
        )

    @property
    def over(self) -> bool:
        """Whether no further frame will come, those in the slot apart."""
        return self._health.state in (CameraState.ENDED, CameraState.FAILED)

    def run(self) -> None:
        """Give frames until the source has ended, failed for good, or it is time to stop."""
        delays = pauses(self._random)
        while not self._stopping.is_set():
            before = self._health.frames
            lost = self._stream()
            if lost is None:
                return
            if self._health.frames > before:
                delays = pauses(self._random)
            if self._pause(lost, next(delays)):
                return

    def _stream(self) -> SourceLost | None:
        """Frames of one connection; gives why it was lost, or None when there is nothing to go on with."""
        try:
            for frame in self.source:
                self._take(frame)
            return None if self._stopping.is_set() else SourceLost("the source gave no more frames")
        except SourceLost as lost:
            return lost
        except SourceEnded as ended:
            self._set(CameraState.ENDED, str(ended))
        except MarqueError as error:
            self._log.error("camera failed", reason=str(error), hint=error.hint)
            self._set(CameraState.FAILED, str(error), error.hint)
        except Exception as error:  # noqa: BLE001  a source of somebody else's must not take its thread down unseen
            self._log.exception("camera failed")
            self._set(CameraState.FAILED, f"{type(error).__name__}: {error}")
        return None

    def _take(self, frame: Frame) -> None:
        """Count a frame and leave it in the slot, unless it is one of those to skip."""
        count = self._health.frames
        self.meter.given.count(self._clock.monotonic())
        size = (frame.image.shape[1], frame.image.shape[0])
        self._set(CameraState.UP, frames=count + 1, last_frame=frame.time, size=size)
        if count % (self.settings.frame_skip + 1):
            self._drop("frame_skip")
        else:
            self.slot.put(frame, live=self.source.live)

    def _pause(self, lost: SourceLost, seconds: float) -> bool:
        """Wait before the next attempt; True when it is time to stop."""
        self._set(CameraState.LOST, str(lost), lost.hint)
        self._log.warning("camera lost", reason=str(lost), hint=lost.hint, again_in=round(seconds, 1))
        if self._wait(seconds):
            return True
        self._telemetry.reconnects.labels(self.settings.id).inc()
        self._set(CameraState.CONNECTING, str(lost), lost.hint, reconnects=self._health.reconnects + 1)
        return False

    def _replaced(self) -> None:
        """A newer frame took the place of one nobody had looked at."""
        self._drop("replaced")
        self._health = replace(self._health, dropped=self._health.dropped + 1)

    def _drop(self, reason: str) -> None:
        self._telemetry.drops.labels("camera", reason).inc()
        self.meter.drop(reason)

    def _set(self, state: CameraState, reason: str = "", hint: str = "", **changes: Any) -> None:
        if state is not self._health.state:
            if state in (CameraState.UP, CameraState.ENDED):
                self._log.info(f"camera {state.value}", **({"reason": reason} if reason else {}))
            self._telemetry.camera_up.labels(self.settings.id).set(state is CameraState.UP)
            self._up = self._clock.monotonic() if state is CameraState.UP else None
        self._health = replace(self._health, state=state, reason=reason, hint=hint, **changes)
