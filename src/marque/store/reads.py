"""The log by vehicle passes: :class:`SqlReads` keeps the promises of :class:`marque.ports.Reads`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from marque.queries import Facets, FoundRead, Likeness, ReadPage, ReadQuery, Tally
from marque.store import likeliest, looking, written
from marque.store.counting import Counter
from marque.store.database import Database
from marque.store.hurry import patiently
from marque.store.looking import Conditions, Found, Search
from marque.store.places import place_of
from marque.store.tables import events, passes, reads
from marque.types import StoredEvent


class SqlReads:
    """Safe to use from any number of threads. Raises StoreError, and Unacceptable for a pattern or a page that cannot
    be taken."""

    def __init__(self, database: Database, counter: Counter | None = None) -> None:
        self._database = database
        self._counter = counter or Counter()

    def page(self, query: ReadQuery) -> ReadPage:
        """One page. It begins behind the last pass of the page before, wherever that is by now."""
        place = None if query.page is None else place_of(query.page, fuzzy=_fuzzy(query))
        with self._database.read() as connection:
            with patiently(connection, query):
                found, likenesses = _found(Search(connection, query, query.limit + 1, place))
            shown = found[: query.limit]
            newest = _newest(connection, shown)
        told = [FoundRead(newest[one.cursor], likenesses.get(one.id)) for one in shown if one.cursor in newest]
        return ReadPage(tuple(told), shown[-1].place.token if len(found) > len(shown) else None)

    def one(self, event_id: str) -> StoredEvent | None:
        """The newest revision of one pass, None when it is not kept."""
        here = (reads.c.id == passes.c.id) & (reads.c.first_seen == passes.c.first_seen)
        there = (events.c.cursor == reads.c.cursor) & (events.c.first_seen == reads.c.first_seen)
        wanted = written.all_of(passes.c.id == event_id).join(reads, there).join(passes, here)
        with self._database.read() as connection:
            return next(iter(written.told(connection, wanted)), None)

    def tally(self, query: ReadQuery) -> Tally:
        """How many passes there are on all pages together; an estimate where they are many."""
        with self._database.read() as connection:
            return self._counter.tally(connection, _conditions(connection, query))

    def facets(self, query: ReadQuery) -> Facets:
        """How many of them each camera, region, hour... has."""
        with self._database.read() as connection:
            return self._counter.facets(connection, _conditions(connection, query))


def _found(search: Search) -> tuple[list[Found], dict[str, Likeness]]:
    """The passes of a page, and why a fuzzy search found them."""
    if not _fuzzy(search.query):
        return looking.in_time(search), {}
    found, held = likeliest.ranked(search)
    return found, {one.id: likeliest.likeness(search, one, held) for one in found}


def _fuzzy(query: ReadQuery) -> bool:
    return query.plate is not None and query.plate_match == "fuzzy"


def _conditions(connection: Connection, query: ReadQuery) -> Conditions:
    search = Search(connection, query, query.limit)
    return likeliest.conditions(search) if _fuzzy(query) else looking.conditions(search)


def _newest(connection: Connection, found: Sequence[Found]) -> dict[int, StoredEvent]:
    """The newest revisions by cursor. One that a sweep took in the meantime is missing."""
    if not found:
        return {}
    times = [one.first_seen for one in found]
    wanted = written.all_of(
        events.c.cursor.in_([one.cursor for one in found]),
        events.c.first_seen.between(min(times), max(times)),
    )
    return {one.cursor: one for one in written.told(connection, wanted)}
