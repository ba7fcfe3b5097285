"""How passes are found whose text may be a misreading of the one asked for: likeliest first, then newest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, literal, or_, select

from marque.plates import normalize
from marque.plates.likeness import reasons, score
from marque.queries import Likeness
from marque.store import dictionary
from marque.store.dictionary import Alike, one_of
from marque.store.filters import READS, filters
from marque.store.looking import FOUND, NEWEST, Conditions, Found, Search, run
from marque.store.places import Place
from marque.store.tables import read_candidates, reads

HELD = 3.0
"""cost of a pass whose net held the asked text possible: what it held one in twenty is kept as a candidate"""
AT_ONCE = 64
"""texts whose passes are ranked together"""


def ranked(search: Search) -> list[Found]:
    """A page of a fuzzy search: passes by the rank of their text, and in the rank :data:`HELD` those that are kept
    under a text yet less likely although the net held the asked one possible."""
    found: list[Found] = []
    for step in _steps(search):
        found += run(search, step.limit(search.limit - len(found)))
        if len(found) == search.limit:
            break
    return found


def conditions(search: Search) -> Conditions:
    """What every pass fulfils that a fuzzy search finds."""
    known = [one.text for one in dictionary.alike(search.connection, search.query.plate or "")]
    return [*filters(search.query, READS), or_(one_of(reads.c.text, known, search.database), _is_held(search))]


def likenesses(search: Search, found: Sequence[Found]) -> dict[str, Likeness]:
    """Why each of these passes was found, by id."""
    asked = _asked(search)
    possible = _held_among(search, [one.id for one in found])
    told: dict[str, Likeness] = {}
    for one in found:
        why = reasons(one.text or "", asked)
        told[one.id] = Likeness(score(one.far or 0.0), (*why, "candidate") if one.id in possible else why)
    return told


def _asked(search: Search) -> str:
    return normalize(search.query.plate or "")


def _held_among(search: Search, ids: Collection[str]) -> set[str]:
    wanted = select(read_candidates.c.id).where(read_candidates.c.id.in_(ids), read_candidates.c.text == _asked(search))
    return set(search.connection.scalars(wanted))


def _is_held(search: Search) -> ColumnElement[bool]:
    """Whether the asked text is among a pass's candidates."""
    return exists().where(_same_pass(), read_candidates.c.text == _asked(search))


def _same_pass() -> ColumnElement[bool]:
    return and_(read_candidates.c.id == reads.c.id, read_candidates.c.first_seen == reads.c.first_seen)


def _steps(search: Search) -> Iterator[Select[Any]]:
    """One look-up after another in the order of rank, from where the page begins."""
    known = dictionary.alike(search.connection, search.query.plate or "")
    near = [one for one in known if one.far <= HELD]
    place = search.place
    if place is None or not (place.held or _far(place) > HELD):
        yield from _of_texts(search, near, place)
        yield _of_candidates(search, near, None)
    elif place.held:
        yield _of_candidates(search, near, place)
    last = None if place is None or place.held else place
    yield from _of_texts(search, known[len(near) :], last, ~_is_held(search))


def _far(place: Place) -> float:
    return place.far or 0.0


def _of_texts(
    search: Search, known: Sequence[Alike], place: Place | None, *more: ColumnElement[bool]
) -> Iterator[Select[Any]]:
    """The passes of these texts, likeliest text first."""
    rest = [one for one in known if place is None or one.far >= _far(place)]
    for start in range(0, len(rest), AT_ONCE):
        some = rest[start : start + AT_ONCE]
        rank = case({one.text: one.far for one in some}, value=reads.c.text)
        text = one_of(reads.c.text, [one.text for one in some], search.database)
        wanted = select(*FOUND, rank.label("far")).where(text, *more, *filters(search.query, READS))
        if place is not None:
            same = [one.text for one in some if one.far == _far(place)]
            wanted = wanted.where(or_(reads.c.text.not_in(same), place.behind()))
        yield wanted.order_by(rank, *NEWEST)


def _of_candidates(search: Search, told: Sequence[Alike], place: Place | None) -> Select[Any]:
    """Passes with the asked text among their candidates, but for those whose own text is likelier than that."""
    own = one_of(reads.c.text, [one.text for one in told], search.database)
    wanted = select(*FOUND, literal(HELD), literal(True)).join(read_candidates, _same_pass())
    wanted = wanted.where(read_candidates.c.text == _asked(search), or_(reads.c.text.is_(None), ~own))
    if place is not None:
        wanted = wanted.where(place.behind())
    return wanted.where(*filters(search.query, READS)).order_by(*NEWEST)
