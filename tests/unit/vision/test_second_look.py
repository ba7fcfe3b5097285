"""What scores neither high nor low is looked at by itself, by the detector and by the verifier, and all looks count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from marque.errors import ModelError
from marque.plugins import build
from marque.ports import ModelContext
from marque.types import Image
from marque.vision.boxes import Floats
from marque.vision.detectors.marque import Found, MarqueDetector
from marque.vision.models import Net, open_net
from marque.vision.second_look import SecondLook, View, settled
from tiny_nets import bright_detector, bright_verifier

CPU = ModelContext("cpu", 1)
WHERE = (300, 200, 364, 216)
VIEW = View(192, 128, find=64, grow=3)
UNSURE = '{"unsure_from": 0.3, "unsure_to": 0.6}'
FIRST, ALONE, CLOSE = (384, 640), (224, 384), (128, 192)


def picture(at: tuple[int, int, int, int] = WHERE) -> Image:
    image = np.zeros((384, 640, 3), np.uint8)
    image[at[1] : at[3], at[0] : at[2]] = 255
    return image


def scoring(net: Net, scores: dict[tuple[int, int], float]) -> list[tuple[int, ...]]:
    """Let the network find with these scores, by the height and width of what it sees; the shapes of its runs."""
    shapes: list[tuple[int, ...]] = []
    run = net.run

    def scored(images: NDArray[Any]) -> dict[str, NDArray[Any]]:
        shapes.append(images.shape)
        out = run(images)
        return out | {"scores": out["scores"] * np.float32(scores[images.shape[2:]])}

    net.run = scored  # type: ignore[method-assign]
    return shapes


def verifier(tmp_path: Path, **changes: str) -> SecondLook:
    return SecondLook.by(open_net(bright_verifier(tmp_path / "v.onnx", **changes), CPU))


def finds(*boxes: tuple[float, float, float, float]) -> tuple[Floats, Floats]:
    """Boxes and quads."""
    each = np.array(boxes, np.float32)
    return each, each[:, [0, 1, 2, 1, 2, 3, 0, 3]]


@pytest.mark.parametrize(
    ("first", "alone", "close", "wanted", "asked"),
    [
        (0.5, 0.8, 0.8, [0.716], True),
        (0.5, 0.8, 0.2, [0.5], True),
        (0.5, 0.2, 0.2, [], True),
        (0.5, 0.0, 0.0, [], True),
        (0.7, 0.0, 0.0, [0.7], False),
        (0.2, 1.0, 1.0, [], False),
    ],
    ids=["confirmed", "in doubt", "less sure", "not seen again", "sure at once", "out of the question"],
)
def test_an_unsure_find_is_looked_at_by_itself(
    tmp_path: Path, first: float, alone: float, close: float, wanted: list[float], asked: bool
) -> None:
    net, other = bright_detector(tmp_path / "d.onnx", size=UNSURE), bright_verifier(tmp_path / "v.onnx")
    detector: MarqueDetector = build("detectors", "marque", {"path": net, "verifier": other}, CPU)
    shapes = scoring(detector._net, {FIRST: first, ALONE: alone})
    closer = scoring(detector._second_looks[0].net, {CLOSE: close})
    [found] = detector.detect([picture()])
    assert [d.score for d in found] == pytest.approx(wanted, abs=0.01)
    assert [d.box.as_list() for d in found] == [pytest.approx(WHERE, abs=1)] * len(wanted)
    assert shapes == [(1, 3, *FIRST), *[(1, 3, *ALONE)] * asked]
    assert closer == [(1, 3, *CLOSE)] * asked


def test_what_a_sure_find_covers_needs_no_second_look(tmp_path: Path) -> None:
    net = bright_detector(tmp_path / "d.onnx", size=UNSURE)
    detector: MarqueDetector = build("detectors", "marque", {"path": net, "verifier": False}, CPU)
    shapes = scoring(detector._net, {ALONE: 1.0})
    boxes, quads = finds(WHERE, (302, 200, 366, 216))
    found = Found(boxes, np.array([0.9, 0.5], np.float32), np.zeros(2, np.intp), quads)
    assert detector._verified(picture(), found).scores.tolist() == pytest.approx([0.9])
    assert shapes == []


def test_all_finds_of_a_picture_share_a_run(tmp_path: Path) -> None:
    look = verifier(tmp_path)
    shapes = scoring(look.net, {CLOSE: 0.9})
    scores, *_ = look.at(picture(), *finds(WHERE, (302, 200, 366, 216), (20, 20, 84, 36)))
    assert scores.tolist() == pytest.approx([0.9, 0.9, 0])
    assert shapes == [(3, 3, *CLOSE)]


def test_only_so_many_finds_of_a_picture_are_looked_at(tmp_path: Path) -> None:
    size = '{"unsure_from": 0.3, "unsure_to": 0.6, "unsure_places": 1}'
    net = bright_detector(tmp_path / "d.onnx", size=size)
    detector: MarqueDetector = build("detectors", "marque", {"path": net, "verifier": False}, CPU)
    scoring(detector._net, {ALONE: 0.8})
    boxes, quads = finds(WHERE, (20, 20, 84, 36))
    found = Found(boxes, np.array([0.5, 0.4], np.float32), np.zeros(2, np.intp), quads)
    assert detector._verified(picture(), found).scores.tolist() == pytest.approx([2 / 3, 0.4])


def test_without_a_verifier_the_detector_looks_alone(tmp_path: Path) -> None:
    net = bright_detector(tmp_path / "d.onnx", size=UNSURE)
    detector: MarqueDetector = build("detectors", "marque", {"path": net, "verifier": False}, CPU)
    scoring(detector._net, {FIRST: 0.5, ALONE: 0.8})
    [found] = detector.detect([picture()])
    assert [d.score for d in found] == pytest.approx([2 / 3], abs=0.01)
    assert detector.version == "tiny"


def test_the_versions_of_both_networks_are_told(tmp_path: Path) -> None:
    paths = {
        "path": bright_detector(tmp_path / "d.onnx"),
        "verifier": bright_verifier(tmp_path / "v.onnx", version="2"),
    }
    assert build("detectors", "marque", paths, CPU).version == "tiny+2"


@pytest.mark.parametrize(("first", "second", "both"), [(0.5, 0.8, 2 / 3), (0.2, 0.8, 0.5), (1.0, 0.0, 0.5)])
def test_looks_count_by_their_odds(tmp_path: Path, first: float, second: float, both: float) -> None:
    look = verifier(tmp_path)
    scoring(look.net, {CLOSE: second})
    scores, *_ = settled(picture(), (np.array([first], np.float32), *finds(WHERE)), [look], (0, 1))
    assert scores.tolist() == pytest.approx([both])


def test_only_what_is_still_in_doubt_is_asked_about_on(tmp_path: Path) -> None:
    one, other = verifier(tmp_path), verifier(tmp_path)
    scoring(one.net, {CLOSE: 0.8})
    shapes = scoring(other.net, {CLOSE: 0.5})
    first = np.array([0.3, 0.6], np.float32), *finds(WHERE, (302, 200, 366, 216))
    scores, *_ = settled(picture(), first, [one, other], (0.3, 0.6))
    assert scores.tolist() == pytest.approx([0.545, 0.71], abs=0.01)
    assert shapes == [(1, 3, *CLOSE)]


def test_where_a_find_lies_is_the_mean_of_all_looks(tmp_path: Path) -> None:
    boxes, quads = finds((304, 200, 368, 216))
    _, boxes, quads = settled(picture(), (np.array([0.5], np.float32), boxes, quads), [verifier(tmp_path)], (0, 1))
    assert boxes[0].tolist() == pytest.approx([302, 200, 366, 216], abs=0.5)
    assert quads[0].tolist() == pytest.approx([302, 200, 366, 200, 366, 216, 302, 216], abs=0.5)


def test_a_look_tells_where_a_find_lies(tmp_path: Path) -> None:
    scores, boxes, quads = verifier(tmp_path).at(picture(), *finds((304, 200, 368, 216)))
    assert scores.tolist() == [1]
    assert boxes[0].tolist() == pytest.approx(WHERE, abs=0.5)
    assert quads[0].tolist() == pytest.approx([300, 200, 364, 200, 364, 216, 300, 216], abs=0.5)


def test_what_is_seen_elsewhere_does_not_confirm_a_find(tmp_path: Path) -> None:
    where = finds((300, 240, 364, 256))
    scores, boxes, quads = verifier(tmp_path).at(picture(), *where)
    assert scores.tolist() == [0]
    assert (boxes == where[0]).all()
    assert (quads == where[1]).all()


@pytest.mark.parametrize(
    ("box", "size", "seen"),
    [
        ((300, 200, 364, 216), (640, 384), (236, 144, 428, 272)),
        ((300, 200, 332, 208), (640, 384), (268, 172, 364, 236)),
        ((300, 200, 308, 202), (640, 384), (272, 179, 336, 222)),
        ((300, 100, 400, 228), (640, 384), (158, 36, 542, 292)),
        ((0, 0, 64, 16), (640, 384), (0, 0, 192, 128)),
        ((10, 10, 74, 26), (100, 50), (0, 0, 100, 50)),
    ],
    ids=["as it is", "enlarged", "enlarged so far and no further", "a high one", "in the corner", "a small picture"],
)
def test_a_find_is_seen_as_wide_as_the_others(
    box: tuple[int, ...], size: tuple[int, int], seen: tuple[int, ...]
) -> None:
    assert VIEW.place(np.array(box, np.float32), size) == seen


@pytest.mark.parametrize("at", [(0, 0, 64, 16), (576, 368, 640, 384), (0, 368, 64, 384)])
def test_a_find_at_the_edge_is_seen_too(tmp_path: Path, at: tuple[int, int, int, int]) -> None:
    scores, boxes, _ = verifier(tmp_path).at(picture(at), *finds(at))
    assert scores.tolist() == [1]
    assert boxes[0].tolist() == pytest.approx(at, abs=1)


@pytest.mark.parametrize("view", ["0.5", '{"width": 192}', '{"width": "wide", "height": 9, "find": 1, "grow": 1}', "{"])
def test_a_card_that_makes_no_sense_is_refused(tmp_path: Path, view: str) -> None:
    with pytest.raises(ModelError, match=r"marque\.view of v\.onnx cannot be used"):
        verifier(tmp_path, view=view)


def test_a_detector_is_no_verifier(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"is no verifier of Marque: it lacks metadata marque\.view"):
        SecondLook.by(open_net(bright_detector(tmp_path / "d.onnx"), CPU))
