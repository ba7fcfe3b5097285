"""Reading pictures that people send: a few at a time, a bounded number waiting; others are told when to come back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

from marque.config import RecognitionSettings
from marque.errors import MarqueError, Overloaded, Unacceptable
from marque.plates.catalogue import known_regions
from marque.ports import Clock
from marque.services.answers import Choice, TimedReader, answer, to_json
from marque.services.seats import Seats
from marque.telemetry import Telemetry
from marque.types import Image
from marque.vision.image import decode

FIRST_GUESS = 0.2
"""seconds a picture takes, until one has been read"""
LONGEST_WAIT = 60.0
"""seconds that anybody is asked to stay away"""
SHARE = 0.2
"""of the newest picture in the mean time per picture"""


@dataclass(frozen=True, slots=True)
class Upload:
    """One encoded picture; ``field`` is where in the request it was, ``name`` what it is called in the answer."""

    field: str
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one upload, as ``marque read --json`` does. ``fault``: why it could not be read."""

    upload: Upload
    body: dict[str, Any]
    fault: MarqueError | None = None


class Recognition:
    """``settings.workers`` pictures are read at a time, and ``settings.queue`` requests are in the house: a seat is
    taken before a request's body is read, so that memory is bounded by seats times the largest body."""

    def __init__(
        self, reader: Callable[[], TimedReader], settings: RecognitionSettings, clock: Clock, telemetry: Telemetry
    ) -> None:
        self.settings = settings
        self._reader, self._clock, self._telemetry = reader, clock, telemetry
        self._seats = Seats(settings.queue, self._full)
        self._lock, self._waiting = Lock(), 0
        self._seconds = FIRST_GUESS
        self._workers = ThreadPoolExecutor(settings.workers, thread_name_prefix="read")

    @property
    def room(self) -> int:
        """Seats that are free."""
        return self._seats.free

    def seat(self) -> AbstractContextManager[None]:
        """A place in the house, for as long as the request is. Raises Overloaded when all are taken."""
        return self._seats.one()

    def _full(self) -> Overloaded:
        self._telemetry.drops.labels("recognition", "queue_full").inc()
        return Overloaded(
            "as many pictures as may wait are waiting already",
            hint="Try again later; recognition.queue says how many.",
            retry_after=self._wait(),
        )

    def submit(self, upload: Upload, choice: Choice) -> Future[Told]:
        """Have a picture read when its turn comes."""
        with self._lock:
            self._waiting += 1
        future = self._workers.submit(self._work, upload, choice)
        future.add_done_callback(self._done)
        return future

    def drop(self, reading: Sequence[Future[Told]]) -> None:
        """Nobody waits for these: do not read those that are not begun."""
        dropped = sum(one.cancel() for one in reading)
        self._telemetry.drops.labels("recognition", "nobody_waits").inc(dropped)

    def check_regions(self, codes: Sequence[str]) -> None:
        """Raises Unacceptable naming the first region that there is not."""
        known = known_regions()
        for code in codes:
            if code not in known:
                raise Unacceptable(f"there is no region {code!r}", field="regions", hint=f"Known: {', '.join(known)}.")

    def stop(self) -> None:
        """Finish the pictures that are being read, let the others go."""
        self._workers.shutdown(cancel_futures=True)

    def _work(self, upload: Upload, choice: Choice) -> Told:
        start = self._clock.monotonic()
        found = answer(self._reader(), upload.name, partial(self._open, upload), choice)
        taken = self._clock.monotonic() - start
        self._telemetry.stage.labels("picture").observe(taken)
        if found.timed:
            self._telemetry.drops.labels("recognition", "no_text").inc(found.timed.nothing)
        with self._lock:
            self._seconds += SHARE * (taken - self._seconds)
        return Told(upload, to_json(found), found.fault)

    def _open(self, upload: Upload) -> Image:
        return decode(upload.data, max_megapixels=self.settings.megapixels)

    def _done(self, _: Future[Told]) -> None:
        with self._lock:
            self._waiting -= 1

    def _wait(self) -> float:
        """Seconds until one of those in the house is probably done."""
        return min(LONGEST_WAIT, self._seconds * max(1, self._waiting) / self.settings.workers)
