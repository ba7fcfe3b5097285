"""The filters of the event log as query parameters, bounded and checked before the store sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Depends, Query
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, StringConstraints

from marque.plates import normalize
from marque.queries import EventQuery
from marque.types import EventClass, EventKind

CURSOR_MAX = 2**63 - 1
Cursor = Annotated[int, Query(ge=0, le=CURSOR_MAX)]
Camera = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Plate = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f\x7f]+$")]


def event_filter(
    camera: Annotated[list[Camera], Query(max_length=50, description="only these cameras")] = [],  # noqa: B006
    since: Annotated[AwareDatetime | None, Query(description="not before this time")] = None,
    until: Annotated[AwareDatetime | None, Query(description="before this time")] = None,
    plate: Annotated[Plate | None, Query(description="spaces, dashes and case do not matter")] = None,
    match: Annotated[Literal["exact", "prefix", "fuzzy"], Query(description="how `plate` is compared")] = "exact",
    kind: Annotated[list[EventKind], Query(max_length=3, description="only these kinds of revision")] = [],  # noqa: B006
    class_: Annotated[
        EventClass | None, Query(alias="class", description="normal or quarantine; both if left out")
    ] = None,
) -> EventQuery:
    """The filters that pages and the live stream share."""
    if plate is not None and not normalize(plate):
        raise refusal("plate", "There is no letter or digit in it")
    return EventQuery(
        cameras=tuple(camera),
        since=_utc("since", since),
        until=_utc("until", until),
        plate=plate,
        plate_match=match,
        kinds=tuple(kind),
        event_class=class_,
    )


def _utc(name: str, time: datetime | None) -> datetime | None:
    """The time in UTC; the ends of the calendar have none."""
    try:
        return time and time.astimezone(UTC)
    except OverflowError as error:
        raise refusal(name, "This time is out of range") from error


def refusal(parameter: str, why: str) -> RequestValidationError:
    """The error for a parameter whose value cannot be used."""
    return RequestValidationError([{"loc": ("query", parameter), "msg": why}])


EventFilter = Annotated[EventQuery, Depends(event_filter)]
