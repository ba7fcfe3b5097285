"""The log as it grows: read once by one tail, however many listen. A listener is a cursor, so nothing is queued for it;
one that is behind reads the log itself until it has caught up, and one that falls behind again is told so."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_right
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import translate
from typing import Protocol

from anyio import CapacityLimiter, move_on_after, to_thread

from marque.errors import StoreError
from marque.plates import normalize
from marque.ports import Store
from marque.queries import EventQuery
from marque.types import Attribute, PlateEvent, StoredEvent, Within
from marque.wire import json_of

KEEP = 2000
"""newest entries that the tail holds: how far a listener may fall behind"""
PAGE = 200
"""entries that are read, and told, at a time"""
REST = 0.05
"""seconds between two reads of the log while it grows, so that each brings many entries"""
LOOK = 1.0
"""seconds after which the log is asked although no bell rang: another process may write to it"""
CATCHING_UP = 4
"""listeners that read the log for themselves at the same time; further ones wait"""


class Doorbell(Protocol):
    """Rung after an append; may be missed, so whoever waits looks into the log anyway."""

    def wait(self, after: int, timeout: float) -> bool: ...


class TooSlow(Exception):
    """A listener had caught up, and fell behind what the tail holds. ``behind``: by how many entries."""

    def __init__(self, behind: int) -> None:
        super().__init__(f"{behind} entries behind")
        self.behind = behind


@dataclass(frozen=True, slots=True)
class Entry:
    """One revision, and what is said of it, written once for all who listen: ``message`` as a server-sent event,
    ``item`` as pages of the log hold it."""

    stored: StoredEvent
    message: bytes
    item: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What came for a listener, and the cursor up to which it has heard or left out everything."""

    cursor: int
    entries: Sequence[Entry] = ()


def _entry(stored: StoredEvent) -> Entry:
    cursor, json = stored.cursor, json_of(stored)
    message = f"id: {cursor}\nevent: {stored.kind}\ndata: {json}\n\n".encode()  # JSON has no line breaks of its own
    return Entry(stored, message, f'{{"cursor":{cursor},"event":{json}}}')


class Tail:
    """The newest entries of the log while somebody listens. Lives on one event loop; ``after`` and ``wait`` are for
    listeners that called ``listening``."""

    def __init__(self, store: Store, bell: Doorbell, keep: int = KEEP) -> None:
        self._store, self._bell, self._keep = store, bell, keep
        self._entries: list[Entry] = []
        self._cursors: list[int] = []
        self._floor: int | None = None
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._listeners = 0
        self._reading, self._catching = CapacityLimiter(1), CapacityLimiter(CATCHING_UP)
        self.cursor = 0
        """read up to here"""
        self.error: StoreError | None = None
        """why the log could not be read; the next listener tries again"""

    @contextmanager
    def listening(self) -> Iterator[None]:
        """The tail reads while anybody is in here."""
        self._listeners += 1
        if self._task is None or self._task.done():
            self.error, self._floor = None, None
            self._news = asyncio.Event()
            self._task = asyncio.get_running_loop().create_task(self._read())
        try:
            yield
        finally:
            self._listeners -= 1

    def holds(self, cursor: int) -> bool:
        """Whether everything after ``cursor`` is here."""
        return self._floor is not None and cursor >= self._floor

    def after(self, cursor: int) -> Sequence[Entry]:
        """The next entries after ``cursor``, oldest first, at most a page."""
        start = bisect_right(self._cursors, cursor)
        return self._entries[start : start + PAGE]

    async def wait(self, cursor: int, timeout: float) -> None:
        """Until there is something after ``cursor``, the log failed, or ``timeout`` seconds went by."""
        news = self._news
        if self.error is None and (self._floor is None or self.cursor <= cursor):
            with move_on_after(timeout):
                await news.wait()

    async def catch_up(self, query: EventQuery, cursor: int) -> Batch:
        """The next page from the log itself. Raises StoreError."""
        return await to_thread.run_sync(self._page, query, cursor, limiter=self._catching)

    def start(self, after: int | None) -> int:
        """Where a listener begins: after this cursor, or from now on without one, and with one that the log has not
        reached. Raises StoreError."""
        last = self._store.last_cursor()
        return last if after is None else min(after, last)

    async def _read(self) -> None:
        try:
            self.cursor = await to_thread.run_sync(self._store.last_cursor, limiter=self._reading)
            self._entries, self._cursors, self._floor = [], [], self.cursor
            while self._listeners:
                entries = await to_thread.run_sync(self._next, limiter=self._reading, abandon_on_cancel=True)
                if entries:
                    self._add(entries)
                    await asyncio.sleep(0 if len(entries) == PAGE else REST)
        except StoreError as error:
            self.error = error
        finally:
            self._floor = None
            self._news.set()

    def _next(self) -> list[Entry]:
        self._bell.wait(self.cursor, LOOK)
        found = self._store.events(EventQuery(after=self.cursor, newest_first=False, limit=PAGE))
        return [_entry(stored) for stored in found]

    def _add(self, entries: Sequence[Entry]) -> None:
        self._entries += entries
        self._cursors += [entry.stored.cursor for entry in entries]
        self.cursor = self._cursors[-1]
        if (gone := len(self._entries) - self._keep) > PAGE:
            self._floor = self._cursors[gone - 1]
            del self._entries[:gone], self._cursors[:gone]
        self._news.set()
        self._news = asyncio.Event()

    def _page(self, query: EventQuery, cursor: int) -> Batch:
        last = self._store.last_cursor()
        found = self._store.events(replace(query, after=cursor, newest_first=False, limit=PAGE))
        reached = found[-1].cursor if found else cursor
        return Batch(reached if len(found) == PAGE else max(reached, last), [_entry(stored) for stored in found])


