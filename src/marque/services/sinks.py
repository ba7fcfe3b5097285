"""The sinks: how they are, and a try of one of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from marque.access.audit import Audit
from marque.capture.ids import uuid7
from marque.config import SinkSettings, masked
from marque.errors import MarqueError, NotFound, Overloaded, SinkError
from marque.events.delivery import SinkHealth
from marque.ports import Clock, Sink
from marque.services.seats import Seats
from marque.types import Box, Candidate, Character, EventClass, EventKind, PlateEvent, PlateRead, Principal, Quad

TRIES = 2
"""sinks tried at a time"""
TEXT = "TEST"


@dataclass(frozen=True, slots=True)
class SinkState:
    """One sink: its settings with masks for secrets, and how it is; None while it is not enabled."""

    settings: dict[str, Any]
    health: SinkHealth | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What a try gave. ``reached``: it can be reached; ``sent``: it took the event, None where none was sent.
    ``error``, ``hint`` and ``answer``: what went wrong, and what the receiver said."""

    reached: bool
    sent: bool | None = None
    error: str = ""
    hint: str = ""
    answer: str = ""


class Sinks:
    """``build`` makes a sink of its own for every try, so that deliveries do not notice."""

    def __init__(
        self,
        configured: Sequence[SinkSettings],
        health: Callable[[], list[SinkHealth]],
        build: Callable[[SinkSettings], Sink],
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._configured, self._health, self._build = {one.name: one for one in configured}, health, build
        self._audit, self._clock = audit, clock
        busy = "other sinks are being tried already"
        self._tries = Seats(TRIES, lambda: Overloaded(busy, hint="Try again in a few seconds.", retry_after=5))

    def all(self, principal: Principal) -> list[SinkState]:
        """In the order of the configuration."""
        del principal
        health = {one.name: one for one in self._health()}
        return [
            SinkState(masked(one.model_dump(mode="json")), health.get(name)) for name, one in self._configured.items()
        ]

    def attempt(self, principal: Principal, name: str, send: bool) -> Tried:
        """Reach the sink, and with ``send`` hand it a test event. Raises NotFound, Overloaded."""
        settings = self._configured.get(name)
        if settings is None:
            raise NotFound(f"there is no sink {name}")
        with self._tries.one():
            self._audit.record(principal, "sink tried", name, {"sent": send})
            try:
                with closing(self._build(settings)) as sink:
                    return self._try(sink, send)
            except MarqueError as error:
                return _failed(error, reached=False)

    def _try(self, sink: Sink, send: bool) -> Tried:
        sink.check()
        if not send:
            return Tried(reached=True)
        try:
            outcomes = sink.send([sink.encode(self._event())])
        except SinkError as error:
            return _failed(error, reached=True)
        refused = outcomes[0] if outcomes else SinkError("the sink tried nothing")
        return Tried(reached=True, sent=True) if refused is None else _failed(refused, reached=True)

    def _event(self) -> PlateEvent:
        """An event that nobody takes for a real one: quarantined, of a camera and a plate called test."""
        now = self._clock.now()
        box = Box(0.0, 0.0, 100.0, 25.0)
        read = PlateRead(
            text=TEXT,
            raw=TEXT,
            display=TEXT,
            confidence=1.0,
            characters=tuple(Character(char, 1.0) for char in TEXT),
            candidates=(Candidate(TEXT, 1.0),),
            region=None,
            box=box,
            quad=Quad.of(box),
            detection_confidence=1.0,
        )
        return PlateEvent(
            id=uuid7(now, secrets.token_bytes(10)),
            revision=1,
            kind=EventKind.NEW,
            camera="test",
            time=now,
            first_seen=now,
            last_seen=now,
            read=read,
            event_class=EventClass.QUARANTINE,
            reason="test: somebody tries this sink",
            frame_size=(100, 25),
        )


def _failed(error: MarqueError, *, reached: bool) -> Tried:
    sent = False if reached else None
    return Tried(reached, sent, str(error), error.hint, getattr(error, "answer", ""))
