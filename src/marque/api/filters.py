"""The filters of reads and events as query parameters, bounded and checked before the store sees them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Depends, Query
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, StringConstraints

from marque.api.problems import sentence
from marque.errors import Unacceptable
from marque.plates import masks, normalize
from marque.queries import EventQuery, ReadQuery, Wanted
from marque.types import EVERYTHING, Direction, EventClass, EventKind

CURSOR_MAX = 2**63 - 1
PLATE_MAX = 32
"""characters of a plate as people write it"""
PATTERN_MAX = 100
"""characters of a regular expression"""
Match = Literal["exact", "prefix", "wildcard", "regex", "fuzzy"]
Cursor = Annotated[int, Query(ge=0, le=CURSOR_MAX)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Camera = Name
"""of events that another system handed in, a camera may have any name"""
Plate = Annotated[str, StringConstraints(min_length=1, max_length=PATTERN_MAX, pattern=r"^[^\x00-\x1f\x7f]+$")]
Score = Annotated[float | None, Query(ge=0, le=1, allow_inf_nan=False)]
Cameras = Annotated[list[Camera], Query(max_length=50)]
Names = Annotated[list[Name], Query(max_length=50)]


async def wanted(
    camera: Annotated[Cameras, Query(description="only these cameras")] = [],  # noqa: B006
    site: Annotated[Names, Query(description="only these sites")] = [],  # noqa: B006
    zone: Annotated[Names, Query(description="only these zones")] = [],  # noqa: B006
    direction: Annotated[list[Direction], Query(max_length=3, description="only these ways to drive")] = [],  # noqa: B006
    region: Annotated[Names, Query(description="only plates of these regions: `gb`, `us-ca`")] = [],  # noqa: B006
    vehicle: Annotated[Names, Query(description="only these types: `car`, `van`, `truck`...")] = [],  # noqa: B006
    color: Annotated[Names, Query(description="only vehicles of these colours")] = [],  # noqa: B006
    make: Annotated[Names, Query(description="only vehicles of these makes")] = [],  # noqa: B006
    since: Annotated[AwareDatetime | None, Query(description="not before this time")] = None,
    until: Annotated[AwareDatetime | None, Query(description="before this time")] = None,
    plate: Annotated[Plate | None, Query(description="spaces, dashes and case do not matter")] = None,
    match: Annotated[Match, Query(description="how `plate` is compared")] = "exact",
    min_confidence: Annotated[Score, Query(description="read at least so surely, 0 to 1")] = None,
    max_confidence: Annotated[Score, Query(description="read at most so surely, 0 to 1")] = None,
    class_: Annotated[
        EventClass | None, Query(alias="class", description="normal or quarantine; both if left out")
    ] = None,
    corrected: Annotated[bool | None, Query(description="whether a person corrected the text")] = None,
) -> Wanted:
    """The filters that every question shares."""
    if plate is not None:
        check_plate("plate", plate, match)
    return Wanted(
        cameras=tuple(camera),
        sites=tuple(site),
        zones=tuple(zone),
        directions=tuple(direction),
        regions=tuple(code.lower() for code in region),
        vehicle_types=tuple(vehicle),
        colors=tuple(color),
        makes=tuple(make),
        since=utc("since", since),
        until=utc("until", until),
        plate=plate,
        plate_match=match,
        min_confidence=min_confidence,
        max_confidence=max_confidence,
        event_class=class_,
        corrected=corrected,
    )


Kinds = Annotated[list[EventKind], Query(max_length=3, description="only these kinds of revision")]


async def event_filter(shared: Annotated[Wanted, Depends(wanted)], kind: Kinds = []) -> EventQuery:  # noqa: B006
    """The filters that pages of events and the live stream share."""
    return EventQuery(**asdict(shared) | {"within": EVERYTHING}, kinds=tuple(kind))


async def read_filter(shared: Annotated[Wanted, Depends(wanted)], kind: Kinds = []) -> ReadQuery:  # noqa: B006
    """The filters of passes; `kind` is that of the newest revision."""
    return ReadQuery(**asdict(shared) | {"within": EVERYTHING}, kinds=tuple(kind))


def check_plate(name: str, plate: str, match: str, place: str = "query") -> None:
    """Raises what becomes a 422 when ``plate`` cannot be looked for that way."""
    if match == "regex":
        try:
            masks.regex(plate)
        except Unacceptable as error:
            raise refusal(name, sentence(error), place) from error
    elif not normalize(plate):
        raise refusal(name, "There is no letter or digit in it", place)
    elif len(plate) > PLATE_MAX:
        raise refusal(name, f"A plate has at most {PLATE_MAX} characters", place)


def utc(name: str, time: datetime | None, place: str = "query") -> datetime | None:
    """The time in UTC; the ends of the calendar have none."""
    try:
        return time and time.astimezone(UTC)
    except OverflowError as error:
        raise refusal(name, "This time is out of range", place) from error


def refusal(parameter: str, why: str, place: str = "query") -> RequestValidationError:
    """The error for a parameter (or with ``place="body"`` a field) whose value cannot be used."""
    return RequestValidationError([{"loc": (*place.split("."), parameter), "msg": why}])


EventFilter = Annotated[EventQuery, Depends(event_filter)]
ReadFilter = Annotated[ReadQuery, Depends(read_filter)]
