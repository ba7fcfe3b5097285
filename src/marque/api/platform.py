"""What plate platforms on Kafka and OpenSearch ask and answer: their filters, and reads in their shape."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from marque.api.filters import Camera, Name, utc
from marque.queries import FoundRead, ReadQuery
from marque.services.platform import WINDOW, document
from marque.types import Direction, EventClass


def _zoned(value: Any) -> Any:
    """These platforms take a time without a zone as UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


Time = Annotated[datetime | None, BeforeValidator(_zoned)]
Cameras = Annotated[list[Camera], Field(max_length=50)]
Names = Annotated[list[Name], Field(max_length=50)]


class PlateOf(BaseModel):
    text: str | None
    normalized_text: str | None
    confidence: float | None
    region: str | None


class VehicleOf(BaseModel):
    type: str | None
    make: str | None
    model: str | None
    color: str | None


class NodeOf(BaseModel):
    site: str | None


class PlatformEvent(BaseModel):
    """One pass. The flat fields are those of a table, the nested ones those of a search index; both say the same."""

    event_id: str
    captured_at: datetime
    created_at: datetime
    camera_id: str
    site_id: str | None
    track_id: str
    roi: str | None
    direction: str
    frame_number: int
    plate_text: str | None
    plate_normalized_text: str | None
    plate_confidence: float | None
    plate_region: str | None
    vehicle_type: str | None
    vehicle_make: str | None
    vehicle_model: str | None
    vehicle_color: str | None
    plate_image_url: str | None
    vehicle_image_url: str | None
    frame_image_url: str | None
    plate: PlateOf
    vehicle: VehicleOf
    node: NodeOf


class Events(BaseModel):
    count: int
    events: list[PlatformEvent]


class PlateEvents(Events):
    """``count`` is of this page."""

    plate: str
    limit: int
    offset: int


class Found(BaseModel):
    """``total`` counts all that was found; where ``total_exact`` is false it was estimated."""

    total: int
    total_exact: bool
    took_ms: int
    results: list[PlatformEvent]


class FoundPage(Found):
    query: str
    limit: int
    offset: int


class Bucket(BaseModel):
    """How many reads have this value."""

    key: str
    doc_count: int


class Faceted(Found):
    """``facets``: for each field its commonest values; all are estimates where ``total_exact`` is false."""

    facets: dict[str, list[Bucket]]
    filters: dict[str, Any]


class TermBucket(BaseModel):
    """How many reads have this value; in time, ``key`` is in milliseconds and ``key_as_string`` says it readably."""

    key: str | int
    key_as_string: str | None = None
    doc_count: int


class Buckets(BaseModel):
    buckets: list[TermBucket]


class Aggregated(BaseModel):
    """``filters`` tell the time that was looked at."""

    agg_type: str
    took_ms: int
    total_events: int
    aggregations: dict[str, Buckets]
    filters: dict[str, Any]


class Stats(BaseModel):
    """``total_events`` counts passes, by an estimate where ``total_exact`` is false. ``unique_plates`` and
    ``active_cameras`` are of the last seven days, ``avg_confidence`` of the newest reads."""

    is_connected: bool = True
    total_events: int
    total_exact: bool
    unique_plates: int
    active_cameras: int
    earliest_event: datetime | None
    latest_event: datetime | None
    avg_confidence: float | None


class Filters(BaseModel):
    """What narrows a search; what is left out lets all through."""

    model_config = ConfigDict(extra="forbid")

    camera_id: Camera | Cameras | None = None
    site: Name | Names | None = None
    zone: Name | Names | None = None
    direction: Direction | None = None
    region: Name | Names | None = None
    vehicle_type: Name | Names | None = None
    vehicle_color: Name | Names | None = None
    vehicle_make: Name | Names | None = None
    event_class: Annotated[EventClass | None, Field(alias="class")] = None
    corrected: bool | None = None
    min_confidence: Annotated[float | None, Field(ge=0, le=1, allow_inf_nan=False)] = None
    max_confidence: Annotated[float | None, Field(ge=0, le=1, allow_inf_nan=False)] = None
    start_time: Time = None
    end_time: Time = None


class Question(BaseModel):
    """``query`` is words as `/search/fulltext` takes them; empty, it lets all through."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    filters: Filters = Filters()
    size: Annotated[int, Field(ge=1, le=1000)] = 100
    offset: Annotated[int, Field(ge=0, le=WINDOW, alias="from")] = 0


async def narrowing(
    camera_id: Annotated[Camera | None, Query()] = None,
    site: Annotated[Name | None, Query()] = None,
    region: Annotated[Name | None, Query()] = None,
    vehicle_type: Annotated[Name | None, Query()] = None,
    vehicle_color: Annotated[Name | None, Query()] = None,
    vehicle_make: Annotated[Name | None, Query()] = None,
    min_confidence: Annotated[float | None, Query(ge=0, le=1, allow_inf_nan=False)] = None,
    start_time: Annotated[Time, Query(description="not before; UTC where it names no zone")] = None,
    end_time: Annotated[Time, Query(description="before this time")] = None,
) -> Filters:
    """The filters that are given in the address."""
    return Filters(
        camera_id=camera_id,
        site=site,
        region=region,
        vehicle_type=vehicle_type,
        vehicle_color=vehicle_color,
        vehicle_make=vehicle_make,
        min_confidence=min_confidence,
        start_time=start_time,
        end_time=end_time,
    )


Narrowing = Annotated[Filters, Depends(narrowing)]


def query_of(filters: Filters, place: str = "query") -> ReadQuery:
    """The filters as a query."""
    return ReadQuery(
        cameras=_several(filters.camera_id),
        sites=_several(filters.site),
        zones=_several(filters.zone),
        directions=_several(filters.direction),
        regions=tuple(one.lower() for one in _several(filters.region)),
        vehicle_types=_several(filters.vehicle_type),
        colors=_several(filters.vehicle_color),
        makes=_several(filters.vehicle_make),
        event_class=filters.event_class,
        corrected=filters.corrected,
        min_confidence=filters.min_confidence,
        max_confidence=filters.max_confidence,
        since=utc("start_time", filters.start_time, place),
        until=utc("end_time", filters.end_time, place),
    )


def _several(value: str | Sequence[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def documents(found: Sequence[FoundRead]) -> list[PlatformEvent]:
    """Reads in the shape of these platforms."""
    return [PlatformEvent.model_validate(document(one, picture)) for one in found]


def picture(event_id: str, name: str) -> str:
    """Where a picture of a pass is."""
    return f"/v1/reads/{event_id}/images/{name}"
