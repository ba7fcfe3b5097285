"""A read as a row, and a cell that no spreadsheet computes."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from hypothesis import given

from event_samples import NOON, event, events
from marque.queries import FoundRead, Likeness
from marque.services.rows import COLUMNS, cell, row
from marque.types import Attribute, Correction, PlateEvent, StoredEvent, Vehicle


def as_row(happened: PlateEvent, likeness: Likeness | None = None) -> dict[str, object]:
    return dict(zip(COLUMNS, row(FoundRead(StoredEvent(1, happened), likeness)), strict=True))


def test_a_row_says_what_was_read() -> None:
    made = as_row(event(1, vehicle=Vehicle(color=Attribute("red", 0.9))), Likeness(0.75))
    said = {name: made[name] for name in ("plate", "display", "region", "camera", "vehicle_color", "likeness")}
    assert said == {
        "plate": "AB12CDE",
        "display": "AB12 CDE",
        "region": "gb",
        "camera": "gate",
        "vehicle_color": "red",
        "likeness": 0.75,
    }


def test_a_correction_stands_beside_what_the_machine_read() -> None:
    made = as_row(event(1, correction=Correction("AB12CDE", "A812CDE", "anna", NOON, "see the picture")))
    assert (made["plate"], made["machine_text"], made["corrected_by"]) == ("AB12CDE", "A812CDE", "anna")


def test_a_pass_that_a_person_read_has_a_plate_too() -> None:
    assert as_row(event(1, None, correction=Correction("AB12CDE", "", "anna", NOON)))["plate"] == "AB12CDE"


@given(events)
def test_every_event_has_a_value_of_its_kind_in_every_column(happened: PlateEvent) -> None:
    for name, value in as_row(happened).items():
        assert value is None or isinstance(value, COLUMNS[name]), name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (0.25, "0.25"),
        (NOON.astimezone(timezone(timedelta(0))), "2026-05-04T12:00:00.250000Z"),
        ("AB12", "AB12"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@A1", "'@A1"),
        ("\t=1", "'\t=1"),
    ],
)
def test_no_cell_is_a_formula(value: object, text: str) -> None:
    assert cell(value) == text  # type: ignore[arg-type]
