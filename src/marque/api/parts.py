"""What the API is made of. The composition root fills it; a handler asks for it with ``Given``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event
from typing import Annotated, Any

from fastapi import Depends
from fastapi.requests import HTTPConnection

from marque.access.desk import Desk
from marque.access.gate import Gate, OpenGate
from marque.ports import Blobs, Clock, Store
from marque.services.analytics import Analytics
from marque.services.archive import Archive
from marque.services.cameras import Cameras
from marque.services.corrections import Corrections
from marque.services.deliveries import Deliveries
from marque.services.insight import Insight
from marque.services.intake import Intake
from marque.services.live import Doorbell, Tail
from marque.services.recognition import Recognition
from marque.services.searches import Searches
from marque.services.sinks import Sinks
from marque.services.upkeep import Upkeep

EXPORTS = 4
"""files that are made at the same time"""


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
    names the server may be called by, None for any. ``gate``: knows who asks. ``desk``: users, keys and sessions.
    ``closing``: set when streams are to end. ``heartbeat``, ``recheck``: seconds after which a stream says that it is
    there, and asks again who listens; ``patience``: seconds that a listener may take nothing of what was sent."""

    store: Store
    blobs: Blobs
    bell: Doorbell
    clock: Clock
    health: Callable[[], Mapping[str, Any]]
    metrics: Callable[[], bytes]
    archive: Archive
    analytics: Analytics
    corrections: Corrections
    version: str = "0"
    pages: Mapping[str, str] = field(default_factory=dict)
    hosts: frozenset[str] | None = None
    gate: Gate = field(default_factory=OpenGate)
    desk: Desk | None = None
    recognition: Recognition | None = None
    intake: Intake | None = None
    cameras: Cameras | None = None
    insight: Insight | None = None
    deliveries: Deliveries | None = None
    sinks: Sinks | None = None
    upkeep: Upkeep | None = None
    searches: Searches | None = None
    heartbeat: float = 15.0
    recheck: float = 10.0
    patience: float = 20.0
    listeners: Listeners = field(default_factory=Listeners)
    exporting: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(EXPORTS))
    closing: Event = field(default_factory=Event)
    tail: Tail = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tail", Tail(self.store, self.bell))


async def given(connection: HTTPConnection) -> Parts:
    """The parts of the application that serves this request, or WebSocket. A coroutine, as every dependency that only
    looks something up: FastAPI sends each plain function to a thread, which costs more than the function."""
    parts: Parts = connection.app.state.parts
    return parts


Given = Annotated[Parts, Depends(given)]