async def follow(tail: Tail, query: EventQuery, cursor: int, tick: float) -> AsyncGenerator[Batch]:
    """What the log has for this query after ``cursor``, then what happens, for ever; an empty batch when ``tick``
    seconds brought nothing. Raises TooSlow and StoreError."""
    choose, live = _choice(query), False
    with tail.listening():
        while True:
            if tail.error is not None:
                raise tail.error
            if tail.holds(cursor):
                live, found = True, tail.after(cursor)
                cursor = found[-1].stored.cursor if found else cursor
                batch = Batch(cursor, choose(found))
            elif live:
                raise TooSlow(tail.cursor - cursor)
            else:
                batch = await tail.catch_up(query, cursor)
                found, cursor = batch.entries, batch.cursor
            yield batch
            if not found:
                await tail.wait(cursor, tick)


def _choice(query: EventQuery) -> Callable[[Sequence[Entry]], Sequence[Entry]]:
    """Those that the query lets through. Where it lets all through no event is made of any entry's JSON."""
    wants = admits(query)
    return (lambda found: [one for one in found if wants(one.stored.event)]) if _checks(query) else lambda found: found


def admits(query: EventQuery) -> Callable[[PlateEvent], bool]:
    """The filters of a query as a function; the same events pass as in :meth:`marque.ports.Store.events`. A plate is
    compared exact, by prefix or wildcard."""
    checks = _checks(query)
    return lambda event: all(check(event) for check in checks)


def _checks(query: EventQuery) -> list[Check]:
    return [*_members(query), *_visible(query.within), *_bounds(query), *_plate(query)]


Check = Callable[[PlateEvent], bool]
MEMBERS: tuple[tuple[str, Callable[[PlateEvent], str | None]], ...] = (
    ("cameras", lambda event: event.camera),
    ("sites", lambda event: event.site),
    ("zones", lambda event: event.zone),
    ("directions", lambda event: event.direction),
    ("kinds", lambda event: event.kind),
    ("regions", lambda event: event.read.region.code if event.read and event.read.region else None),
    ("vehicle_types", lambda event: _seen(event, "type")),
    ("colors", lambda event: _seen(event, "color")),
    ("makes", lambda event: _seen(event, "make")),
)
"""field of the query, and what of an event must be among its values"""


def _seen(event: PlateEvent, what: str) -> str | None:
    attribute: Attribute | None = getattr(event.vehicle, what, None)
    return None if attribute is None else attribute.value


def _members(query: EventQuery) -> Iterator[Check]:
    for name, part in MEMBERS:
        if values := frozenset(getattr(query, name)):
            yield lambda event, part=part, values=values: part(event) in values  # type: ignore[misc]


def _visible(within: Within) -> Iterator[Check]:
    cameras, sites = within.cameras, within.sites
    if cameras is not None:
        yield lambda event: event.camera in cameras
    if sites is not None:
        yield lambda event: event.site in sites


def _bounds(query: EventQuery) -> Iterator[Check]:
    since, until, least, most = query.since, query.until, query.min_confidence, query.max_confidence
    if since is not None:
        yield lambda event: event.time >= since
    if until is not None:
        yield lambda event: event.time < until
    if least is not None:
        yield lambda event: event.read is not None and event.read.confidence >= least
    if most is not None:
        yield lambda event: event.read is not None and event.read.confidence <= most
    if query.event_class:
        yield lambda event: event.event_class == query.event_class
    if query.corrected is not None:
        yield lambda event: (event.correction is not None) == query.corrected


def _plate(query: EventQuery) -> Iterator[Check]:
    if query.plate is not None:
        like = _texts(query.plate, query.plate_match)
        yield lambda event: event.read is not None and like(event.read.text)


def _texts(plate: str, match: str) -> Callable[[str], bool]:
    text = normalize(plate)
    if match == "exact":
        return lambda read: read == text
    if match == "prefix":
        return lambda read: read.startswith(text)
    if match == "wildcard":
        pattern = "".join(char if char in "?*" else normalize(char) for char in plate)
        found = re.compile(translate(pattern)).match
        return lambda read: found(read) is not None
    raise ValueError(f"a stream compares plates exact, by prefix or wildcard, not {match}")
