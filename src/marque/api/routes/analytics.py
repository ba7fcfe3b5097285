"""``/v1/analytics``: figures about what was read, as JSON or CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from marque.api.auth import requires
from marque.api.filters import PLATE_MAX, Camera, ReadFilter, check_plate
from marque.api.parts import Given
from marque.api.shapes import answer
from marque.figures import (
    By,
    Convoy,
    Counted,
    Figures,
    HourOfWeek,
    Journey,
    Overview,
    Presence,
    Total,
    Visitor,
)
from marque.queries import ReadQuery
from marque.services.rows import cell, line
from marque.types import Principal
from marque.wire import UtcTime

router = APIRouter(prefix="/v1/analytics", tags=["analytics"])
Row = TypeVar("Row")
SCOPE = "analytics:view"
Asker = Annotated[Principal, requires(SCOPE)]


class Table(BaseModel, Generic[Row]):
    """Figures about the reads first seen from ``since`` on and before ``until``. ``cut``: there are more rows, or not
    every read was looked at, because it would have been too many; narrow the question."""

    model_config = ConfigDict(from_attributes=True)

    since: UtcTime
    until: UtcTime
    timezone: str
    cut: bool
    rows: list[Row]


@cache
def zones() -> frozenset[str]:
    """The names of every time zone that is known here."""
    return frozenset(available_timezones())


def zone_of(name: str) -> str:
    """Raises ValueError for a name that no time zone has."""
    if name not in zones():
        raise ValueError("there is no such time zone; take one as Europe/Berlin")
    return name


Zone = Annotated[
    str,
    StringConstraints(max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$"),
    AfterValidator(zone_of),
    Query(description="whose hours and days are meant: `Europe/Berlin`"),
]
Format = Annotated[Literal["json", "csv"], Query(description="csv: the rows alone")]
Limit = Annotated[int, Query(ge=1, le=1000, description="rows at most")]
Seconds = Annotated[float, Query(ge=0, le=31 * 86_400, allow_inf_nan=False)]
Cameras = Annotated[list[Camera], Query(min_length=1, max_length=50)]
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


@dataclass(frozen=True, slots=True)
class Asked:
    """What every question here has: the reads it is about, how many rows, and how to tell them."""

    query: ReadQuery
    zone: ZoneInfo
    form: str


async def _asked(query: ReadFilter, tz: Zone = "UTC", limit: Limit = 100, format: Format = "json") -> Asked:  # noqa: A002
    return Asked(replace(query, limit=limit), ZoneInfo(tz), format)


Question = Annotated[Asked, Depends(_asked)]


def told(figures: Figures[Row], kind: type[Row], form: str) -> Response:
    """The figures as they were asked for."""
    if form == "json":
        return answer(Table[kind].model_validate(figures))  # type: ignore[valid-type]
    headers = {"X-Cut": str(figures.cut).lower()}
    return Response("".join(_lines(figures.rows, kind)), headers=headers, media_type="text/csv; charset=utf-8")


def _lines(rows: Iterable[Any], kind: type[Any]) -> Iterator[str]:
    names = [field.name for field in fields(kind)]
    yield line(names)
    for row in rows:
        yield line([_cell(getattr(row, name)) for name in names])


def _cell(value: Any) -> str:
    return cell(" ".join(value) if isinstance(value, tuple) else value)


@router.get("/overview", summary="Show how much and when", response_model=Table[Overview])
def overview(
    parts: Given,
    who: Asker,
    query: ReadFilter,
    tz: Zone = "UTC",
    by: Annotated[Literal["hour", "day"], Query(description="of what `times` are the names")] = "hour",
    busiest: Annotated[int, Query(ge=0, le=20, description="cameras that have their hours or days told too")] = 7,
    plates: Annotated[int, Query(ge=0, le=1000, description="so many `top` plates and `frequent` visitors")] = 0,
) -> Response:
    """What a page of charts begins with, in one row: the total, the reads of each hour or day of all cameras and of the
    busiest, of each camera, and of each hour of the week. At most 93 days by hour, else 366. `plates` need the scope
    `reads:search` too."""
    found = parts.analytics.overview(who, replace(query, limit=plates), By(by), ZoneInfo(tz), busiest)
    return answer(Table[Overview].model_validate(found))


@router.get("/counts", summary="Count reads", response_model=Table[Counted], responses=CSV)
def counts(
    parts: Given,
    who: Asker,
    asked: Question,
    by: Annotated[By, Query(description="hours and days in order of time, all of them; others most reads first")],
) -> Response:
    """How many reads and how many different plates, by hour, day, camera... At most 93 days by hour, else 366; the last
    seven without `since` and `until`. `key` is null where it is not known."""
    return told(parts.analytics.counts(who, asked.query, by, asked.zone), Counted, asked.form)


@router.get("/total", summary="Count unique vehicles", response_model=Table[Total], responses=CSV)
def total(parts: Given, who: Asker, asked: Question) -> Response:
    """One row: reads, different plates, plates that were never read before, passes without a text, corrected ones."""
    return told(parts.analytics.total(who, asked.query), Total, asked.form)


@router.get("/week", summary="Show the hours of the week", response_model=Table[HourOfWeek], responses=CSV)
def week(parts: Given, who: Asker, asked: Question) -> Response:
    """Reads of each of the 168 hours of a week, as a heat map shows them. `weekday` 0 is Monday."""
    return told(parts.analytics.week(who, asked.query, asked.zone), HourOfWeek, asked.form)


@router.get("/plates", summary="List top plates", response_model=Table[Visitor], responses=CSV)
def plates(parts: Given, who: Asker, asked: Question) -> Response:
    """Plates with most reads first. Needs the scope `reads:search` too."""
    return told(parts.analytics.top(who, asked.query, asked.zone), Visitor, asked.form)


@router.get("/visitors", summary="List visitors", response_model=Table[Visitor], responses=CSV)
def visitors(
    parts: Given,
    who: Asker,
    asked: Question,
    days: Annotated[int, Query(ge=1, le=366, description="only those who came on at least so many days")] = 1,
    new: Annotated[bool, Query(description="only plates that were never read before")] = False,
) -> Response:
    """Plates that came on most days first, and then those that came for the first time with `new`. Needs the scope
    `reads:search` too."""
    return told(parts.analytics.visitors(who, asked.query, asked.zone, days, new), Visitor, asked.form)


@router.get("/journeys", summary="Time journeys", response_model=Table[Journey], responses=CSV)
def journeys(
    parts: Given,
    who: Asker,
    asked: Question,
    origin: Annotated[Cameras, Query(description="cameras where it begins")],
    destination: Annotated[Cameras, Query(description="cameras where it ends")],
    shortest: Annotated[Seconds, Query(description="seconds at least")] = 0.0,
    longest: Annotated[Seconds, Query(description="seconds at most")] = 86_400.0,
    fuzzy: Annotated[bool, Query(description="plates that differ only in what looks alike are the same")] = False,
) -> Response:
    """Seconds from a read at an origin to the next read of the same plate by any of these cameras, when that is a
    destination: median, 85th percentile, shortest and longest, for each pair of cameras. With the cameras of a way in
    and of a way out it is how long vehicles stay."""
    found = parts.analytics.journeys(who, asked.query, origin, destination, shortest, longest, fuzzy)
    return told(found, Journey, asked.form)


@router.get("/presence", summary="Show who was inside", response_model=Table[Presence], responses=CSV)
def presence(
    parts: Given,
    who: Asker,
    asked: Question,
    entry: Annotated[Cameras, Query(description="cameras of the ways in")],
    exit: Annotated[Cameras, Query(description="cameras of the ways out")],  # noqa: A002
    longest: Annotated[Seconds, Query(description="seconds after which one whose exit was missed is not counted")] = (
        86_400.0
    ),
) -> Response:
    """How many vehicles came in and went out in each hour, and how many were inside at its end. At most 93 days."""
    return told(parts.analytics.presence(who, asked.query, asked.zone, entry, exit, longest), Presence, asked.form)


@router.get("/convoys", summary="Find convoys", response_model=Table[Convoy], responses=CSV)
def convoys(
    parts: Given,
    who: Asker,
    asked: Question,
    cameras: Annotated[int, Query(ge=2, le=50, description="passed together at so many cameras at least")] = 3,
    seconds: Annotated[float, Query(gt=0, le=300, allow_inf_nan=False, description="this close to one another")] = 10.0,
    of: Annotated[
        str | None, Query(min_length=1, max_length=PLATE_MAX, description="only those that travel with this plate")
    ] = None,
) -> Response:
    """Pairs of plates that passed the same cameras together, most cameras first. At most 31 days. Needs the scope
    `reads:search` too."""
    if of is not None:
        check_plate("of", of, "exact")
    return told(parts.analytics.convoys(who, asked.query, cameras, seconds, of), Convoy, asked.form)
