"""How passes are found whose text may be a misreading of the one asked for: likeliest first, then newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from heapq import merge
from itertools import chain, groupby, islice, repeat
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, false, literal, or_, select, true, union

from marque.plates import normalize
from marque.plates.likeness import reasons, score
from marque.queries import Likeness
from marque.store import dictionary
from marque.store.dictionary import Alike, one_of
from marque.store.filters import READS, filters
from marque.store.looking import FOUND, NEWEST, Conditions, Found, Search, run
from marque.store.places import EPOCH, Place
from marque.store.tables import read_candidates, reads

HELD = 3.0
"""cost of a pass whose net held the asked text possible: what it held one in twenty is kept as a candidate"""
MOST_HELD = 1_000
"""such passes that one search tells of, the newest ones"""
AT_ONCE = (1, 64)
"""texts whose passes are ranked together, at least: first the likeliest alone, since its passes may fill a page, and an
index has those in order"""


class Ranked(NamedTuple):
    """A page, and the ids of passes whose net held the asked text possible."""

    found: list[Found]
    held: frozenset[str]


def ranked(search: Search) -> Ranked:
    """A page of a fuzzy search: passes by the rank of their text, and in the rank :data:`HELD` those that are kept
    under a text yet less likely although the net held the asked one possible."""
    known = dictionary.alike(search.connection, search.query.plate or "")
    held = _held(search)
    far = {one.text: one.far for one in known}
    lifted = [one for one in held if far.get(one.text or "", HELD + 1) > HELD]
    behind = [one for one in lifted if search.place is None or _order(one) > _order(search.place)]
    found = islice(merge(_by_text(search, known, lifted), behind, key=_order), search.limit)
    return Ranked(list(found), frozenset(one.id for one in held))


def conditions(search: Search) -> Conditions:
    """What every pass fulfils that a fuzzy search finds."""
    known = [one.text for one in dictionary.alike(search.connection, search.query.plate or "")]
    own = reads.alias("own")
    by_text = select(own.c.id).where(one_of(own.c.text, known, search.database))
    held = select(read_candidates.c.id).where(read_candidates.c.text == _asked(search))
    # as one set of ids: neither database looks up two indexes for the two sides of an OR like this
    return [*filters(search.query, READS), reads.c.id.in_(union(by_text, held))]


def likeness(search: Search, one: Found, held: frozenset[str]) -> Likeness:
    """Why a pass was found."""
    why = reasons(one.text or "", _asked(search))
    return Likeness(score(one.far or 0.0), (*why, "candidate") if one.id in held else why)


def _asked(search: Search) -> str:
    return normalize(search.query.plate or "")


def _order(one: Found | Place) -> tuple[float, bool, timedelta, Descending]:
    """Likeliest first, newest first, and the last id first."""
    return one.far or 0.0, one.held, EPOCH - one.first_seen, Descending(one.id)


class Descending(str):
    """Text that sorts from its end of the alphabet."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)

    def __gt__(self, other: str) -> bool:
        return str.__lt__(self, other)


def _same_pass() -> ColumnElement[bool]:
    return and_(read_candidates.c.id == reads.c.id, read_candidates.c.first_seen == reads.c.first_seen)


def _held(search: Search) -> list[Found]:
    """Passes with the asked text among their candidates, newest first."""
    wanted = select(*FOUND, literal(HELD), true()).join(read_candidates, _same_pass())
    wanted = wanted.where(read_candidates.c.text == _asked(search), *filters(search.query, READS))
    return run(search, wanted.order_by(*NEWEST).limit(MOST_HELD))


def _by_text(search: Search, known: Sequence[Alike], lifted: Sequence[Found]) -> Iterator[Found]:
    """The passes of these texts in the order of rank, from where the page begins, without those told of elsewhere."""
    place, left = search.place, search.limit
    rest = [one for one in known if place is None or one.far >= (place.far or 0.0)]
    told = [~one_of(reads.c.id, [one.id for one in lifted], search.database)] if lifted else []
    for texts in _together(rest):
        some = run(search, _ranked(search, texts, told).limit(left))
        yield from some
        left -= len(some)
        if not left:
            return


def _together(known: Sequence[Alike]) -> Iterator[list[Alike]]:
    """More and more texts at once; those of one rank are never parted, since their passes stand in order of time."""
    sizes = chain(AT_ONCE, repeat(AT_ONCE[-1]))
    some, size = list[Alike](), next(sizes)
    for _, same in groupby(known, key=lambda one: one.far):
        some += same
        if len(some) >= size:
            yield some
            some, size = [], next(sizes)
    if some:
        yield some


def _ranked(search: Search, some: Sequence[Alike], told: Conditions) -> Select[Any]:
    """The passes of a few texts, likeliest text first."""
    place = search.place
    rank = case({one.text: one.far for one in some}, value=reads.c.text) if some[1:] else literal(some[0].far)
    text = one_of(reads.c.text, [one.text for one in some], search.database)
    wanted = select(*FOUND, rank.label("far")).where(text, *told, *filters(search.query, READS))
    if place is not None:
        same = [one.text for one in some if one.far == place.far]
        behind = false() if place.held else place.behind()
        wanted = wanted.where(or_(reads.c.text.not_in(same), behind)) if same else wanted
    return wanted.order_by(*([rank] if some[1:] else []), *NEWEST)
