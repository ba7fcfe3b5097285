"""``marque tail``: events as they come, here or from a server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import typer

from marque.app import open_storage
from marque.cli import asking
from marque.cli import sources as given
from marque.cli.watching import show_json, show_line
from marque.ports import Store
from marque.queries import EventQuery
from marque.types import StoredEvent

GLANCE = 0.5
"""seconds between looks at the log here"""


def tail(
    context: typer.Context,
    camera: asking.Cameras = None,
    site: asking.Sites = None,
    region: asking.Regions = None,
    min_confidence: asking.Confidence = None,
    event_class: asking.Class = None,
    after: Annotated[int | None, typer.Option(min=0, help="From this cursor on; else from now.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    config: asking.Config = None,
    data: asking.Data = None,
) -> None:
    """Show events as they come, here or from a server, until stopped."""
    asked = asking.filters(
        camera=camera, site=site, region=region, min_confidence=min_confidence, event_class=event_class
    )
    show = show_json if as_json else show_line
    with asking.client(context) as server:
        if server is not None:
            events = server.follow(after=after, **asked)
        else:
            store, _ = open_storage(given.served(given.base(config, []), data, None, None).storage)
            context.call_on_close(store.close)
            events = follow(store, EventQuery(newest_first=False, **asking.wanted(asked)), after)
        for number, stored in enumerate(events, 1):
            show(stored.event)
            if number == limit:
                return


def follow(store: Store, query: EventQuery, after: int | None) -> Iterator[StoredEvent]:
    """What comes into the log here, for ever; another process may be writing it."""
    cursor = store.last_cursor() if after is None else after
    while True:
        found = store.events(replace(query, after=cursor))
        yield from found
        if found:
            cursor = found[-1].cursor
        else:
            time.sleep(GLANCE)
