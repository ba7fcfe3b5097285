"""``/search/...``, ``/events/recent``, ``/events/plate/{plate}``: reads in the shapes of Kafka and OpenSearch plate
platforms, for dashboards and scripts that speak those. New programs take ``/v1/reads``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from marque.api.auth import requires
from marque.api.filters import PLATE_MAX, Camera, Name, check_plate, utc
from marque.api.parts import Given
from marque.plates import normalize
from marque.queries import FoundRead, ReadQuery
from marque.services.platform import WINDOW, Hits, document
from marque.types import Direction, EventClass, Principal

router = APIRouter(tags=["search"])


def _zoned(value: Any) -> Any:
    """These platforms take a time without a zone as UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


Time = Annotated[datetime | None, BeforeValidator(_zoned)]
Limit = Annotated[int, Query(ge=1, le=1000, description="at most so many")]
Offset = Annotated[int, Query(ge=0, le=WINDOW, description="leave out so many, newest first")]
FACETS: Mapping[str, str] = {
    "camera": "cameras",
    "site": "sites",
    "zone": "zones",
    "direction": "directions",
    "region": "regions",
    "class": "classes",
    "vehicle_type": "vehicle_types",
    "vehicle_color": "vehicle_colors",
    "vehicle_make": "vehicle_makes",
    "hour": "hours",
}
"""field -> what these platforms call its facet"""
Words = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Cameras = Annotated[list[Camera], Field(max_length=50)]
Names = Annotated[list[Name], Field(max_length=50)]
Viewer = Annotated[Principal, requires("reads:view")]
Searcher = Annotated[Principal, requires("reads:search")]


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

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"query": "ABC", "filters": {"camera_id": "cam_01", "min_confidence": 0.9}, "size": 20}]
        },
    )

    query: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    filters: Filters = Filters()
    size: Annotated[int, Field(ge=1, le=1000)] = 100
    offset: Annotated[int, Field(ge=0, le=WINDOW, alias="from")] = 0


def narrowing(
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


@router.get("/search/fulltext", summary="Search by words")
def fulltext(
    parts: Given,
    principal: Searcher,
    filters: Narrowing,
    q: Annotated[Words, Query(description="a plate or a part of it, a camera, a site, a colour, `region:gb`...")],
    limit: Limit = 100,
    offset: Offset = 0,
) -> FoundPage:
    """Every word narrows the search: a name that is known (of a camera, site, zone, region, vehicle) is that;
    `approaching`, `quarantine`, `corrected` and the like are what they say; `camera:gate` says itself what it is;
    everything else is the plate. Up to four characters are looked for anywhere in a plate, `*` and `?` are wildcards,
    and more characters find what looks like them, most likely first."""
    hits = parts.archive.platform.search(principal, q, query_of(filters), offset, limit)
    return FoundPage(query=q, limit=limit, offset=offset, **_found(hits))


@router.post("/search/query", summary="Search by words and filters")
def search(parts: Given, principal: Searcher, question: Question) -> Found:
    """As `/search/fulltext`, with filters in a body. A query in OpenSearch's own language is refused."""
    query = query_of(question.filters, place="body.filters")
    return Found(
        **_found(parts.archive.platform.search(principal, question.query, query, question.offset, question.size))
    )


@router.get("/search/facets", summary="Count by camera, site, vehicle...")
def facets(parts: Given, principal: Viewer, filters: Narrowing, limit: Limit = 100) -> Faceted:
    """The newest reads that the filters let through, and how many of all that each camera, site, region, class, type,
    colour and make has, and each hour of the day (UTC)."""
    hits, counted = parts.archive.platform.facets(principal, query_of(filters), limit)
    return Faceted(
        facets={FACETS[name]: _buckets(values) for name, values in counted.counts.items() if name in FACETS},
        filters=filters.model_dump(mode="json", exclude_none=True),
        **_found(hits),
    )


def _buckets(values: Sequence[tuple[str, int]]) -> list[Bucket]:
    return [Bucket(key=key, doc_count=count) for key, count in values]


@router.get("/events/recent", summary="Show the newest reads")
def recent(parts: Given, principal: Viewer, limit: Limit = 100) -> Events:
    """Each pass once, the newest first."""
    found = parts.archive.reads.window(principal, ReadQuery(), 0, limit)
    return Events(count=len(found), events=documents(found))


@router.get("/events/plate/{plate}", summary="Show a plate's reads")
def of_plate(
    parts: Given,
    principal: Searcher,
    plate: Annotated[str, Path(min_length=1, max_length=PLATE_MAX, pattern=r"^[^\x00-\x1f\x7f]+$")],
    limit: Limit = 100,
    offset: Offset = 0,
) -> PlateEvents:
    """Each pass of exactly this plate, the newest first; spaces, dashes and case do not matter."""
    check_plate("plate", plate, "exact", place="path")
    found = parts.archive.reads.window(principal, ReadQuery(plate=plate), offset, limit)
    return PlateEvents(plate=normalize(plate), count=len(found), limit=limit, offset=offset, events=documents(found))


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


def _found(hits: Hits) -> dict[str, Any]:
    return {
        "total": hits.tally.count,
        "total_exact": hits.tally.exact,
        "took_ms": hits.took_ms,
        "results": documents(hits.reads),
    }


def documents(found: Sequence[FoundRead]) -> list[PlatformEvent]:
    """Reads in the shape of these platforms."""
    return [PlatformEvent.model_validate(document(one, picture)) for one in found]


def picture(event_id: str, name: str) -> str:
    """Where a picture of a pass is."""
    return f"/v1/reads/{event_id}/images/{name}"
