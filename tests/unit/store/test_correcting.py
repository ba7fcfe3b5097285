"""A person's correction in the log, and what the camera still says of the pass after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from event_samples import NOON, event, plate
from marque.ports import NewDelivery
from marque.queries import EventQuery, ReadQuery
from marque.store import SqlStore
from marque.store.reads import SqlReads
from marque.types import Correction, EventKind, PlateEvent

SAID = Correction("BBC123", "8BC123", "anna", NOON + timedelta(hours=1), "see the picture")


def corrected(of: PlateEvent, said: Correction = SAID) -> PlateEvent:
    assert of.read
    read = replace(of.read, text=said.text)
    return replace(of, revision=of.revision + 1, kind=EventKind.UPDATE, read=read, correction=said)


def texts(store: SqlStore) -> list[tuple[int, str | None]]:
    found = store.events(EventQuery(newest_first=False))
    return [(one.event.revision, one.event.read.text if one.event.read else None) for one in found]


def test_a_correction_is_the_pass_s_next_revision(store: SqlStore) -> None:
    store.append(event(1, "8BC123"), [])
    assert store.correct(corrected(event(1, "8BC123")), []) == 2
    assert texts(store) == [(1, "8BC123"), (2, "BBC123")]


def test_the_camera_s_next_revision_neither_takes_its_number_nor_undoes_it(store: SqlStore) -> None:
    first = event(1, "8BC123")
    store.append(first, [])
    store.correct(corrected(first), [])
    last = replace(first, revision=2, kind=EventKind.LOST, read=plate("8BC12B"))
    store.append(last, [])
    assert store.append(last, []) is None
    assert texts(store) == [(1, "8BC123"), (2, "BBC123"), (3, "BBC123")]
    newest = store.revisions(first.id)[-1].event
    assert newest.correction == replace(SAID, machine="8BC12B")


def test_a_pass_is_found_by_both_texts(store: SqlStore) -> None:
    store.append(event(1, "8BC123"), [])
    store.correct(corrected(event(1, "8BC123")), [])
    reads = SqlReads(store.database)
    assert len(reads.page(ReadQuery(plate="BBC123")).reads) == 1
    assert len(reads.page(ReadQuery(plate="8BC123", plate_match="fuzzy")).reads) == 1
    assert len(reads.page(ReadQuery(corrected=True)).reads) == 1
    assert reads.page(ReadQuery(corrected=False)).reads == ()


def test_only_the_newest_revision_is_corrected(store: SqlStore) -> None:
    first = event(1, "8BC123")
    store.append(first, [])
    store.append(replace(first, revision=2), [])
    assert store.correct(corrected(first), []) is None
    assert texts(store) == [(1, "8BC123"), (2, "8BC123")]


def test_what_is_not_kept_cannot_be_corrected(store: SqlStore) -> None:
    assert store.correct(corrected(event(1, "8BC123")), []) is None


def test_a_correction_back_is_one_too(store: SqlStore) -> None:
    first = event(1, "8BC123")
    store.append(first, [])
    store.correct(once := corrected(first), [])
    store.correct(corrected(once, replace(SAID, text="8BC123")), [])
    assert texts(store) == [(1, "8BC123"), (2, "BBC123"), (3, "8BC123")]


def test_sinks_are_owed_the_correction(store: SqlStore) -> None:
    store.append(event(1, "8BC123"), [])
    store.correct(corrected(event(1, "8BC123")), [NewDelivery("web", NOON)])
    (claimed,) = store.claim("web", 10, 60.0, NOON)
    assert claimed.event.correction == SAID


def test_an_event_without_a_correction_is_none(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="nobody corrected it"):
        store.correct(event(1), [])
