"""What the verifier's training promises: it sees what the detector is unsure of, as the package will show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from marque.ports import ModelContext
from marque.vision.models import open_net
from marque.vision.second_look import SecondLook
from marque_training.detector import net, unread, warm
from marque_training.detector.compose import Sample, rectangle
from marque_training.detector.export import MODELS
from marque_training.detector.feed import Ring
from marque_training.verifier import export, feed
from marque_training.verifier.feed import SIZE
from marque_training.verifier.train import VERIFIER

Floats = NDArray[np.float32]
PLATE, OTHER = (300.0, 200.0, 364.0, 216.0), (40.0, 60.0, 80.0, 70.0)


@dataclass
class Finder:
    """Stands for a detector that finds this, with these scores."""

    boxes: list[tuple[float, ...]]
    scores: list[float]
    floors: list[float] = field(default_factory=list)

    def look(self, _: object, __: object, floor: float) -> tuple[Floats, Floats, Floats]:
        self.floors.append(floor)
        count = len(self.boxes)
        boxes = np.array(self.boxes, np.float32).reshape(-1, 4)
        return boxes, np.array(self.scores, np.float32), np.zeros((count, 8), np.float32)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def sample(*plates: tuple[float, ...], ignored: tuple[tuple[float, ...], ...] = ()) -> Sample:
    image = np.zeros((640, 640, 3), np.uint8)
    quads = [rectangle(np.array(box, np.float32)) for box in plates]
    return Sample(image, quads, [True] * len(quads), [np.array(box, np.float32) for box in ignored])


def chosen(rng: np.random.Generator, finder: Finder, picture: Sample, times: int = 200) -> list[tuple[float, ...]]:
    """All places that are cut out of so many such pictures."""
    chooser = feed.Chooser(rng, finder)  # type: ignore[arg-type]
    return [tuple(box.tolist()) for _ in range(times) for box in chooser.boxes(picture)]


def test_a_plate_that_is_not_sure_is_always_looked_at_and_a_sure_one_at_times(rng: np.random.Generator) -> None:
    found = chosen(rng, Finder([PLATE, OTHER], [0.9, 0.3]), sample(PLATE, OTHER))
    assert found.count(OTHER) == 200
    assert 30 < found.count(PLATE) < 90


def test_what_is_no_plate_is_looked_at_the_surer_the_oftener(rng: np.random.Generator) -> None:
    boxes = [(x, 400.0, x + 50, 420.0) for x in range(0, 600, 60)]
    found = chosen(rng, Finder(boxes, [0.4] + [0.1] * 9), sample())
    assert len(found) == 200 * feed.OTHERS
    assert found.count(boxes[0]) > 1.4 * max(found.count(box) for box in boxes[1:])


def test_what_is_neither_right_nor_wrong_is_left_out(rng: np.random.Generator) -> None:
    assert chosen(rng, Finder([OTHER], [0.4]), sample(ignored=(OTHER,))) == []


def test_a_plate_that_was_not_found_is_looked_at_now_and_then(rng: np.random.Generator) -> None:
    assert 30 < len(chosen(rng, Finder([], []), sample(PLATE))) < 90


def test_what_fills_the_picture_needs_no_second_look(rng: np.random.Generator) -> None:
    large = (50.0, 100.0, 600.0, 250.0)
    assert chosen(rng, Finder([large], [0.4]), sample()) == []


def test_a_close_up_shows_the_find_in_its_middle_with_its_label() -> None:
    picture = sample(PLATE, OTHER)
    picture.image[200:216, 300:364] = 255
    seen = feed.closeup(picture, np.array(PLATE, np.float32))
    assert seen.image.shape == (SIZE[1], SIZE[0], 3)
    assert [quad.tolist() for quad in seen.quads] == [[[64, 56], [128, 56], [128, 72], [64, 72]]]
    assert (seen.image[56:72, 64:128] == 255).all()
    assert seen.image.sum() == 255 * 3 * 16 * 64


def test_a_close_up_of_something_small_is_enlarged() -> None:
    seen = feed.closeup(sample(OTHER), np.array(OTHER, np.float32))
    assert np.ptp(seen.quads[0][:, 0]) == pytest.approx(64, abs=1)


def test_finds_are_shaken_but_stay_where_they_are(rng: np.random.Generator) -> None:
    box = np.array(PLATE, np.float32)
    others = np.stack([feed.shaken(rng, box) for _ in range(300)])
    assert np.abs(others.mean(0) - box).max() < 3
    assert np.ptp(others[:, 2] - others[:, 0]) > 20


def test_a_ring_of_close_ups_is_as_wide_as_they_are(tmp_path: Path, rng: np.random.Generator) -> None:
    ring = Ring(tmp_path / "ring", *SIZE, slots=4)
    ring.put(feed.closeup(sample(PLATE), np.array(PLATE, np.float32)))
    assert ring.take(1, rng).images.shape == (1, SIZE[1], SIZE[0], 3)


def test_the_package_opens_what_is_exported(tmp_path: Path) -> None:
    path = tmp_path / "v.onnx"
    with pytest.warns():  # the tracer warns of constants
        export.export(net.DetectorNet(VERIFIER.size), path, version="3")
    look = SecondLook.by(open_net(path, ModelContext("cpu", 1)))
    assert look.net.metadata["marque.version"] == "3"
    assert look.view == export.VIEW


def test_parts_of_a_net_are_named_by_where_they_are() -> None:
    assert warm.within("levels.3.0.0", ("levels.3",))
    assert warm.within("pool", ("pool",))
    assert not warm.within("levels.30.0", ("levels.3",))
    assert not warm.within("join16.mix", ("join16.lateral",))


def test_it_begins_with_the_detectors_eyes() -> None:
    path = MODELS / "plate-detector.onnx"
    verifier = net.DetectorNet(VERIFIER.size)
    warm.restore(verifier, path, torch.zeros(2, 3, 128, 192), VERIFIER.anew)
    eyes = warm.folded(path)["levels.1.0.0"][0]
    assert torch.allclose(verifier.levels[1][0][0].weight, eyes)  # type: ignore[index, arg-type]


@pytest.mark.parametrize("name", unread.layouts()[0])
def test_each_unread_layout_can_be_drawn(name: str, rng: np.random.Generator) -> None:
    low, high = unread.sheet()["layouts"][name]["aspect"]
    for _ in range(3):
        plate = unread.draw_unread(rng, name)
        assert plate.shape[0] == unread.HEIGHT
        assert low - 0.02 <= plate.shape[1] / plate.shape[0] <= high
        assert plate.std() > 15


def test_ink_can_be_told_from_its_ground(rng: np.random.Generator) -> None:
    for _ in range(100):
        ink = unread.inked(rng, ["yellow", "white"], (235, 235, 235))
        assert abs(unread.LIGHT @ np.subtract(ink, (235, 235, 235))) > unread.CONTRAST
