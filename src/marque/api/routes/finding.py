"""What a search asks beside the reads themselves: what a phrase means, and how many reads there are of what."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from marque.api.auth import requires
from marque.api.filters import ReadFilter
from marque.api.parts import Given
from marque.api.routes.analytics import Zone
from marque.api.shapes import Count
from marque.queries import ReadQuery
from marque.services.chips import Kind
from marque.types import Principal
from marque.wire import UtcTime

router = APIRouter(prefix="/v1", tags=["reads"])
Viewer = Annotated[Principal, requires("reads:view")]
Words = Annotated[str, Query(max_length=500, description="`BBC123 gate yesterday 8-9`")]


class Offered(BaseModel):
    """Another way to write a part, and what it would mean."""

    model_config = ConfigDict(from_attributes=True)

    text: str
    meaning: str


class PartOf(BaseModel):
    """Some words of the phrase, from character ``start`` on, and what they were taken for. ``used``: they narrow the
    search; ``problem``: why not, or what will come of them."""

    model_config = ConfigDict(from_attributes=True)

    text: str
    start: int
    kind: Kind
    meaning: str
    used: bool
    problem: str
    offers: list[Offered]


class Asked(BaseModel):
    """The phrase as filters of ``/v1/reads``; those left out let all through."""

    camera: list[str] = []
    site: list[str] = []
    zone: list[str] = []
    direction: list[str] = []
    region: list[str] = []
    vehicle: list[str] = []
    color: list[str] = []
    make: list[str] = []
    kind: list[str] = []
    since: UtcTime | None = None
    until: UtcTime | None = None
    plate: str | None = None
    match: str | None = None
    min_confidence: float | None = None
    max_confidence: float | None = None
    class_: str | None = None
    corrected: bool | None = None


class Understood(BaseModel):
    """``parts`` in the order of the phrase; ``filters`` are those of ``/v1/reads``, which finds the reads."""

    parts: list[PartOf]
    filters: dict[str, Any]


class Value(BaseModel):
    """How many reads have this value."""

    value: str
    count: int


class Counted(BaseModel):
    """``facets``: for each field its commonest values; ``hour`` is the hour of the day in UTC. All are estimates where
    ``count`` is one."""

    facets: dict[str, list[Value]]
    count: Count


@router.get("/search/phrase", summary="Understand a phrase")
def understand(parts: Given, principal: Viewer, q: Words = "", tz: Zone = "UTC") -> Understood:
    """What somebody types into one box as filters of `/v1/reads`: plates (`AB12CDE` and what looks like it, `"AB12CDE"`
    exactly, `AB?2*`, `/AB[12]+/`), cameras, sites, zones and regions by name (`@gate`, `zone:drive`), vehicles (`black
    van`), how sure (`>80%`, `unsure`), `quarantine`, `corrected`, and times (`yesterday 8-9`, `last 2 hours`, `since
    monday`). What is not understood is said to be so and left out."""
    found = parts.archive.phrases.understand(principal, q, ZoneInfo(tz))
    return Understood(parts=[PartOf.model_validate(one) for one in found.parts], filters=filters_of(found.query))


@router.get("/reads/facets", summary="Count reads by camera, region, hour...")
def facets(parts: Given, principal: Viewer, query: ReadFilter) -> Counted:
    """How many of the reads that the filters let through each camera, site, zone, region, class, type, colour and make
    has, and each hour of the day."""
    found = parts.archive.reads.facets(principal, query)
    values = {name: [Value(value=v, count=n) for v, n in counts] for name, counts in found.counts.items()}
    return Counted(facets=values, count=Count.model_validate(found.tally))


def filters_of(query: ReadQuery) -> dict[str, Any]:
    """The query as parameters of ``/v1/reads``, those that are set."""
    asked = Asked(
        camera=list(query.cameras),
        site=list(query.sites),
        zone=list(query.zones),
        direction=list(query.directions),
        region=list(query.regions),
        vehicle=list(query.vehicle_types),
        color=list(query.colors),
        make=list(query.makes),
        kind=list(query.kinds),
        since=query.since,
        until=query.until,
        plate=query.plate,
        match=query.plate_match if query.plate is not None else None,
        min_confidence=query.min_confidence,
        max_confidence=query.max_confidence,
        class_=query.event_class,
        corrected=query.corrected,
    )
    found = asked.model_dump(mode="json", exclude_defaults=True)
    return {name.rstrip("_"): value for name, value in found.items()}
