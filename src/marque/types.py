"""The words of the field as frozen dataclasses. Pixels are (x, y) from the top left; scores are 0 to 1; times are
aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""HxWx3, BGR, as OpenCV holds pictures."""


@dataclass(frozen=True, slots=True)
class Box:
    """Axis-parallel rectangle in pixels, ``x1``/``y1`` exclusive."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        return max(self.width, 0.0) * max(self.height, 0.0)

    @property
    def center(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        shared = max(width, 0.0) * max(height, 0.0)
        return shared / (self.area + other.area - shared) if shared > 0 else 0.0

    def as_list(self) -> list[float]:
        return [self.x0, self.y0, self.x1, self.y1]


Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Quad:
    """Four corners in pixels, clockwise from the plate's own top left."""

    points: tuple[Point, Point, Point, Point]

    @classmethod
    def of(cls, box: Box) -> Quad:
        """The box's own corners."""
        return cls(((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)))

    @property
    def box(self) -> Box:
        """The smallest box around the quad."""
        xs, ys = zip(*self.points, strict=True)
        return Box(min(xs), min(ys), max(xs), max(ys))

    def as_list(self) -> list[list[float]]:
        return [[x, y] for x, y in self.points]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of one camera. ``time`` is when it was captured, ``sequence`` rises by one per frame the source
    gave.
    """

    image: Image
    camera: str
    time: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class Detection:
    """Something found in a picture; ``quad`` is None when the detector gives boxes only. ``sure``: False where only a
    text on it could show that it is a plate."""

    box: Box
    score: float
    kind: str = "plate"
    quad: Quad | None = None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Character:
    """One position of a text: the chosen character and the likely others, best first, itself not repeated."""

    char: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One whole string that a recogniser holds possible, with its joint probability."""

    characters: tuple[Character, ...]
    confidence: float

    @property
    def text(self) -> str:
        return "".join(c.char for c in self.characters)


@dataclass(frozen=True, slots=True)
class RegionScore:
    """A region (lower-case ISO, ``gb``, ``us-ca``) and how sure we are of it."""

    code: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What one recogniser saw on one crop: hypotheses best first (never empty; an empty text is a hypothesis too)."""

    hypotheses: tuple[Hypothesis, ...]
    regions: tuple[RegionScore, ...] = ()

    @property
    def text(self) -> str:
        return self.hypotheses[0].text

    @property
    def confidence(self) -> float:
        return self.hypotheses[0].confidence

    @property
    def characters(self) -> tuple[Character, ...]:
        return self.hypotheses[0].characters


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer after format matching; ``text`` is normalized, ``display`` as people write it."""

    text: str
    confidence: float
    display: str = ""
    region: str | None = None
    format: str | None = None


@dataclass(frozen=True, slots=True)
class PlateRead:
    """A plate that was found and read. ``raw`` is what the net read, ``text`` the normalized best candidate; neither
    overwrites the other. ``readings`` counts the single-frame readings fused into it."""

    text: str
    raw: str
    display: str
    confidence: float
    characters: tuple[Character, ...]
    candidates: tuple[Candidate, ...]
    region: RegionScore | None
    box: Box
    quad: Quad
    detection_confidence: float
    format: str | None = None
    readings: int = 1


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing seen of a vehicle, with how sure we are of it."""

    value: str
    confidence: float


@dataclass(frozen=True, slots=True)
class SeenVehicle:
    """A vehicle in one picture. ``types``: what it may be, likeliest first, with shares that add up to one; empty:
    nobody knows.
    """

    detection: Detection
    types: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Vehicle:
    """What was seen of a vehicle, with its plate or without one. None: not looked for, or unknown. ``type`` is car,
    van, truck, bus or motorcycle; ``color`` one of eleven names."""

    box: Box | None = None
    type: Attribute | None = None
    color: Attribute | None = None
    make: Attribute | None = None
    model: Attribute | None = None

    @property
    def words(self) -> str:
        """``white van``, as far as it is known; else ``vehicle``."""
        kind = self.type.value if self.type else "vehicle"
        return f"{self.color.value} {kind}" if self.color else kind


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said the plate is. ``machine`` is the text that Marque had read; ``raw`` of the read stays too."""

    text: str
    machine: str
    by: str
    at: datetime
    reason: str = ""


class EventKind(StrEnum):
    NEW = "new"
    UPDATE = "update"
    LOST = "lost"


class EventClass(StrEnum):
    NORMAL = "normal"
    QUARANTINE = "quarantine"


class Direction(StrEnum):
    APPROACHING = "approaching"
    RECEDING = "receding"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PlateEvent:
    """One revision of one vehicle pass at one camera. ``id`` (UUIDv7) stays, ``revision`` rises from 1.

    ``changes`` names what an update changed: field -> (from, to). ``images`` maps a picture's name (``frame``,
    ``plate``; ``strip``, the frames it was read in, once it has left) to its blob digest. ``reason`` says why a
    quarantined read is one. ``frame_size`` is (width, height) in pixels.
    """

    id: str
    revision: int
    kind: EventKind
    camera: str
    time: datetime
    first_seen: datetime
    last_seen: datetime
    read: PlateRead | None
    event_class: EventClass = EventClass.NORMAL
    reason: str | None = None
    site: str | None = None
    zone: str | None = None
    direction: Direction = Direction.UNKNOWN
    track: int = 0
    best_shot: int = 0
    """sequence number of the frame kept as evidence: the very frame that was read"""
    frame_size: tuple[int, int] = (0, 0)
    parked: bool = False
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    timezone: str = "UTC"
    vehicle: Vehicle | None = None
    correction: Correction | None = None
    """set from the revision on in which a person corrected the text; ``read.text`` is then the corrected one"""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event in the log; ``cursor`` rises with every append and is what pages and streams continue from."""

    cursor: int
    event: PlateEvent

    @property
    def kind(self) -> EventKind:
        return self.event.kind


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event revision owed to one sink."""

    id: int
    sink: str
    event: PlateEvent
    state: DeliveryState
    attempts: int
    created: datetime
    due: datetime
    expires: datetime | None = None
    answer: str = ""
    """what the receiver said last, or why the attempt failed"""


@dataclass(frozen=True, slots=True)
class Within:
    """The cameras and sites that somebody may see; None: all. A read is visible when both allow it."""

    cameras: frozenset[str] | None = None
    sites: frozenset[str] | None = None


EVERYTHING = Within()


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. ``kind`` is local (no authentication), user or key; ``scopes`` are what it may do (see
    :mod:`marque.access.scopes`), ``within`` where; ``address`` is where the request came from."""

    name: str
    kind: str
    scopes: frozenset[str]
    within: Within = EVERYTHING
    address: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act of somebody: who (``principal``, its ``kind``), from where, what (``action``, on ``target``), when.
    ``detail`` says more about it, never a secret; ``results``: how many things the answer showed. ``id`` rises, 0
    before it is kept."""

    at: datetime
    principal: str
    kind: str
    address: str
    action: str
    target: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    results: int | None = None
    id: int = 0
