"""What the API is made of. The composition root fills it; a handler asks for it with ``Given``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request

from marque.access.gate import Gate, OpenGate
from marque.ports import Blobs, Clock, Store
from marque.services.recognition import Recognition


class Doorbell(Protocol):
    """Rung after an append; may be missed, so whoever waits looks into the log anyway."""

    def wait(self, after: int, timeout: float) -> bool: ...


class Listeners:
    """Counts the open streams, all on one event loop."""

    def __init__(self, most: int = 64) -> None:
        self.most, self.now = most, 0

    @property
    def full(self) -> bool:
        return self.now >= self.most

    def __enter__(self) -> None:
        self.now += 1

    def __exit__(self, *_: object) -> None:
        self.now -= 1


@dataclass(frozen=True)
class Parts:
    """``health``: state of all parts, its ``status`` being ok|degraded|failing. ``pages``: path -> HTML. ``hosts``:
    names the server may be called by, None for any. ``gate``: knows who asks. ``closing``: set when
    streams are to end."""

    store: Store
    blobs: Blobs
    bell: Doorbell
    clock: Clock
    health: Callable[[], Mapping[str, Any]]
    metrics: Callable[[], bytes]
    version: str = "0"
    pages: Mapping[str, str] = field(default_factory=dict)
    hosts: frozenset[str] | None = None
    gate: Gate = field(default_factory=OpenGate)
    recognition: Recognition | None = None
    heartbeat: float = 15.0
    listeners: Listeners = field(default_factory=Listeners)
    closing: Event = field(default_factory=Event)


def given(request: Request) -> Parts:
    """The parts of the application that serves this request."""
    parts: Parts = request.app.state.parts
    return parts


Given = Annotated[Parts, Depends(given)]
