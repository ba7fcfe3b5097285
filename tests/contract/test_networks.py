"""What every detector, recogniser and vehicle finder keeps: a page, an example, its port's promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from marque import plugins
from marque.ports import Detector, ModelContext, PluginConfig, Recognizer, VehicleFinder
from marque.types import Box, Image
from tiny_nets import bright_detector, bright_vehicles, constant_recognizer, constant_yolo

CPU = ModelContext("cpu", 1)
EVERY = [(folder, name) for folder in ("detectors", "recognizers", "vehicles") for name in plugins.names(folder)]
PICTURES: list[Image] = [np.zeros((240, 320, 3), np.uint8), np.full((96, 160, 3), 255, np.uint8)]


def options(folder: str, name: str, place: Path) -> dict[str, Any]:
    """What the plugin needs to be built here."""
    boxes = np.array([[8, 8, 40, 20, 0.6, 0], [60, 8, 90, 20, 0.9, 0]], np.float32)
    match folder, name:
        case "detectors", "marque":
            return {"path": bright_detector(place / "n.onnx")}
        case "detectors", "yolo":
            return {"path": constant_yolo(place / "n.onnx", boxes, "{0: 'plate'}", (1, 3, 96, 96))}
        case "recognizers", "marque":
            return {"path": constant_recognizer(place / "n.onnx", "AB12CDE")}
        case "vehicles", "marque":
            return {"path": bright_vehicles(place / "n.onnx")}
    return {}


def built(folder: str, name: str, place: Path) -> Any:
    if plugins.load(folder, name).REQUIRES:
        pytest.importorskip("rapidocr")
    return plugins.build(folder, name, options(folder, name, place), CPU)


@pytest.mark.parametrize(("folder", "name"), EVERY)
def test_it_has_a_page_options_and_an_example(folder: str, name: str) -> None:
    module = plugins.load(folder, name)
    assert module.__doc__
    assert issubclass(module.Config, PluginConfig)
    example = yaml.safe_load(module.EXAMPLE)
    assert example.pop("type") == name
    module.Config(**example)
    assert isinstance(module.REQUIRES, str)


@pytest.mark.parametrize("name", plugins.names("detectors"))
def test_a_detector_answers_in_order_with_boxes_in_the_picture(name: str, tmp_path: Path) -> None:
    detector: Detector = built("detectors", name, tmp_path)
    assert detector.version
    answers = detector.detect(PICTURES)
    assert len(answers) == len(PICTURES)
    assert answers[1]
    for found, picture in zip(answers, PICTURES, strict=True):
        border = Box(0, 0, picture.shape[1], picture.shape[0])
        assert [d.score for d in found] == sorted((d.score for d in found), reverse=True)
        assert all(0 <= d.score <= 1 and d.box.iou(border) > 0 for d in found)
        assert all(d.box.x1 <= border.x1 and d.box.y1 <= border.y1 for d in found)
    assert detector.detect([]) == []


@pytest.mark.parametrize("name", plugins.names("recognizers"))
def test_a_recogniser_gives_each_crop_a_score_per_character(name: str, tmp_path: Path) -> None:
    recognizer: Recognizer = built("recognizers", name, tmp_path)
    assert recognizer.version
    assert 0 <= recognizer.margin < 0.5
    readings = recognizer.recognize(PICTURES)
    assert len(readings) == len(PICTURES)
    for reading in readings:
        assert reading.hypotheses
        assert len(reading.text) == len(reading.characters)
        assert all(0 <= c.confidence <= 1 for c in reading.characters)
    assert recognizer.recognize([]) == []


@pytest.mark.parametrize("name", plugins.names("vehicles"))
def test_a_finder_answers_in_order_with_boxes_in_the_picture_and_types(name: str, tmp_path: Path) -> None:
    finder: VehicleFinder = built("vehicles", name, tmp_path)
    assert finder.version
    answers = finder.find(PICTURES)
    assert len(answers) == len(PICTURES)
    assert answers[1]
    for found, picture in zip(answers, PICTURES, strict=True):
        assert [one.detection.score for one in found] == sorted((o.detection.score for o in found), reverse=True)
        for one in found:
            assert one.detection.box.x1 <= picture.shape[1]
            assert one.detection.box.y1 <= picture.shape[0]
            assert sum(share.confidence for share in one.types) <= 1.001
    assert finder.find([]) == []
