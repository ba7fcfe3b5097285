"""The event's JSON: exact both ways, true to its published schema, and unchanged since it was published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

import first_schema
from event_samples import GOLDEN, NOON, event, events, plate
from marque.types import PlateEvent, StoredEvent
from marque.wire import WrittenEvent, from_json, from_wire, json_of, plate_to_wire, schema, to_json, to_wire

ROOT = Path(__file__).parents[2]


@given(events)
def test_an_event_survives_its_json_exactly(one: PlateEvent) -> None:
    assert from_wire(json.loads(json.dumps(to_wire(one)))) == one


@given(events)
def test_an_event_is_the_same_read_from_text(one: PlateEvent) -> None:
    assert from_json(to_json(one)) == one


@given(events)
def test_every_event_fits_the_published_schema(one: PlateEvent) -> None:
    Draft202012Validator(schema()).validate(to_wire(one))


@pytest.mark.parametrize("name", GOLDEN)
def test_published_events_are_still_written_and_read_alike(name: str) -> None:
    golden = json.loads((ROOT / f"tests/golden/event-{name}.json").read_text())
    assert to_wire(GOLDEN[name]) == golden
    assert from_wire(golden) == GOLDEN[name]


def test_the_published_schema_is_the_one_the_code_makes() -> None:
    assert json.loads((ROOT / "docs/reference/event.schema.json").read_text()) == schema()


def test_times_are_utc_and_say_so() -> None:
    assert to_wire(event(0))["time"] == "2026-05-04T12:00:00.250000Z"
    assert from_wire(to_wire(event(0))).time == NOON


def test_fields_of_a_later_version_are_ignored() -> None:
    assert from_wire(to_wire(event()) | {"weather": "fog"}) == event()


@pytest.mark.parametrize("wrong", [{"schema": "marque.event/2"}, {"revision": 0}, {"time": "2026-05-04T12:00:00"}])
def test_what_is_not_an_event_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        from_wire(to_wire(event()) | wrong)


def test_a_plate_alone_is_written_as_in_an_event() -> None:
    assert plate_to_wire(plate()) == to_wire(event())["plate"]


def test_what_the_log_keeps_goes_out_as_it_is() -> None:
    kept = WrittenEvent(7, "new", f"{to_json(event())} ")
    assert json_of(kept) == f"{to_json(event())} "
    assert (kept.kind, kept.event, json_of(StoredEvent(7, event()))) == ("new", event(), to_json(event()))


def test_what_an_earlier_version_kept_goes_out_as_this_one_writes() -> None:
    assert json.loads(json_of(WrittenEvent(7, "new", json.dumps(first_schema.wire(1))))) == to_wire(
        from_wire(first_schema.wire(1))
    )


def test_the_field_that_was_added_last_is_known() -> None:
    models = [schema(), *schema()["$defs"].values()]
    fields = sum(len(model.get("properties", ())) for model in models)
    assert fields == 62, "a field was added: name it in marque.wire.LATEST, then count it here"
