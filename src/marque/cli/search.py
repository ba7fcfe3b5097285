"""``marque search``: plates that were read, the likeliest look-alikes first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from marque.access.scopes import everything
from marque.app import open_archive
from marque.cli import asking
from marque.cli import sources as given
from marque.cli.asking import Match
from marque.queries import FoundRead, ReadQuery
from marque.wire import to_wire

PAGE = 200
"""reads asked for at a time"""


def search(
    context: typer.Context,
    plate: Annotated[str | None, typer.Argument(help="A plate, or a pattern such as AB?2*. Default: any.")] = None,
    match: Annotated[Match | None, typer.Option(help="Default: fuzzy, or wildcard where there is a ? or *.")] = None,
    camera: asking.Cameras = None,
    site: asking.Sites = None,
    region: asking.Regions = None,
    since: asking.Since = None,
    until: asking.Until = None,
    min_confidence: asking.Confidence = None,
    event_class: asking.Class = None,
    corrected: asking.Corrected = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    config: asking.Config = None,
    data: asking.Data = None,
) -> None:
    """Search what was read, here or on a server: each pass once, in its newest revision."""
    asked = asking.filters(
        plate=plate,
        match=(match or guess(plate)) if plate else None,
        camera=camera,
        site=site,
        region=region,
        since=since,
        until=until,
        min_confidence=min_confidence,
        event_class=event_class,
        corrected=corrected,
    )
    with asking.client(context) as server:
        if server is not None:
            show(list(islice(server.reads(page_size=min(limit, PAGE), **asked), limit)), as_json=as_json)
            return
    settings = given.served(given.base(config, []), data, None, None)
    with open_archive(settings.storage) as archive:
        found = archive.exports.passes(everything("local"), ReadQuery(**asking.wanted(asked)))
        show(list(islice(found, limit)), as_json=as_json)


def guess(plate: str) -> Match:
    """What somebody means who says only a plate."""
    return Match.WILDCARD if set("?*") & set(plate) else Match.FUZZY


def show(found: Sequence[FoundRead], *, as_json: bool) -> None:
    """A table for people, JSON Lines for programs."""
    if as_json:
        for line in map(_json, found):
            typer.echo(line)
        return
    table = Table("time", "camera", "plate", "region", "sure", "why")
    for one in found:
        table.add_row(*map(escape, _cells(one)))
    Console().print(table if found else "There are none.")


def _json(one: FoundRead) -> str:
    why = one.likeness and {"score": round(one.likeness.score, 4), "reasons": one.likeness.reasons}
    told = {"cursor": one.stored.cursor, "event": to_wire(one.stored.event), "likeness": why}
    return json.dumps(told, ensure_ascii=False)


def _cells(one: FoundRead) -> Iterator[str]:
    event = one.stored.event
    read = event.read
    yield event.first_seen.astimezone(ZoneInfo(event.timezone)).strftime("%Y-%m-%d %H:%M:%S")
    yield event.camera
    yield (read.display or read.text) if read else "-"
    yield read.region.code if read and read.region else "-"
    yield f"{read.confidence:.0%}" if read else "-"
    yield ", ".join(one.likeness.reasons) if one.likeness else ""
