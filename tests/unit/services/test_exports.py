"""Exports take what they need, when they need it, and are written down however they end."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from event_samples import event
from fakes import FakeClock
from marque.access.audit import Audit
from marque.access.scopes import everything
from marque.errors import Forbidden, StoreError
from marque.queries import EventQuery, FoundRead, ReadPage, ReadQuery
from marque.services.exports import Exports, Format
from marque.types import AuditEntry, StoredEvent

ANNA = everything("anna")
SAME = event(1)


class Endless:
    """A log of which there is always more; ``pages`` counts those that were asked for, ``broken`` ends it."""

    def __init__(self) -> None:
        self.pages, self.broken = 0, False
        self.trail: list[AuditEntry] = []

    def page(self, query: ReadQuery) -> ReadPage:
        return ReadPage(tuple(map(FoundRead, self._some(query.limit))), str(self.pages))

    def events(self, query: EventQuery) -> list[StoredEvent]:
        return list(self._some(query.limit))

    def add(self, entry: AuditEntry) -> None:
        self.trail.append(entry)

    def _some(self, count: int) -> Iterator[StoredEvent]:
        self.pages += 1
        if self.broken:
            raise StoreError("the database is gone", hint="Start it.")
        return (StoredEvent(number, SAME) for number in range(count))


@pytest.fixture
def log() -> Endless:
    return Endless()


@pytest.fixture
def exports(log: Endless) -> Exports:
    fake: Any = log
    return Exports(fake, fake, Audit(log, FakeClock()), FakeClock())


@pytest.mark.parametrize("form", [Format.CSV, Format.JSONL])
@pytest.mark.parametrize("what", ["reads", "events"])
def test_no_more_pages_are_held_than_are_being_sent(exports: Exports, log: Endless, form: Format, what: str) -> None:
    query: Any = ReadQuery() if what == "reads" else EventQuery()
    export = getattr(exports, what)(ANNA, query, form)
    for sent, chunk in enumerate(itertools.islice(export.chunks, 30)):
        assert len(chunk) < 200_000
        assert log.pages <= 1 + sent * 100 // 500


def test_parquet_holds_one_group_of_rows(exports: Exports, log: Endless) -> None:
    export = exports.reads(ANNA, ReadQuery(), Format.PARQUET)
    next(export.chunks)
    assert log.pages <= 5000 // 500 + 1


def test_what_was_taken_is_counted_when_it_breaks_off(exports: Exports, log: Endless) -> None:
    export = exports.reads(ANNA, ReadQuery(), Format.JSONL)
    list(itertools.islice(export.chunks, 3))
    export.close()
    assert [(one.action, one.results) for one in log.trail] == [("reads export begun", None), ("reads exported", 300)]


def test_who_has_the_whole_file_finds_it_written_down(exports: Exports, log: Endless) -> None:
    export = exports.reads(ANNA, ReadQuery(), Format.JSONL, 300)
    list(export.chunks)
    assert [(one.action, one.results) for one in log.trail] == [("reads export begun", None), ("reads exported", 300)]
    export.close()
    assert len(log.trail) == 2


def test_a_store_that_is_away_is_noticed_before_the_file_begins(exports: Exports, log: Endless) -> None:
    log.broken = True
    with pytest.raises(StoreError):
        exports.reads(ANNA, ReadQuery(), Format.CSV)
    assert log.trail == []


def test_looking_for_a_plate_needs_its_own_scope(exports: Exports) -> None:
    nosy = replace(ANNA, scopes=frozenset({"reads:export"}))
    with pytest.raises(Forbidden, match="reads:search"):
        exports.reads(nosy, ReadQuery(plate="AB12"), Format.CSV)
