"""Stand-ins for time and for the world outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from event_samples import NOON
from marque.ports import Outcome, Payload
from marque.types import PlateEvent


class FakeClock:
    """Time that passes when told to."""

    def __init__(self, start: datetime = NOON) -> None:
        self._start = start
        self._passed = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return 1000.0 + self._passed

    def advance(self, seconds: float) -> None:
        self._passed += seconds


Answer = Callable[[str], Outcome]


class ScriptedSink:
    """Encodes an event as its plate; ``answer`` decides per plate what the receiver says, and may raise."""

    def __init__(self, answer: Answer = lambda _plate: None) -> None:
        self.answer = answer
        self.sent: list[str] = []
        self.batches: list[list[str]] = []
        self.tries: int | None = None
        """how many of a batch it has time for; None: all"""
        self.closed = False

    def encode(self, event: PlateEvent) -> Payload:
        if event.read is None:
            raise ValueError("nothing to say")
        return Payload(event.read.text.encode())

    def send(self, payloads: Sequence[Payload]) -> list[Outcome]:
        plates = [payload.body.decode() for payload in payloads[: self.tries]]
        self.batches.append(plates)
        outcomes = [self.answer(plate) for plate in plates]
        self.sent += [plate for plate, outcome in zip(plates, outcomes, strict=True) if outcome is None]
        return outcomes

    def check(self) -> None:
        """Always there."""

    def close(self) -> None:
        self.closed = True
