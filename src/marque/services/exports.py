"""Any query as CSV, JSON Lines or Parquet: streamed page by page, so that memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import chain, islice
from typing import TypeVar

from marque.access.audit import Audit
from marque.ports import Clock, Reads, Store
from marque.queries import EventQuery, FoundRead, ReadQuery
from marque.services import parquet
from marque.services.reads import PAGE, narrowed, told, walk
from marque.services.rows import COLUMNS, cell, line, row
from marque.types import Principal
from marque.wire import to_json

T = TypeVar("T")


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


MEDIA_TYPES: Mapping[Format, str] = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSONL: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class Export:
    """A file as it is made. ``chunks`` can be taken once; ``close`` afterwards, whether they were all taken or not
    (twice is once): the audit trail then tells how many rows were."""

    name: str
    media_type: str
    chunks: Iterator[bytes]
    close: Callable[[], None]


class Exports:
    """Raises Forbidden, MissingExtra or StoreError before the first byte; StoreError later breaks the file off."""

    def __init__(self, store: Store, reads: Reads, audit: Audit, clock: Clock) -> None:
        self._store, self._reads, self._audit, self._clock = store, reads, audit, clock

    def reads(self, who: Principal, query: ReadQuery, form: Format, most: int | None = None) -> Export:
        """Passes in their newest revision, at most ``most``."""
        asked = narrowed(who, query)
        return self._export(who, asked, form, "reads", islice(walk(self._reads, replace(asked, limit=PAGE)), most))

    def events(self, who: Principal, query: EventQuery, form: Format, most: int | None = None) -> Export:
        """Revisions in the order of the log, at most ``most``."""
        asked = narrowed(who, query)
        return self._export(who, asked, form, "events", islice(self._revisions(asked), most))

    def passes(self, who: Principal, query: ReadQuery) -> Iterator[FoundRead]:
        """The passes themselves, as many as there are."""
        return walk(self._reads, replace(narrowed(who, query), limit=PAGE))

    def _revisions(self, query: EventQuery) -> Iterator[FoundRead]:
        query = replace(query, limit=PAGE)
        found = self._store.events(query)
        while found:
            yield from (FoundRead(stored) for stored in found)
            if len(found) < PAGE or query.plate_match == "fuzzy":
                return
            last = found[-1].cursor
            query = replace(query, before=last) if query.newest_first else replace(query, after=last)
            found = self._store.events(query)

    def _export(
        self, who: Principal, asked: EventQuery | ReadQuery, form: Format, what: str, found: Iterator[FoundRead]
    ) -> Export:
        if form is Format.PARQUET:
            parquet.available()
        count = Counted(primed(found))
        name = f"marque-{what}-{self._clock.now():%Y%m%dT%H%M%SZ}.{form}"
        detail = {"format": str(form), **told(asked)}
        self._audit.record(who, f"{what} export begun", asked.plate or "", detail)

        @cache
        def close() -> None:
            self._audit.record(who, f"{what} exported", asked.plate or "", detail, count.passed)

        return Export(name, MEDIA_TYPES[form], ended(ENCODERS[form](count), close), close)


class Counted:
    """Reads, counted as they go by."""

    def __init__(self, found: Iterable[FoundRead]) -> None:
        self._found, self.passed = found, 0

    def __iter__(self) -> Iterator[FoundRead]:
        for one in self._found:
            self.passed += 1
            yield one


def ended(chunks: Iterable[bytes], close: Callable[[], None]) -> Iterator[bytes]:
    """The same, closed before their end is seen: who has the whole file finds it in the audit trail."""
    yield from chunks
    close()


def primed(found: Iterator[T]) -> Iterator[T]:
    """The same, with its first one fetched already: what cannot be asked for is refused before an answer begins."""
    return chain(list(islice(found, 1)), found)


def as_csv(found: Iterable[FoundRead]) -> Iterator[bytes]:
    """A table in UTF-8 with a line of names; times in UTC, nothing where nothing is known."""
    yield _line(COLUMNS)
    for some in _batches(found):
        yield b"".join(_line(map(cell, row(one))) for one in some)


def _line(cells: Iterable[str]) -> bytes:
    return line(cells).encode()


def as_json_lines(found: Iterable[FoundRead]) -> Iterator[bytes]:
    """``marque.event/1``, one a line."""
    for some in _batches(found):
        yield b"".join(to_json(one.stored.event).encode() + b"\n" for one in some)


def _batches(found: Iterable[FoundRead]) -> Iterator[list[FoundRead]]:
    rest = iter(found)
    while some := list(islice(rest, 100)):
        yield some


def as_parquet(found: Iterable[FoundRead]) -> Iterator[bytes]:
    """Columns as in CSV, with types."""
    return parquet.encode(map(row, found))


ENCODERS: Mapping[Format, Callable[[Iterable[FoundRead]], Iterator[bytes]]] = {
    Format.CSV: as_csv,
    Format.JSONL: as_json_lines,
    Format.PARQUET: as_parquet,
}
