"""Our recogniser takes colour crops, reads them as a batch and says what it was told to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marque.errors import ModelError
from marque.plugins import build
from marque.ports import ModelContext, Recognizer
from marque.types import Reading
from marque.vision.models import open_net
from marque.vision.recognizers.marque import MarqueRecognizer, fitted, reframed
from tiny_nets import bright_detector, constant_recognizer

CPU = ModelContext("cpu", 1)
CROP = np.zeros((64, 160, 3), np.uint8)


@pytest.fixture
def recognizer(tmp_path: Path) -> Recognizer:
    made: Recognizer = build(
        "recognizers", "marque", {"path": constant_recognizer(tmp_path / "r.onnx", "AB12CDE")}, CPU
    )
    return made


def test_it_says_what_it_wants(recognizer: Recognizer) -> None:
    assert (recognizer.version, recognizer.margin, recognizer.size) == ("tiny", 0.1, (160, 64))


def test_one_reading_per_crop_of_any_size(recognizer: Recognizer) -> None:
    readings = recognizer.recognize([CROP, np.zeros((20, 90, 3), np.uint8)])
    assert [r.text for r in readings] == ["AB12CDE", "AB12CDE"]


def test_no_crops_no_readings(recognizer: Recognizer) -> None:
    assert recognizer.recognize([]) == []


def test_regions_come_best_first_without_the_unknown_one(recognizer: Recognizer) -> None:
    scores = recognizer.recognize([CROP])[0].regions
    assert [(s.code, round(s.confidence, 2)) for s in scores] == [("gb", 0.8), ("de", 0.1)]


def test_a_network_without_regions_gives_none(tmp_path: Path) -> None:
    path = constant_recognizer(tmp_path / "r.onnx", "A1", regions=None)
    assert build("recognizers", "marque", {"path": path}, CPU).recognize([CROP])[0].regions == ()


class Counted(MarqueRecognizer):
    """Counts the pictures that the network sees."""

    seen = 0

    def _look(self, looks: Any) -> Any:
        self.seen += len(looks)
        return super()._look(looks)


@pytest.mark.parametrize(("second_look", "seen"), [(0.0, 2), (1.0, 8)])
def test_only_unsure_crops_are_looked_at_again(tmp_path: Path, second_look: float, seen: int) -> None:
    net = open_net(constant_recognizer(tmp_path / "r.onnx", "AB12"), CPU)
    recognizer = Counted(net, second_look)
    assert [r.text for r in recognizer.recognize([CROP, CROP])] == ["AB12", "AB12"]
    assert recognizer.seen == seen


@pytest.mark.parametrize(("margin", "least", "most"), [(-0.05, 0.65, 0.75), (0.0, 0.55, 0.6), (0.1, 0.35, 0.45)])
def test_a_look_again_is_closer_or_from_further_away(margin: float, least: float, most: float) -> None:
    look = np.zeros((64, 160), np.uint8)
    look[8:56, 20:140] = 255
    again = reframed(look, margin)
    assert again.shape == look.shape
    assert least < (again > 127).mean() < most


def test_a_small_crop_grows_smoothly() -> None:
    edge = np.repeat(np.array([[0, 255]], np.uint8), 4, axis=0)
    row = fitted(edge, (160, 64))[32]
    assert len(set(row.tolist())) > 50


def test_the_card_may_temper_the_confidence(tmp_path: Path) -> None:
    def sure(**changes: str) -> float:
        path = constant_recognizer(tmp_path / "r.onnx", "AB12CDE", **changes)
        reading: Reading = build("recognizers", "marque", {"path": path}, CPU).recognize([CROP])[0]
        return reading.confidence

    assert sure(temperature='{"joint": 1}') < sure() < sure(temperature='{"joint": 9}')
    with pytest.raises(ModelError, match=r"marque\.temperature of r\.onnx cannot be used"):
        sure(temperature="warm")


def test_a_detector_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"lacks metadata marque\.alphabet, output 'slots' or 'ctc'"):
        build("recognizers", "marque", {"path": bright_detector(tmp_path / "d.onnx")}, CPU)
