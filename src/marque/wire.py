"""The JSON that leaves Marque: ``marque.event/1``. Read by every sink, the API, the store and other programs.

One pydantic model per object states names and types once; it reads our dataclasses by attribute, JSON by name, and
is where the published JSON Schema comes from. Fields are only ever added; unknown fields are ignored on reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from marque.types import (
    Attribute,
    Box,
    Candidate,
    Character,
    Correction,
    Direction,
    EventClass,
    EventKind,
    PlateEvent,
    PlateRead,
    Quad,
    RegionScore,
    StoredEvent,
    Vehicle,
)

Schema = Literal["marque.event/1"]
SCHEMA: Schema = "marque.event/1"
LATEST = '"correction":'
"""the field that was added last: JSON without it was written by an earlier version, and lacks what came since"""

Score = Annotated[float, Field(ge=0, le=1)]
Corner = tuple[float, float]


def _corners(value: Any) -> Any:
    return value.as_list() if isinstance(value, Box | Quad) else value


def _alternatives(value: Any) -> Any:
    """All at once: they are most of what an event holds."""
    if isinstance(value, tuple):
        return [{"char": char, "confidence": confidence} for char, confidence in value]
    return value


def _change(value: Any) -> Any:
    return {"from": value[0], "to": value[1]} if isinstance(value, tuple) else value


def _utc(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


UtcTime = Annotated[AwareDatetime, PlainSerializer(_utc, return_type=str)]


class _Wire(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class WireAlternative(_Wire):
    """Another character this position may hold."""

    char: str
    confidence: Score


class WireCharacter(_Wire):
    """One position of the text."""

    char: str
    confidence: Score
    alternatives: Annotated[list[WireAlternative], BeforeValidator(_alternatives)] = []


class WireCandidate(_Wire):
    """One whole text the plate may be, best first."""

    text: str
    confidence: Score
    display: str = ""
    region: str | None = None
    format: str | None = None


class WireRegion(_Wire):
    """Who issued the plate: lower-case ISO code, ``gb``, ``us-ca``."""

    code: str
    confidence: Score


class WirePlate(_Wire):
    """What was read; ``raw`` is the net's own text, ``text`` the normalized best candidate, ``display`` as people
    write it. ``box`` is x0, y0, x1, y1 and ``quad`` four corners clockwise from the plate's top left, in pixels."""

    text: str
    raw: str
    display: str
    confidence: Score
    characters: list[WireCharacter]
    candidates: list[WireCandidate]
    region: WireRegion | None
    format: str | None = None
    readings: int = Field(1, ge=1)
    box: Annotated[tuple[float, float, float, float], BeforeValidator(_corners)]
    quad: Annotated[tuple[Corner, Corner, Corner, Corner], BeforeValidator(_corners)]
    detection_confidence: Score


class WireChange(_Wire):
    """What an update changed."""

    before: Any = Field(alias="from")
    after: Any = Field(alias="to")


class WireAttribute(_Wire):
    """One thing seen of a vehicle."""

    value: str
    confidence: Score


class WireVehicle(_Wire):
    """What was seen of the vehicle: its box as x0, y0, x1, y1 in pixels, and what it is; null where unknown."""

    box: Annotated[tuple[float, float, float, float] | None, BeforeValidator(_corners)] = None
    type: WireAttribute | None = None
    color: WireAttribute | None = None
    make: WireAttribute | None = None
    model: WireAttribute | None = None


class WireCorrection(_Wire):
    """What a person said the plate is; ``machine`` is the text that was read before."""

    text: str
    machine: str
    by: str
    at: UtcTime
    reason: str = ""


class WireEvent(_Wire):
    """One revision of one vehicle pass at one camera. ``id`` stays, ``revision`` rises; the pair is unique. Times are
    UTC; ``timezone`` is the camera's. ``images`` maps a picture's name to its sha256."""

    wire: Schema = Field(SCHEMA, alias="schema")
    id: str
    revision: int = Field(ge=1)
    kind: EventKind
    event_class: EventClass = Field(
        EventClass.NORMAL, validation_alias=AliasChoices("class", "event_class"), serialization_alias="class"
    )
    reason: str | None = None
    site: str | None = None
    camera: str
    zone: str | None = None
    direction: Direction = Direction.UNKNOWN
    parked: bool = False
    time: UtcTime
    first_seen: UtcTime
    last_seen: UtcTime
    timezone: str = "UTC"
    read: WirePlate | None = Field(None, validation_alias=AliasChoices("plate", "read"), serialization_alias="plate")
    changes: dict[str, Annotated[WireChange, BeforeValidator(_change)]] = {}
    images: dict[str, str] = {}
    models: dict[str, str] = {}
    track: int = 0
    best_shot: int = 0
    frame_size: tuple[int, int] = (0, 0)
    vehicle: WireVehicle | None = None
    correction: WireCorrection | None = None


