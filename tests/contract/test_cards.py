"""Every shipped network has a card that is about this very file, and all of them together stay small."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

MODELS = Path(__file__).parents[2] / "src" / "marque" / "models"
NETWORKS = sorted(MODELS.glob("*.onnx"))


def card_of(network: Path) -> dict[str, object]:
    card: dict[str, object] = json.loads((MODELS / f"{network.name.split('.')[0]}.card.json").read_text())
    return card


def test_four_networks_are_shipped_in_two_precisions() -> None:
    assert [n.name for n in NETWORKS] == [
        "plate-detector.int8.onnx",
        "plate-detector.onnx",
        "plate-recognizer.int8.onnx",
        "plate-recognizer.onnx",
        "plate-verifier.int8.onnx",
        "plate-verifier.onnx",
        "vehicle-detector.int8.onnx",
        "vehicle-detector.onnx",
    ]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: n.name)
def test_the_card_is_about_this_very_file(network: Path) -> None:
    files = card_of(network)["files"]
    assert isinstance(files, dict)
    assert files[network.name]["sha256"] == hashlib.sha256(network.read_bytes()).hexdigest()


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: n.name)
def test_the_card_says_what_made_it_and_how_well_it_reads(network: Path) -> None:
    card = card_of(network)
    assert card["license"] == "Apache-2.0"
    assert all(card[part] for part in ("commit", "trained_on", "measured_on", "training", "metrics", "limits"))


def test_all_networks_together_take_no_more_than_twenty_megabytes() -> None:
    assert sum(n.stat().st_size for n in NETWORKS) <= 20e6
