"""What can be asked of the log, and the pages that answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from marque.types import EVERYTHING, StoredEvent, Within


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Filters that every question shares; an empty tuple or None lets all through.

    ``since`` <= first_seen of the pass < ``until`` for reads, the revision's own time for events. ``plate`` is compared
    per ``plate_match``: exact, prefix, wildcard (``?`` one character, ``*`` any number), regex (over the whole
    normalized text) or fuzzy. ``within`` is what the asker may see, and is never wider than the rest.
    """

    cameras: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    vehicle_types: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    plate: str | None = None
    plate_match: str = "exact"
    min_confidence: float | None = None
    max_confidence: float | None = None
    event_class: str | None = None
    corrected: bool | None = None
    within: Within = EVERYTHING
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery(Wanted):
    """Revisions in the order of the log. ``after``/``before`` are cursors."""

    kinds: tuple[str, ...] = ()
    after: int | None = None
    before: int | None = None
    newest_first: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadQuery(Wanted):
    """Passes, newest first by ``first_seen`` (a fuzzy search: most likely first). ``page``: the ``next`` of the page
    before, opaque; it stays valid while passes are added and swept. ``kinds``: of the newest revision."""

    kinds: tuple[str, ...] = ()
    page: str | None = None
    newest_first: bool = True


@dataclass(frozen=True, slots=True)
class Likeness:
    """Why a fuzzy search found a pass. ``score`` is 0 to 1; ``reasons`` as people read them: ``8~B`` (stored, then
    asked for), ``+1`` (stored has one more), ``-1``, ``candidate`` (the net held the asked text possible)."""

    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundRead:
    """One pass in its newest revision; ``likeness`` only in a fuzzy search."""

    stored: StoredEvent
    likeness: Likeness | None = None


@dataclass(frozen=True, slots=True)
class ReadPage:
    """``next`` is the ``page`` of the following page, None on the last one."""

    reads: tuple[FoundRead, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many passes there are; ``exact`` is False where counting all would take too long and it was estimated."""

    count: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Facets:
    """How many passes each value of a field has, most frequent first: ``counts["camera"]`` is ``(("gate", 12), ...)``.
    ``hour`` is the hour of the day in UTC. All are estimates where ``tally`` is one."""

    counts: Mapping[str, tuple[tuple[str, int], ...]]
    tally: Tally
