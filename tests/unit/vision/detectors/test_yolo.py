"""Any Ultralytics export is understood: with or without NMS inside, fixed or open input, its own class names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto

from marque.errors import InferenceError, ModelError
from marque.plugins import build
from marque.ports import Detector, ModelContext
from marque.types import Image
from tiny_nets import constant_yolo

OPEN = ("n", 3, "height", "width")
FIXED = (1, 3, 320, 320)
NAMES = "{0: 'car', 1: 'License_Plate'}"
SQUARE: Image = np.zeros((320, 320, 3), np.uint8)
WIDE: Image = np.zeros((320, 640, 3), np.uint8)


def plain(rows: Sequence[Sequence[float]], anchors: int = 50) -> NDArray[np.float32]:
    """[4 + K, A] of rows cx, cy, w, h, score per class."""
    out = np.zeros((len(rows[0]), anchors), np.float32)
    out[:, : len(rows)] = np.array(rows, np.float32).T
    return out


def ended(rows: Sequence[Sequence[float]]) -> NDArray[np.float32]:
    """[M, 6] of rows x0, y0, x1, y1, score, class, as with NMS inside."""
    out = np.zeros((300, 6), np.float32)
    out[: len(rows)] = rows
    return out


ROWS = plain([[100, 50, 80, 20, 0.1, 0.9], [101, 50, 80, 20, 0.1, 0.8], [200, 200, 100, 100, 0.7, 0.0]])
ENDED = ended([[60, 40, 140, 60, 0.9, 1], [150, 150, 250, 250, 0.7, 0]])


def make(tmp_path: Path, rows: NDArray[np.float32], names: str | None = NAMES, **options: Any) -> Detector:
    shape = options.pop("shape", FIXED)
    path = constant_yolo(tmp_path / "y.onnx", rows, names, shape, options.pop("kind", TensorProto.FLOAT))
    made: Detector = build("detectors", "yolo", {"path": path} | options, ModelContext("cpu", 1))
    return made


@pytest.mark.parametrize("rows", [ROWS, ENDED], ids=["plain", "end to end"])
@pytest.mark.parametrize("shape", [FIXED, OPEN], ids=["fixed", "open"])
def test_both_kinds_of_export_say_the_same(tmp_path: Path, rows: NDArray[np.float32], shape: tuple[Any, ...]) -> None:
    found = make(tmp_path, rows, shape=shape, size=320).detect([SQUARE, SQUARE])
    assert [[(d.kind, d.box.as_list()) for d in each] for each in found] == [
        [("plate", [60, 40, 140, 60]), ("car", [150, 150, 250, 250])]
    ] * 2


def test_boxes_are_in_the_pixels_of_a_letterboxed_picture(tmp_path: Path) -> None:
    [found] = make(tmp_path, ENDED).detect([WIDE])
    assert found[1].box.as_list() == [300, 140, 500, 320]


def test_kinds_choose_and_rename(tmp_path: Path) -> None:
    [found] = make(tmp_path, ROWS, kinds={"car": "vehicle"}).detect([SQUARE])
    assert [d.kind for d in found] == ["vehicle"]


def test_the_threshold_holds(tmp_path: Path) -> None:
    assert [len(d) for d in make(tmp_path, ROWS, threshold=0.95).detect([SQUARE])] == [0]


def test_masks_and_key_points_are_ignored(tmp_path: Path) -> None:
    rows = np.vstack([ROWS, np.full((32, 50), 0.99, np.float32)])
    [found] = make(tmp_path, rows).detect([SQUARE])
    assert [d.kind for d in found] == ["plate", "car"]


def test_names_may_be_a_list(tmp_path: Path) -> None:
    [found] = make(tmp_path, ROWS, "['car', 'number plate']").detect([SQUARE])
    assert found[0].kind == "plate"


def test_half_precision_inputs_are_fed_so(tmp_path: Path) -> None:
    [found] = make(tmp_path, ENDED, kind=TensorProto.FLOAT16).detect([SQUARE])
    assert len(found) == 2


@pytest.mark.parametrize("names", [None, "cars and plates", "7"])
def test_a_file_without_class_names_is_refused(tmp_path: Path, names: str | None) -> None:
    with pytest.raises(ModelError, match="does not say its class names") as caught:
        make(tmp_path, ROWS, names)
    assert caught.value.hint


def test_kinds_that_the_file_does_not_know_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"knows none of \['boat'\]") as caught:
        make(tmp_path, ROWS, kinds={"boat": "boat"})
    assert caught.value.hint == "It knows ['car', 'License_Plate']."


def test_an_output_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InferenceError, match=r"output of shape \(3, 5\)"):
        make(tmp_path, np.zeros((3, 5), np.float32)).detect([SQUARE])


def test_no_pictures_no_answers(tmp_path: Path) -> None:
    assert make(tmp_path, ROWS).detect([]) == []
