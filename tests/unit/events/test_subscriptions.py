"""Which sinks get an event."""

from __future__ import annotations

from typing import Any

import pytest

from event_samples import event
from marque.config import Filter
from marque.events.subscriptions import matches
from marque.types import EventClass, EventKind


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"cameras": ["gate", "yard"]},
        {"kinds": ["new"]},
        {"regions": ["gb"]},
        {"plate": "AB12CDE"},
        {"plate": "ab12 cde"},
        {"plate": "AB*"},
        {"plate": "?B12?D?"},
        {"plate": "*"},
        {"min_confidence": 0.94},
    ],
)
def test_an_event_goes_where_it_is_wanted(wanted: dict[str, Any]) -> None:
    assert matches(Filter(**wanted), event())


@pytest.mark.parametrize(
    "wanted",
    [
        {"cameras": ["yard"]},
        {"kinds": ["lost", "update"]},
        {"classes": ["quarantine"]},
        {"regions": ["de"]},
        {"plate": "AB12"},
        {"plate": "AB12CD??"},
        {"plate": "[AX]B12CDE"},
        {"min_confidence": 0.95},
    ],
)
def test_an_event_goes_nowhere_else(wanted: dict[str, Any]) -> None:
    assert not matches(Filter(**wanted), event())


def test_quarantine_goes_only_where_it_is_asked_for() -> None:
    junk = event(event_class=EventClass.QUARANTINE)
    assert not matches(Filter(), junk)
    assert matches(Filter(classes=["quarantine"]), junk)


def test_a_pass_without_a_plate_goes_where_no_plate_is_asked_for() -> None:
    unread = event(1, None, kind=EventKind.LOST)
    assert matches(Filter(), unread)
    for wanted in ({"plate": "*"}, {"regions": ["gb"]}, {"min_confidence": 0.1}):
        assert not matches(Filter(**wanted), unread)
