"""What commands that ask for reads have in common: their options, and whom they ask: the log here, or a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from marque.cli import Remote
from marque.plates import normalize
from marque.types import EventClass

if TYPE_CHECKING:
    from marque.client import Client, Filters


class Match(StrEnum):
    """How a plate is compared."""

    EXACT = "exact"
    PREFIX = "prefix"
    WILDCARD = "wildcard"
    REGEX = "regex"
    FUZZY = "fuzzy"


NAMES = {"camera": "cameras", "site": "sites", "region": "regions", "match": "plate_match"}
"""filters whose field has another name"""

Plate = Annotated[str | None, typer.Option(help="Only this plate.")]
How = Annotated[Match, typer.Option("--match", help="How the plate is compared.")]
Cameras = Annotated[list[str] | None, typer.Option("--camera", help="Only of this camera; may be repeated.")]
Sites = Annotated[list[str] | None, typer.Option("--site", help="Only of this site; may be repeated.")]
Regions = Annotated[list[str] | None, typer.Option("--region", help="Only plates of this region; may be repeated.")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="Not before this time, as ISO 8601.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Before this time.")]
Confidence = Annotated[float | None, typer.Option("--min-confidence", min=0, max=1, help="Read at least so surely.")]
Class = Annotated[EventClass | None, typer.Option("--class", help="Only these; else both.")]
Corrected = Annotated[bool | None, typer.Option("--corrected/--uncorrected", help="Whether a person corrected it.")]
Config = Annotated[Path | None, typer.Option("--config", "-c", help="A configuration; see marque init.")]
Data = Annotated[Path | None, typer.Option(metavar="DIR", help="Where events and pictures are kept.")]


@contextmanager
def client(context: typer.Context) -> Iterator[Client | None]:
    """The server that is to be asked, or None for the log here."""
    remote = context.find_object(Remote)
    if remote is None:
        yield None
    else:
        # imported when it is needed: `marque read` of pictures here should not wait for an HTTP library
        with import_module("marque.client").Client(remote.url, remote.key) as found:
            yield found


def filters(**asked: Any) -> Filters:
    """What was asked for, checked. Raises BadParameter."""
    if asked.get("plate") is not None and asked.get("match") is not Match.REGEX and not normalize(asked["plate"]):
        raise typer.BadParameter("there is no letter or digit in it", param_hint="--plate")
    for name in ("since", "until"):
        asked[name] = moment(f"--{name}", asked.get(name))
    made: Filters = {name: _plain(value) for name, value in asked.items() if value not in (None, [])}  # type: ignore[assignment]
    return made


def wanted(asked: Filters) -> dict[str, Any]:
    """The same, as the fields of a ReadQuery or an EventQuery to the log here."""
    named = {NAMES.get(name, name): value for name, value in asked.items()}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in named.items()}


def moment(option: str, text: str | None) -> datetime | None:
    """A time as people give it: a date, or a time, here unless it names a zone."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{text!r} is not a time such as 2026-05-04T12:00", param_hint=option) from error


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, StrEnum) else value
