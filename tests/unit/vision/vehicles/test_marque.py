"""Marque's own vehicle finder, with a network that sees the one bright thing in a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from marque.errors import ModelError
from marque.ports import ModelContext
from marque.types import Image
from marque.vision.vehicles import marque
from tiny_nets import bright_detector, bright_vehicles

CPU = ModelContext("cpu", 1)


def picture(x0: int, y0: int, x1: int, y1: int, size: tuple[int, int] = (1280, 720)) -> Image:
    image = np.zeros((size[1], size[0], 3), np.uint8)
    image[y0:y1, x0:x1] = 255
    return image


def test_a_vehicle_has_a_box_in_the_picture_and_its_types_in_order(tmp_path: Path) -> None:
    finder = marque.build(marque.Config(path=bright_vehicles(tmp_path / "n.onnx")), CPU)
    ((seen,),) = finder.find([picture(400, 200, 800, 600)])
    assert seen.detection.kind == "vehicle"
    assert seen.detection.box.as_list() == pytest.approx([400, 200, 800, 600], abs=4)
    assert [one.value for one in seen.types] == ["truck", "car"]
    assert seen.types[0].confidence == pytest.approx(0.8)


def test_pictures_of_other_shapes_are_answered_in_their_order(tmp_path: Path) -> None:
    finder = marque.build(marque.Config(path=bright_vehicles(tmp_path / "n.onnx")), CPU)
    tall = picture(10, 20, 110, 220, (300, 400))
    dark = np.zeros((720, 1280, 3), np.uint8)
    found = finder.find([picture(0, 0, 640, 360), tall, dark])
    assert [len(one) for one in found] == [1, 1, 0]
    assert found[1][0].detection.box.as_list() == pytest.approx([10, 20, 110, 220], abs=3)


def test_another_kind_of_network_is_refused(tmp_path: Path) -> None:
    path = bright_detector(tmp_path / "n.onnx")
    with pytest.raises(ModelError, match=r"n\.onnx is no vehicles of Marque: it lacks metadata marque\.types"):
        marque.build(marque.Config(path=path), CPU)


@pytest.mark.parametrize(("threshold", "count"), [(0.5, 1), (1.1, 0)])
def test_the_threshold_may_be_another(threshold: float, count: int, tmp_path: Path) -> None:
    config = marque.Config(path=bright_vehicles(tmp_path / "n.onnx"), threshold=threshold)
    (found,) = marque.build(config, CPU).find([picture(0, 0, 640, 360)])
    assert len(found) == count
