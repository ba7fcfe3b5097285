"""How passes are found in order of time: which index leads to a page of them, and when another would be faster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Connection, Select, Text, bindparam, collate, func, select, true

from marque.queries import ReadQuery
from marque.store import dictionary
from marque.store.dictionary import one_of
from marque.store.filters import READS, filters
from marque.store.places import Place
from marque.store.tables import reads

FEW = 50
"""texts whose passes are looked up over all times at once"""
SPANS = (timedelta(days=32), timedelta(days=160))
"""how far back a look-up by many texts goes first, and then: mostly the first is enough for a page"""

Conditions = list[ColumnElement[bool]]
FOUND = (reads.c.id, reads.c.first_seen, reads.c.cursor, reads.c.text)
NEWEST = (reads.c.first_seen.desc(), reads.c.id.desc())
OLDEST = (reads.c.first_seen, reads.c.id)


class Found(NamedTuple):
    """A pass, the cursor of its newest revision, and in a fuzzy search its rank, see :class:`Place`."""

    id: str
    first_seen: datetime
    cursor: int
    text: str | None
    far: float | None = None
    held: bool = False

    @property
    def place(self) -> Place:
        return Place(self.first_seen, self.id, self.far, self.held)


@dataclass(frozen=True, slots=True)
class Search:
    """One question to one database: ``limit`` passes at most, behind ``place``."""

    connection: Connection
    query: ReadQuery
    limit: int
    place: Place | None = None

    @property
    def database(self) -> str:
        return self.connection.dialect.name


def in_time(search: Search) -> list[Found]:
    """A page of a question that is not fuzzy, newest or oldest first."""
    words = _words(search)
    if words is None:
        return _page(search, dictionary.text_conditions(search.query, reads.c.text, search.database))
    if len(words) > FEW:
        return _page_of_many(search, words)
    return _page_of_few(search, words) if words else []


def conditions(search: Search) -> Conditions:
    """What every pass fulfils that a question finds which is not fuzzy."""
    words = _words(search)
    if words is None:
        text = dictionary.text_conditions(search.query, reads.c.text, search.database)
    else:
        text = [one_of(reads.c.text, words, search.database)]
    return [*filters(search.query, READS), *text]


def _words(search: Search) -> list[str] | None:
    """The texts that a pattern fits; None where the passes themselves are to be compared."""
    if search.query.plate is None or search.query.plate_match == "exact":
        return None
    return dictionary.words(search.connection, dictionary.mask_of(search.query))


def _page(search: Search, more: Conditions) -> list[Found]:
    return run(search, _wanted(search, more))


def _wanted(search: Search, more: Conditions) -> Select[Any]:
    query, place = search.query, search.place
    wanted = select(*FOUND).where(*filters(query, READS), *more)
    if place is not None:
        wanted = wanted.where(place.behind(query.newest_first))
    return wanted.order_by(*(NEWEST if query.newest_first else OLDEST)).limit(search.limit)


def _page_of_few(search: Search, words: Sequence[str]) -> list[Found]:
    """The first passes of each text, and of these the first: however often a vehicle came, no more of it are sorted."""
    if search.database == "sqlite":
        return _page(search, [one_of(reads.c.text, words, search.database)])
    given = func.unnest(bindparam(None, list(words), type_=ARRAY(Text))).table_valued("word").render_derived()
    each = _wanted(search, [reads.c.text == collate(given.c.word, "C")]).lateral("each")
    time, key = each.c.first_seen, each.c.id
    order = (time.desc(), key.desc()) if search.query.newest_first else (time, key)
    return run(search, select(*each.c).select_from(given).join(each, true()).order_by(*order).limit(search.limit))


def run(search: Search, wanted: Select[Any]) -> list[Found]:
    return [Found(*row) for row in search.connection.execute(wanted)]


def _page_of_many(search: Search, words: Sequence[str]) -> list[Found]:
    """The passes of many texts are too many to sort for one page: look at one stretch of time after another."""
    text = one_of(reads.c.text, words, search.database)
    found: list[Found] = []
    for span in _spans(search):
        found += _page(replace(search, limit=search.limit - len(found)), [text, *span])
        if len(found) == search.limit:
            break
    return found


def _spans(search: Search) -> Iterator[Conditions]:
    """Stretches of time from where the page begins, each longer than the one before."""
    time, newest = reads.c.first_seen, search.query.newest_first
    near = _beginning(search)
    if near is None:
        return
    for span in SPANS:
        far = _moved(near, -span if newest else span)
        if far is None:
            break
        yield [time <= near, time > far] if newest else [time >= near, time < far]
        near = far
    yield [time <= near] if newest else [time >= near]


def _moved(time: datetime, by: timedelta) -> datetime | None:
    try:
        return time + by
    except OverflowError:
        return None


def _beginning(search: Search) -> datetime | None:
    """The time of the first pass that may be on the page; None where there are no passes."""
    if search.place is not None:
        return search.place.first_seen
    end = func.max if search.query.newest_first else func.min
    given = [time for time in (search.query.since, search.query.until) if time is not None]
    within = [reads.c.first_seen >= time if time is search.query.since else reads.c.first_seen < time for time in given]
    found: datetime | None = search.connection.scalar(select(end(reads.c.first_seen)).where(*within))
    return found
