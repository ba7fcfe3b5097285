"""Every plug point of Marque, on one page. A plugin is one file in the folder of its port, and that file holds:

- a docstring: its reference page;
- ``Config``: a pydantic model that refuses unknown keys (derive from :class:`PluginConfig`);
- ``EXAMPLE``: YAML for docs, ``marque init`` and tests;
- ``REQUIRES``: the extra that installs its optional packages, or ``""``;
- ``build(config, context)``: makes the plugin (``context`` per port below).

:mod:`marque.plugins` finds it by its file name, or by an entry point ``marque.<folder>`` of another package.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from marque.errors import SinkError
from marque.queries import EventQuery, Facets, ReadPage, ReadQuery, Tally
from marque.types import (
    EVERYTHING,
    Delivery,
    DeliveryState,
    Detection,
    Frame,
    Image,
    PlateEvent,
    Reading,
    SeenVehicle,
    StoredEvent,
    Within,
)


class PluginConfig(BaseModel):
    """Base of every plugin's ``Config``. The text under a field is its line in the reference."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Clock(Protocol):
    """Where time enters. ``now`` is aware UTC, ``monotonic`` seconds."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...


class Source(Protocol):
    """Frames until closed. Iterating raises SourceLost or SourceEnded; it never retries, the camera does.

    ``live`` is True where frames that are not taken in time are gone (a camera), False where every frame waits (a
    file). ``stills`` is True where every frame is a picture of its own (a folder of photos): each is told of by itself.
    """

    live: bool
    stills: bool

    def __iter__(self) -> Iterator[Frame]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What a source is built with: ``build(config, SourceContext) -> Source``."""

    camera: str
    clock: Clock


class Detector(Protocol):
    """Batch first; boxes in input pixels, best score first. Failure raises InferenceError, never an empty list."""

    version: str

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]: ...


class Recognizer(Protocol):
    """Rectified plate crops to readings, one each. ``margin``: fraction of the plate's size it wants around the quad.
    ``size``: (width, height) in pixels of the crops it takes, or None when any size will do."""

    version: str
    margin: float
    size: tuple[int, int] | None

    def recognize(self, crops: Sequence[Image]) -> list[Reading]: ...


class VehicleFinder(Protocol):
    """Batch first; boxes in input pixels, best score first; of the type, unknown is an answer. Failure raises
    InferenceError, never an empty list."""

    version: str

    def find(self, images: Sequence[Image]) -> list[list[SeenVehicle]]: ...


@dataclass(frozen=True, slots=True)
class ModelContext:
    """What detectors, recognizers and vehicle finders are built with. ``device``: auto|cpu|cuda|tensorrt|openvino.
    ``threads``: intra-op.
    """

    device: str = "auto"
    threads: int = 1


class TrackedBox(Protocol):
    """What a tracker gives back for one live or ended track; ``id`` is unique within the camera."""

    @property
    def id(self) -> int: ...
    @property
    def detection(self) -> Detection | None: ...


class Tracker(Protocol):
    """One per camera, sees no pixels. ``update`` gives (live tracks, ended tracks) at ``time``."""

    def update(self, detections: Sequence[Detection], time: datetime) -> tuple[list[TrackedBox], list[TrackedBox]]: ...


@dataclass(frozen=True, slots=True)
class Drop:
    """A processor's verdict that an event is not to be stored; counted under ``reason``."""

    reason: str


class Processor(Protocol):
    """Event to event, or Drop with a reason. Pure but for what it was given; runs in config order before the log."""

    def process(self, event: PlateEvent) -> PlateEvent | Drop: ...


class Blobs(Protocol):
    """Content addressed pictures, written before the event row. ``put`` is idempotent; digests are sha256 hex."""

    def put(self, data: bytes) -> str: ...
    def open(self, digest: str) -> bytes: ...
    def has(self, digest: str) -> bool: ...
    def delete(self, digest: str) -> None: ...


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery to be written with its event. ``supersede``: drop unsent older revisions of the same event for this
    sink.
    """

    sink: str
    due: datetime
    expires: datetime | None = None
    supersede: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """The outcome of one attempt, as the store writes it; ``due`` is set when the delivery is to be tried again.
    ``tried=False`` gives the attempt back: the sink as a whole was away, or its time ran out before this one."""

    delivery: int
    state: DeliveryState
    answer: str = ""
    due: datetime | None = None
    tried: bool = True


class Store(Protocol):
    """The durable log. ``append`` writes event and deliveries in ONE transaction and is idempotent on (id, revision):
    it returns the new cursor, or None when that revision is already there. ``correct`` appends a revision that a person
    made, or None where it is not the one after the newest. Raises StorageFull or StoreError."""

    def append(self, event: PlateEvent, deliveries: Sequence[NewDelivery]) -> int | None: ...
    def append_many(self, batch: Sequence[tuple[PlateEvent, Sequence[NewDelivery]]]) -> list[int | None]: ...
    def correct(self, event: PlateEvent, deliveries: Sequence[NewDelivery]) -> int | None: ...
    def events(self, query: EventQuery) -> list[StoredEvent]: ...
    def revisions(self, event_id: str) -> list[StoredEvent]: ...
    def last_cursor(self) -> int: ...
    def claim(self, sink: str, limit: int, lease_seconds: float, now: datetime) -> list[Delivery]: ...
    def settle(self, settlements: Sequence[Settlement], now: datetime) -> None: ...
    def deliveries(
        self,
        *,
        sink: str | None = None,
        state: DeliveryState | None = None,
        event: str | None = None,
        before: int | None = None,
        limit: int = 50,
        within: Within = EVERYTHING,
    ) -> list[Delivery]: ...
    def delivery(self, delivery_id: int) -> Delivery | None: ...
    def redrive(self, ids: Sequence[int], now: datetime) -> int: ...
    def pending(self) -> Mapping[str, int]: ...
    def sweep(self, before: datetime, waiting: Collection[str] | None = None) -> int: ...
    def close(self) -> None: ...


class Reads(Protocol):
    """The log by passes: one row per vehicle pass, its newest revision. Written by the same transaction as the log."""

    def page(self, query: ReadQuery) -> ReadPage: ...
    def one(self, event_id: str) -> StoredEvent | None: ...
    def tally(self, query: ReadQuery) -> Tally: ...
    def facets(self, query: ReadQuery) -> Facets: ...


@dataclass(frozen=True, slots=True)
class Payload:
    """What a sink's pure ``encode`` makes of one event: the bytes to send and their headers or attributes."""

    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] | None = None


Outcome = SinkError | None
"""None: delivered. Temporary or Permanent: what went wrong with this one payload."""


class Sink(Protocol):
    """Hands events on. ``encode`` is pure; ``send`` gives one outcome per payload it tried, in order (fewer when its
    time ran out: the rest is handed in again), or raises Temporary/Permanent for all of them. It never sleeps, queues
    or retries: the delivery engine does. ``check`` raises when the receiver cannot be reached."""

    def encode(self, event: PlateEvent) -> Payload: ...
    def send(self, payloads: Sequence[Payload]) -> list[Outcome]: ...
    def check(self) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SinkContext:
    """What a sink is built with: ``picture`` opens a blob by digest; ``clock`` gives the time for signatures;
    ``timeout``: seconds that one ``send`` may take."""

    name: str
    picture: Callable[[str], bytes]
    clock: Clock
    timeout: float = 30.0
