"""From what words say of time to one stretch of it: ``yesterday`` and ``8-9`` are an hour of yesterday."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from marque.services.times import DAY, Atom, Bound, Days, Here, Hours, Span, moment


@dataclass(frozen=True, slots=True)
class Stretch:
    """``since`` <= time < ``until``, local and without a zone; None: without an end. ``refused``: numbers of atoms that
    do not go with the others, and why."""

    since: datetime | None = None
    until: datetime | None = None
    refused: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Said:
    """At most one atom of each kind."""

    days: Days | None = None
    hours: Hours | None = None
    span: Span | None = None
    since: Bound | None = None
    until: Bound | None = None


def stretch(atoms: Sequence[Atom], here: Here) -> Stretch:
    """One stretch of time for all of them. Raises OverflowError at the ends of the calendar."""
    said = _Said()
    refused: dict[int, str] = {}
    for number, atom in enumerate(atoms):
        kind = _kind(atom)
        alone = said.span is not None or (kind == "span" and said != _Said())
        if alone or getattr(said, kind) is not None:
            refused[number] = "one time at a time"
        elif kind in ("days", "hours") and _is_long(atom, said):
            refused[number] = "hours are looked for on one day"
        else:
            chosen: dict[str, Any] = {kind: atom}
            said = replace(said, **chosen)
    since, until = _ends(said, here)
    if since is not None and until is not None and since >= until:
        refused[len(atoms) - 1] = "this ends before it begins"
    return Stretch(since, until, refused)


def _kind(atom: Atom) -> str:
    if isinstance(atom, Bound):
        return "since" if atom.since else "until"
    return type(atom).__name__.lower()


def _is_long(atom: Atom, said: _Said) -> bool:
    """Whether hours meet more than one day."""
    days = atom if isinstance(atom, Days) else said.days
    hours = atom if isinstance(atom, Hours) else said.hours
    return days is not None and hours is not None and days.first != days.last


def _ends(said: _Said, here: Here) -> tuple[datetime | None, datetime | None]:
    if said.span is not None:
        return said.span.since, said.span.until
    since, until = _middle(said, here)
    if said.since is not None:
        first = _first(said.since, said, here)
        since = first if since is None else max(since, first)
    if said.until is not None and since is None and said.until.day is None:
        since = moment(here.today, 0)
    if said.until is not None:
        last = _last(said.until, since or moment(here.today, 0), said)
        until = last if until is None else min(until, last)
    return since, until


def _middle(said: _Said, here: Here) -> tuple[datetime | None, datetime | None]:
    """What the days and hours themselves are."""
    days, hours = said.days, said.hours
    if hours is not None:
        day = days.first if days else _latest(hours.start, here)
        return moment(day, hours.start), moment(day, hours.end)
    if days is not None:
        return moment(days.first, 0), moment(days.last, DAY)
    return None, None


def _latest(minute: int, here: Here) -> date:
    """The last day on which it has been that late."""
    return here.today if moment(here.today, minute) <= here.now else here.today - timedelta(days=1)


def _first(bound: Bound, said: _Said, here: Here) -> datetime:
    day = bound.day or (said.days.first if said.days else _latest(bound.minute, here))
    return moment(day, bound.minute)


def _last(bound: Bound, since: datetime, said: _Said) -> datetime:
    """The end. One without a day is on that of the days, else on the next after the beginning."""
    if bound.day is not None:
        return moment(bound.day, bound.minute)
    if said.days is not None:
        return moment(said.days.last, bound.minute)
    end = moment(since.date(), bound.minute)
    return end if end > since else end + timedelta(days=1)


def told(since: datetime | None, until: datetime | None, here: Here) -> str:
    """A stretch as people write it: ``Fri 20 Nov, 08:00-09:00``."""
    if since is None or until is None:
        if since is None and until is None:
            return "at any time"
        return f"since {_at(since, here)}" if since is not None else f"before {_at(until or here.now, here)}"
    whole = since.time() == until.time() == datetime.min.time()
    last = until - timedelta(days=1) if whole else until
    if whole:
        first = _date(since, here)
        return first if since.date() == last.date() else f"{first} \u2013 {_date(last, here)}"
    if since.date() == until.date() or until - timedelta(minutes=1) < datetime.combine(
        since.date(), datetime.max.time()
    ):
        end = "24:00" if since.date() != until.date() else f"{until:%H:%M}"
        return f"{_date(since, here)}, {since:%H:%M}\u2013{end}"
    return f"{_at(since, here)} \u2013 {_at(until, here)}"


def _at(time: datetime, here: Here) -> str:
    return _date(time, here) if time.time() == datetime.min.time() else f"{_date(time, here)}, {time:%H:%M}"


def _date(time: datetime, here: Here) -> str:
    year = "" if time.year == here.now.year else f" {time.year}"
    return f"{time:%a} {time.day} {time:%b}{year}"
