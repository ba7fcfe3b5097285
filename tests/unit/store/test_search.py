"""Fuzzy search: nothing that looks alike enough is overlooked."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from event_samples import event
from marque.plates import similarity
from marque.queries import EventQuery
from marque.store import SqlStore
from marque.store.search import ALIKE, skeleton

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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(misread())
def test_a_misread_plate_is_found_when_it_is_alike_enough(store: SqlStore, pair: tuple[str, str]) -> None:
    plate, seen = pair
    cursor = store.append(event(next(numbers), plate), [])
    assert cursor is not None
    found = store.events(EventQuery(plate=seen, plate_match="fuzzy", after=cursor - 1))
    assert bool(found) == (similarity(plate, seen) >= ALIKE)


@pytest.mark.parametrize("wanted", ["", "-", "%", "_"])
def test_looking_for_nothing_finds_nothing(store: SqlStore, wanted: str) -> None:
    store.append(event(1), [])
    assert store.events(EventQuery(plate=wanted, plate_match="fuzzy")) == []


def test_confusable_characters_share_a_skeleton() -> None:
    assert skeleton("B0I5 Z6") == skeleton("8O1-S2G")