def to_wire(event: PlateEvent) -> dict[str, Any]:
    """The event as JSON values."""
    return WireEvent.model_validate(event).model_dump(mode="json", by_alias=True)


def to_json(event: PlateEvent) -> str:
    """The event as one line of JSON, without a line break."""
    return WireEvent.model_validate(event).model_dump_json(by_alias=True)


def from_wire(data: Mapping[str, Any]) -> PlateEvent:
    """The event back, exactly as it was. Raises pydantic's ValidationError (a ValueError) for anything else."""
    return _event(WireEvent.model_validate(data))


def _event(wire: WireEvent) -> PlateEvent:
    fields: dict[str, Any] = {name: getattr(wire, name) for name in WireEvent.model_fields if name != "wire"}
    fields |= {name: fields[name].astimezone(UTC) for name in ("time", "first_seen", "last_seen")}
    fields["read"] = wire.read and _plate(wire.read)
    fields["vehicle"] = wire.vehicle and _vehicle(wire.vehicle)
    fields["correction"] = wire.correction and _correction(wire.correction)
    fields["changes"] = {name: (change.before, change.after) for name, change in wire.changes.items()}
    return PlateEvent(**fields)


def from_json(text: str) -> PlateEvent:
    """The event back of its JSON. Raises as :func:`from_wire` does."""
    return _event(WireEvent.model_validate_json(text))


class WrittenEvent(StoredEvent):
    """An event of the log with the JSON that it is kept as. Where nobody asks for more than that JSON, as pages and
    streams do not, no event is made of it: that takes longer than all else together."""

    _kind: str
    _json: str

    def __init__(self, cursor: int, kind: str, json: str) -> None:
        for name, value in (("cursor", cursor), ("_kind", kind), ("_json", json)):
            object.__setattr__(self, name, value)

    @cached_property
    def event(self) -> PlateEvent:
        return from_json(self._json)

    @property
    def kind(self) -> EventKind:
        return EventKind(self._kind)

    @property
    def json(self) -> str:
        """As the present version writes it; the order of its fields is the database's."""
        return self._json if LATEST in self._json else to_json(self.event)


def json_of(stored: StoredEvent) -> str:
    """The event's JSON, in one line."""
    return stored.json if isinstance(stored, WrittenEvent) else to_json(stored.event)


def plate_to_wire(read: PlateRead) -> dict[str, Any]:
    """One plate as the ``plate`` of an event holds it, for those who read pictures without events."""
    return WirePlate.model_validate(read).model_dump(mode="json", by_alias=True)


def vehicle_to_wire(vehicle: Vehicle) -> dict[str, Any]:
    """One vehicle as the ``vehicle`` of an event holds it."""
    return WireVehicle.model_validate(vehicle).model_dump(mode="json", by_alias=True)


def vehicle_from_wire(data: Mapping[str, Any]) -> Vehicle:
    """The vehicle back. Raises pydantic's ValidationError (a ValueError) for anything else."""
    return _vehicle(WireVehicle.model_validate(data))


def plate_from_wire(data: Mapping[str, Any]) -> PlateRead:
    """The plate back. Raises pydantic's ValidationError (a ValueError) for anything else."""
    return _plate(WirePlate.model_validate(data))


def schema() -> dict[str, Any]:
    """The JSON Schema of ``marque.event/1``, as published in docs/reference/event.schema.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        **{k: v for k, v in WireEvent.model_json_schema(mode="serialization").items() if k != "title"},
    }


def _plate(wire: WirePlate) -> PlateRead:
    fields: dict[str, Any] = {name: getattr(wire, name) for name in WirePlate.model_fields}
    fields["characters"] = tuple(_character(c) for c in wire.characters)
    fields["candidates"] = tuple(Candidate(**c.model_dump()) for c in wire.candidates)
    fields["region"] = wire.region and RegionScore(wire.region.code, wire.region.confidence)
    return PlateRead(**fields | {"box": Box(*wire.box), "quad": Quad(wire.quad)})


def _character(wire: WireCharacter) -> Character:
    return Character(wire.char, wire.confidence, tuple((a.char, a.confidence) for a in wire.alternatives))


def _vehicle(wire: WireVehicle) -> Vehicle:
    seen = {name: getattr(wire, name) for name in ("type", "color", "make", "model")}
    attributes = {name: one and Attribute(one.value, one.confidence) for name, one in seen.items()}
    return Vehicle(box=Box(*wire.box) if wire.box else None, **attributes)


def _correction(wire: WireCorrection) -> Correction:
    return Correction(wire.text, wire.machine, wire.by, wire.at.astimezone(UTC), wire.reason)
