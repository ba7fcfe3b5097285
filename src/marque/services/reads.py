"""What was read: pages of passes and of the log, one pass with its history. Everybody sees what they may see, and plate
searches are written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from itertools import islice
from typing import Any, TypeVar

from marque.access.audit import Audit
from marque.access.scopes import demand
from marque.errors import NotFound
from marque.ports import Reads, Store
from marque.queries import EventQuery, Facets, FoundRead, ReadPage, ReadQuery, Tally, Wanted
from marque.types import PlateEvent, Principal, StoredEvent, Within

Query = TypeVar("Query", EventQuery, ReadQuery)
PAGE = 500
"""passes asked for at a time where many are wanted"""
UNTOLD = frozenset({"within", "limit", "page", "after", "before", "newest_first"})
"""fields of a query that say nothing about what was looked for"""


class ReadService:
    """Raises NotFound for what is not there, or not there for whoever asks; Forbidden; StoreError."""

    def __init__(self, store: Store, reads: Reads, audit: Audit) -> None:
        self._store, self._reads, self._audit = store, reads, audit

    def page(self, who: Principal, query: ReadQuery) -> ReadPage:
        """One page of passes in their newest revision."""
        asked = narrowed(who, query)
        found = self._reads.page(asked)
        self._note_search(who, asked, len(found.reads))
        return found

    def tally(self, who: Principal, query: ReadQuery) -> Tally:
        """How many passes there are, on all pages together."""
        return self._reads.tally(narrowed(who, query))

    def facets(self, who: Principal, query: ReadQuery) -> Facets:
        """How many of them each camera, site, kind of vehicle and so on has."""
        asked = narrowed(who, query)
        found = self._reads.facets(asked)
        self._note_search(who, asked, found.tally.count)
        return found

    def events(self, who: Principal, query: EventQuery) -> list[StoredEvent]:
        """One page of the log."""
        asked = narrowed(who, query)
        found = self._store.events(asked)
        self._note_search(who, asked, len(found))
        return found

    def window(self, who: Principal, query: ReadQuery, offset: int, limit: int) -> list[FoundRead]:
        """``limit`` passes after the first ``offset``: every one before them is looked at."""
        asked = narrowed(who, query)
        size = min(offset + limit, PAGE)
        found = list(islice(walk(self._reads, replace(asked, limit=size)), offset, offset + limit))
        self._note_search(who, asked, len(found))
        return found

    def followed(self, who: Principal, query: EventQuery) -> EventQuery:
        """The query as whoever asks may follow the log with it; one for a plate is written down."""
        asked = narrowed(who, query)
        if asked.plate is not None:
            self._audit.record(who, "plate followed", asked.plate, told(asked))
        return asked

    def one(self, who: Principal, event_id: str) -> StoredEvent:
        """The newest revision of one pass."""
        found = self._reads.one(event_id)
        if found is None or not visible(who.within, found.event):
            raise NotFound("there is no such read", hint="It may be older than the retention.")
        return found

    def revisions(self, who: Principal, event_id: str) -> list[StoredEvent]:
        """Every revision of one pass, oldest first."""
        found = self._store.revisions(event_id)
        if not found or not visible(who.within, found[-1].event):
            raise NotFound("there is no such event", hint="It may be older than the retention.")
        return found

    def _note_search(self, who: Principal, asked: EventQuery | ReadQuery, results: int) -> None:
        if asked.plate is not None:
            self._audit.record(who, "plate searched", asked.plate, told(asked), results)


def walk(reads: Reads, query: ReadQuery) -> Iterator[FoundRead]:
    """Every pass that the query finds, a page of its ``limit`` in memory at a time."""
    page = reads.page(query)
    yield from page.reads
    while page.next is not None:
        page = reads.page(replace(query, page=page.next))
        yield from page.reads


def narrowed(who: Principal, query: Query) -> Query:
    """The query within what the asker may see. Raises Forbidden where they may not search for a plate."""
    if query.plate is not None:
        demand(who, "reads:search")
    return replace(query, within=who.within)


def visible(within: Within, event: PlateEvent) -> bool:
    """Whether a pass lies within the cameras and sites that somebody may see."""
    return (within.cameras is None or event.camera in within.cameras) and (
        within.sites is None or event.site in within.sites
    )


def told(query: Wanted) -> Mapping[str, Any]:
    """What was looked for, as JSON for the audit trail: those filters that were set."""
    default = type(query)()
    found = {f.name: getattr(query, f.name) for f in fields(query) if f.name not in UNTOLD}
    return {name: _plain(value) for name, value in found.items() if value != getattr(default, name)}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return value if isinstance(value, str | int | float | bool) else value.isoformat()
