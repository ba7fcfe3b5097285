"""Vehicles on a drawn street, with the real networks, from the pictures to the log and a sink."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from marque.app import Marque
from marque.config import Settings

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What a file sink was told of a car with a plate and a lorry without one."""
    folder = tmp_path_factory.mktemp("street")
    street = {"type": "scene", "seed": 2, "vehicles": 1, "lorries": 1, "fps": 10, "direction": "approaching"}
    settings = Settings.model_validate(
        {
            "cameras": [{"id": "street", "source": street, "vehicles": True}],
            "sinks": [{"name": "lines", "type": "file", "path": str(folder / "events.jsonl")}],
            "storage": {"folder": str(folder / "data")},
            "server": {"enabled": False},
        }
    )
    with Marque(settings) as marque:
        assert marque.wait(300)
        assert marque.drain(30) == 0
    return [json.loads(line) for line in Path(folder / "events.jsonl").read_text().splitlines()]


def kind(event: dict[str, Any]) -> str | None:
    """The type of its vehicle, or None where it is not known."""
    found = event["vehicle"]["type"]
    return found and str(found["value"])


def test_a_plate_names_the_vehicle_that_carries_it(told: list[dict[str, Any]]) -> None:
    plated = [event for event in told if event["plate"]]
    assert {event["kind"] for event in plated} >= {"new", "lost"}
    last = plated[-1]
    x0, y0, x1, y1 = last["vehicle"]["box"]
    left, top, right, bottom = last["plate"]["box"]
    assert x0 < (left + right) / 2 < x1
    assert y0 < (top + bottom) / 2 < y1
    assert kind(last) in (None, "car", "van")
    assert last["models"]["vehicles"]


def test_a_lorry_without_a_plate_is_an_event_with_its_pictures(told: list[dict[str, Any]]) -> None:
    lorry = [event for event in told if not event["plate"]]
    assert [(event["kind"], event["revision"]) for event in (lorry[0], lorry[-1])] == [("new", 1), ("lost", len(lorry))]
    assert len({event["id"] for event in lorry}) == 1
    assert kind(lorry[-1]) in (None, "truck", "bus")
    assert lorry[-1]["direction"] == "approaching"
    assert set(lorry[-1]["images"]) == {"frame", "vehicle"}
