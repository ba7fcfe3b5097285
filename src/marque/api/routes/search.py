"""``/search/...``, ``/events/recent``, ``/events/plate/{plate}``: reads in the shapes of Kafka and OpenSearch plate
platforms, for dashboards and scripts that speak those. New programs take ``/v1/reads``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query

from marque.api.auth import requires
from marque.api.filters import PLATE_MAX, check_plate, refusal
from marque.api.parts import Given
from marque.api.platform import (
    Aggregated,
    Bucket,
    Buckets,
    Events,
    Faceted,
    Found,
    FoundPage,
    Narrowing,
    PlateEvents,
    Question,
    Stats,
    TermBucket,
    documents,
    query_of,
)
from marque.errors import Unacceptable
from marque.figures import By, Figures
from marque.plates import normalize
from marque.queries import ReadQuery
from marque.services.analytics import Analytics
from marque.services.platform import WINDOW, Hits
from marque.types import Principal

router = APIRouter(tags=["search"])
TIMES = {"since": "start_time", "until": "end_time"}
"""what these platforms call the ends of a time"""
UTC_ZONE = ZoneInfo("UTC")
SAMPLE = 200
"""newest reads whose confidence is averaged"""
Aggregation = Literal["top_plates", "by_hour", "by_camera", "trend", "plates_per_hour"]


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
Viewer = Annotated[Principal, requires("reads:view")]
Searcher = Annotated[Principal, requires("reads:search")]


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


@router.get("/search/analytics", summary="Count in aggregations")
def aggregate(
    parts: Given,
    principal: Annotated[Principal, requires("analytics:view")],
    filters: Narrowing,
    agg_type: Annotated[Aggregation | None, Query(description="what is counted")] = None,
    metric: Annotated[Aggregation | None, Query(description="the same")] = None,
    size: Annotated[int, Query(ge=1, le=1000, description="at most so many buckets of plates or cameras")] = 10,
) -> Aggregated:
    """`top_plates` and `by_camera` have the most frequent first, `by_hour` and `trend` (by day) follow time, in UTC;
    each over the last seven days where no time is given. `/v1/analytics` knows more, and other time zones."""
    kind = agg_type or metric
    if kind is None:
        raise refusal("agg_type", "Field required")
    began = parts.clock.monotonic()
    query = replace(query_of(filters), limit=size)
    try:
        figures, buckets = AGGREGATIONS[kind](parts.analytics, principal, query)
        total = parts.analytics.total(principal, query).rows[0].reads
    except Unacceptable as refused:
        raise Unacceptable(str(refused), field=TIMES.get(refused.field, refused.field), hint=refused.hint) from refused
    return Aggregated(
        agg_type=kind,
        took_ms=round((parts.clock.monotonic() - began) * 1000),
        total_events=total,
        aggregations={kind: Buckets(buckets=buckets)},
        filters=filters.model_dump(mode="json", exclude_none=True)
        | {"start_time": figures.since.isoformat(), "end_time": figures.until.isoformat()},
    )


@router.get("/stats", summary="Show how much there is")
def stats(parts: Given, principal: Annotated[Principal, requires("analytics:view")]) -> Stats:
    """What is kept in few figures."""
    newest = parts.archive.reads.window(principal, ReadQuery(), 0, SAMPLE)
    oldest = parts.archive.reads.window(principal, ReadQuery(newest_first=False), 0, 1)
    tally = parts.archive.reads.tally(principal, ReadQuery())
    cameras = parts.analytics.counts(principal, ReadQuery(limit=1000), By.CAMERA, UTC_ZONE)
    sure = [one.stored.event.read.confidence for one in newest if one.stored.event.read]
    return Stats(
        total_events=tally.count,
        total_exact=tally.exact,
        unique_plates=parts.analytics.total(principal, ReadQuery()).rows[0].plates,
        active_cameras=len(cameras.rows),
        earliest_event=oldest[0].stored.event.first_seen if oldest else None,
        latest_event=newest[0].stored.event.first_seen if newest else None,
        avg_confidence=round(sum(sure) / len(sure), 4) if sure else None,
    )


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


Figured = tuple[Figures[Any], list[TermBucket]]


def _plates(analytics: Analytics, who: Principal, query: ReadQuery) -> Figured:
    figures = analytics.top(who, query, UTC_ZONE)
    return figures, [TermBucket(key=one.plate, doc_count=one.reads) for one in figures.rows]


def _cameras(analytics: Analytics, who: Principal, query: ReadQuery) -> Figured:
    figures = analytics.counts(who, query, By.CAMERA, UTC_ZONE)
    return figures, [TermBucket(key=one.key or "", doc_count=one.reads) for one in figures.rows]


def _in_time(by: By, analytics: Analytics, who: Principal, query: ReadQuery) -> Figured:
    figures = analytics.counts(who, query, by, UTC_ZONE)
    return figures, [_moment(one.key, one.reads) for one in figures.rows if one.key]


def _moment(key: str, count: int) -> TermBucket:
    time = datetime.fromisoformat(key)
    start = time if time.tzinfo else time.replace(tzinfo=UTC)
    return TermBucket(key=round(start.timestamp() * 1000), key_as_string=start.isoformat(), doc_count=count)


AGGREGATIONS: Mapping[Aggregation, Callable[[Analytics, Principal, ReadQuery], Figured]] = {
    "top_plates": _plates,
    "by_camera": _cameras,
    "by_hour": partial(_in_time, By.HOUR),
    "plates_per_hour": partial(_in_time, By.HOUR),
    "trend": partial(_in_time, By.DAY),
}


def _found(hits: Hits) -> dict[str, Any]:
    return {
        "total": hits.tally.count,
        "total_exact": hits.tally.exact,
        "took_ms": hits.took_ms,
        "results": documents(hits.reads),
    }
