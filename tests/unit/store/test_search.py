"""Fuzzy search in the log: nothing that may be a misreading is overlooked."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from event_samples import event
from marque.errors import Unacceptable
from marque.plates.likeness import REACH, misreading
from marque.queries import EventQuery
from marque.store import SqlStore

CHARS = st.sampled_from("ABDGILOQSZ0123568")
plates = st.text(CHARS, min_size=4, max_size=8)
numbers = itertools.count(1)


@st.composite
def misread(draw: st.DrawFn) -> tuple[str, str]:
    """A plate, and what may be read of it: up to two characters changed, lost or invented."""
    plate = draw(plates)
    seen = list(plate)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(seen) - 1))
        seen[at : at + draw(st.integers(0, 1))] = draw(st.lists(CHARS, max_size=1))
    return plate, "".join(seen)


@pytest.fixture
def store(tmp_path: Path, open_log: Callable[[str], SqlStore]) -> SqlStore:
    return open_log(f"sqlite:///{tmp_path}/log.db")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(misread())
def test_a_misread_plate_is_found_when_it_is_likely_enough(store: SqlStore, pair: tuple[str, str]) -> None:
    asked, seen = pair
    cursor = store.append(event(next(numbers), seen), [])
    assert cursor is not None
    found = store.events(EventQuery(plate=asked, plate_match="fuzzy", after=cursor - 1))
    assert bool(found) == (misreading(seen, asked) <= REACH)


def test_what_our_recogniser_confuses_comes_first(store: SqlStore) -> None:
    for number, text in enumerate(["XBC123", "BBC123", "8BC123"], 1):
        store.append(event(number, text), [])
    found = store.events(EventQuery(plate="BBC123", plate_match="fuzzy"))
    assert [one.event.read and one.event.read.text for one in found] == ["BBC123", "8BC123", "XBC123"]


@pytest.mark.parametrize("wanted", ["", "-", "%", "_"])
def test_looking_for_nothing_finds_nothing(store: SqlStore, wanted: str) -> None:
    store.append(event(1), [])
    assert store.events(EventQuery(plate=wanted, plate_match="fuzzy")) == []


@pytest.mark.parametrize(("pattern", "match"), [("AB?2*", "wildcard"), ("AB[0-9]+C.*", "regex")])
def test_patterns_find_revisions(store: SqlStore, pattern: str, match: str) -> None:
    store.append(event(1, "AB12CDE"), [])
    store.append(event(2, "XY12CDE"), [])
    [found] = store.events(EventQuery(plate=pattern, plate_match=match))
    assert found.event.id == event(1).id


def test_a_way_to_compare_that_nobody_knows_is_refused(store: SqlStore) -> None:
    with pytest.raises(Unacceptable, match=r"^unknown plate match 'sound'$"):
        store.events(EventQuery(plate="AB", plate_match="sound"))
