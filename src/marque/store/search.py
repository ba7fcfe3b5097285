"""How events are found: filters as SQL conditions, and the search for plates that look alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, func, or_, select

from marque.errors import StoreError
from marque.plates import fold, normalize, similarity
from marque.queries import EventQuery
from marque.store.tables import events, texts

CANDIDATES = 5_000
"""newest look-alikes that one fuzzy search ranks; more would take longer than a person waits"""
ALIKE = 0.6
"""least similarity that counts as a match"""

_SKELETON = str.maketrans("DQLBSZGA", "00185264")


def skeleton(text: str) -> str:
    """The text with the letters that recognisers confuse with digits folded onto those digits."""
    return fold(text).translate(_SKELETON)


def conditions(query: EventQuery) -> list[ColumnElement[bool]]:
    """Every filter of the query but a fuzzy plate."""
    return [*_sets(query), *_ranges(query), *_plate(query)]


def _sets(query: EventQuery) -> Iterator[ColumnElement[bool]]:
    if query.cameras:
        yield events.c.camera.in_(query.cameras)
    if query.kinds:
        yield events.c.kind.in_(query.kinds)
    if query.event_class:
        yield events.c.event_class == query.event_class


def _ranges(query: EventQuery) -> Iterator[ColumnElement[bool]]:
    if query.since is not None:
        yield events.c.time >= query.since
    if query.until is not None:
        yield events.c.time < query.until
    if query.after is not None:
        yield events.c.cursor > query.after
    if query.before is not None:
        yield events.c.cursor < query.before


def _plate(query: EventQuery) -> list[ColumnElement[bool]]:
    if query.plate is None or query.plate_match == "fuzzy":
        return []
    text = normalize(query.plate)
    if query.plate_match == "exact":
        return [events.c.text == text]
    if query.plate_match == "prefix":
        return [and_(events.c.text >= text, events.c.text < text + chr(0x10FFFF))]
    raise StoreError(f"unknown plate match {query.plate_match!r}", hint="Use exact, prefix or fuzzy.")


def look_alikes(connection: Connection, query: EventQuery) -> list[int]:
    """Cursors of events whose plate looks like ``query.plate``, most alike first, then newest."""
    wanted = query.plate or ""
    near = select(events.c.cursor, events.c.text).where(*conditions(query), _near(skeleton(wanted)))
    rows = connection.execute(near.order_by(events.c.cursor.desc()).limit(CANDIDATES))
    ranked = sorted(_scored(rows.all(), wanted), reverse=True)
    return [cursor for _, cursor in ranked[: query.limit]]


def _scored(rows: Sequence[Sequence[Any]], wanted: str) -> Iterator[tuple[float, int]]:
    scores: dict[str, float] = {}
    for cursor, text in rows:
        if text not in scores:
            scores[text] = similarity(text, wanted)
        if scores[text] >= ALIKE:
            yield scores[text], cursor


def _near(wanted: str) -> ColumnElement[bool]:
    """Every skeleton within two edits of ``wanted``, and more: two edits leave one of three pieces untouched."""
    length = len(wanted)
    cuts = [length * i // 3 for i in range(4)]
    pieces = {wanted[a:b] for a, b in pairwise(cuts)} - {""}
    holds = [texts.c.skeleton.contains(piece, autoescape=True) for piece in sorted(pieces)]
    alike = and_(func.length(texts.c.skeleton).between(length - 2, length + 2), or_(false(), *holds))
    return events.c.text.in_(select(texts.c.text).where(alike))
