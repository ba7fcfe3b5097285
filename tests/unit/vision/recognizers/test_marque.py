"""Our recogniser takes colour crops, reads them as a batch and says what it was told to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from marque.errors import ModelError
from marque.plugins import build
from marque.ports import ModelContext, Recognizer
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


def test_a_detector_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"lacks metadata marque\.alphabet, output 'slots' or 'ctc'"):
        build("recognizers", "marque", {"path": bright_detector(tmp_path / "d.onnx")}, CPU)
