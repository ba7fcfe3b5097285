"""What every runtime keeps: one network tells the same of itself and answers the same, whichever runs it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from marque.vision.models import shipped
from marque.vision.runtimes import onnx, openvino
from marque.vision.runtimes.engine import Engine, Refused
from tiny_nets import bright_detector, constant_recognizer

Start = Callable[[Path, int], Engine]
STARTS = [
    pytest.param(onnx.start, id="onnx"),
    pytest.param(openvino.start, id="openvino", marks=pytest.mark.skipif(not openvino.installed(), reason="no extra")),
]
SIZES = [(1, 3, 96, 160), (2, 3, 64, 64)]


@pytest.fixture(params=STARTS)
def start(request: pytest.FixtureRequest) -> Start:
    function: Start = request.param
    return function


def pictures(shape: tuple[int, ...], seed: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_it_tells_what_the_file_says(start: Start, tmp_path: Path) -> None:
    engine = start(constant_recognizer(tmp_path / "r.onnx", "AB12"), 1)
    signature = engine.signature
    assert (signature.input, signature.input_type) == ("images", np.dtype(np.uint8))
    assert signature.input_shape == (None, 1, 64, 160)
    assert signature.outputs == ("slots", "ctc", "region")
    assert signature.metadata["marque.kind"] == "recognizer"
    assert signature.metadata["marque.margin"] == "0.1"
    assert engine.device


def test_a_file_that_is_no_network_is_refused(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "song.onnx"
    path.write_bytes(b"la la la")
    with pytest.raises(Refused):
        start(path, 1)


def test_an_input_that_does_not_fit_is_refused_and_does_no_harm(start: Start, tmp_path: Path) -> None:
    engine = start(bright_detector(tmp_path / "d.onnx"), 1)
    with pytest.raises(Refused):
        engine.run(pictures((1, 4, 32, 32)))
    assert [answer.shape for answer in engine.run(pictures((1, 3, 32, 32)))] == [(1, 1, 4), (1, 1, 1), (1, 1, 8)]


def test_answers_are_the_callers_own(start: Start, tmp_path: Path) -> None:
    engine = start(bright_detector(tmp_path / "d.onnx"), 1)
    bright = np.full((1, 3, 32, 32), 255, np.uint8)
    first = engine.run(bright)
    kept = [answer.copy() for answer in first]
    engine.run(np.zeros_like(bright))
    assert all((mine == was).all() for mine, was in zip(first, kept, strict=True))


def test_many_threads_get_their_own_answers(start: Start, tmp_path: Path) -> None:
    engine = start(bright_detector(tmp_path / "d.onnx"), 1)
    inputs = [np.zeros((1, 3, 32, 64), np.uint8) for _ in range(40)]
    for at, image in enumerate(inputs):
        image[:, :, 4:20, at : at + 10] = 255
    with ThreadPoolExecutor(4) as pool:
        lefts = [float(answers[0][0, 0, 0]) for answers in pool.map(engine.run, inputs)]
    assert lefts == list(range(40))


@pytest.mark.skipif(not openvino.installed(), reason="no extra")
@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("stem", ["plate-detector", "plate-verifier", "vehicle-detector"])
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_both_answer_the_same(stem: str, precision: str, shape: tuple[int, ...]) -> None:
    path = shipped(stem, precision)  # type: ignore[arg-type]
    image = np.repeat(np.repeat(pictures((*shape[:2], shape[2] // 8, shape[3] // 8)), 8, 2), 8, 3)
    one, other = (start(path, 1).run(image) for start in (onnx.start, openvino.start))
    far = {"fp32": 0.001, "int8": 0.08}[precision]
    assert abs(one[1] - other[1]).max() < far
    assert np.median(abs(one[0] - other[0])) < far * shape[3]


@pytest.mark.skipif(not openvino.installed(), reason="no extra")
def test_a_shape_that_comes_again_is_answered_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino, "USUAL", 3)
    engine = openvino.start(shipped("plate-recognizer", "int8"), 1)
    crops = pictures((2, 1, 64, 160))
    first, *_, last = (engine.run(crops) for _ in range(4))
    for before, after in zip(first, last, strict=True):
        np.testing.assert_allclose(after, before, atol=0.02)
