"""Our detector looks at pictures at the sizes of its card and answers in their own pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from marque.errors import ModelError
from marque.plugins import build
from marque.ports import Detector, ModelContext
from marque.types import Detection, Image
from marque.vision.detectors.marque import Config, Found, MarqueDetector
from marque.vision.models import Net, open_net
from tiny_nets import bright_detector

CPU = ModelContext("cpu", 1)


def picture(width: int, height: int, *, at: tuple[int, int, int, int] | None = None) -> Image:
    """Black, with a white box x0, y0, x1, y1."""
    image = np.zeros((height, width, 3), np.uint8)
    if at:
        image[at[1] : at[3], at[0] : at[2]] = 255
    return image


@pytest.fixture
def detector(tmp_path: Path) -> Detector:
    made: Detector = build("detectors", "marque", {"path": bright_detector(tmp_path / "d.onnx")}, CPU)
    return made


def test_boxes_and_quads_are_in_picture_pixels(detector: Detector) -> None:
    [[found]] = detector.detect([picture(1280, 720, at=(200, 100, 400, 160))])
    assert found.kind == "plate"
    assert found.score == 1.0
    assert found.box.as_list() == pytest.approx([200, 100, 400, 160], abs=2)
    assert found.quad is not None
    assert np.allclose(found.quad.as_list(), [[200, 100], [400, 100], [400, 160], [200, 160]], atol=2)


def test_a_batch_of_many_shapes_answers_in_order(detector: Detector) -> None:
    found = detector.detect(
        [
            picture(320, 240, at=(10, 20, 90, 40)),
            picture(640, 480),
            picture(320, 240, at=(50, 60, 150, 90)),
            picture(30, 20, at=(0, 0, 30, 20)),
        ]
    )
    boxes = [[d.box.as_list() for d in each] for each in found]
    assert boxes == [[[10, 20, 90, 40]], [], [[50, 60, 150, 90]], [[0, 0, 30, 20]]]


def test_no_pictures_no_answers(detector: Detector) -> None:
    assert detector.detect([]) == []


class Watched(MarqueDetector):
    """Notes the shape of every run."""

    def __init__(self, net: Net, config: Config) -> None:
        super().__init__(net, config)
        self.shapes: list[tuple[int, ...]] = []
        run = net.run

        def noted(images: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
            self.shapes.append(images.shape)
            return run(images)

        net.run = noted  # type: ignore[method-assign]


def watched(tmp_path: Path, size: str = "{}", **options: int) -> Watched:
    path = bright_detector(tmp_path / "d.onnx", size=size)
    return Watched(open_net(path, CPU), Config(**options))


def test_pictures_of_one_shape_share_a_run(tmp_path: Path) -> None:
    detector = watched(tmp_path)
    detector.detect([picture(640, 360), picture(640, 370), picture(320, 200)])
    assert detector.shapes == [(2, 3, 384, 640), (1, 3, 224, 320)]


def test_a_run_is_bounded_in_pixels(tmp_path: Path) -> None:
    detector = watched(tmp_path)
    found = detector.detect([picture(640, 640, at=(n, 0, n + 9, 9)) for n in range(12)])
    assert detector.shapes == [(9, 3, 640, 640), (3, 3, 640, 640)]
    assert [each[0].box.x0 for each in found] == list(range(12))


FIRST, SECOND = (1, 3, 384, 640), (1, 3, 160, 256)


@pytest.mark.parametrize(
    ("size", "at", "looks"),
    [
        ((1280, 720), (600, 300, 640, 310), [FIRST, SECOND]),
        ((1920, 1080), (600, 300, 640, 310), [FIRST, SECOND]),
        ((1920, 1080), (600, 300, 760, 340), [FIRST]),
        ((1920, 1080), None, [FIRST]),
        ((960, 540), (600, 300, 640, 310), [FIRST]),
    ],
    ids=["720p", "1080p", "a large plate", "nothing", "a small picture"],
)
def test_what_is_small_in_a_large_picture_gets_a_second_look(
    tmp_path: Path, size: tuple[int, int], at: tuple[int, int, int, int] | None, looks: list[tuple[int, ...]]
) -> None:
    detector = watched(tmp_path)
    [found] = detector.detect([picture(*size, at=at)])
    assert detector.shapes == looks
    assert [d.box.as_list() for d in found] == ([pytest.approx(at, abs=4)] if at else [])


def test_the_second_look_decides(tmp_path: Path) -> None:
    detector = watched(tmp_path)
    run = detector._net.run

    def blind_to_detail(images: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        out = run(images)
        return out | {"scores": out["scores"] * (images.shape[3] == 640)}

    detector._net.run = blind_to_detail  # type: ignore[method-assign]
    small, large = (600, 300, 640, 310), (300, 600, 700, 700)
    assert detector.detect([picture(1280, 720, at=small)]) == [[]]
    assert len(detector.detect([picture(1280, 720, at=large)])[0]) == 1


def test_what_may_be_a_plate_in_a_large_picture_is_told(tmp_path: Path) -> None:
    """The look in finer detail hands on what second looks are to decide."""
    detector = watched(tmp_path, '{"unsure_from": 0.3, "unsure_to": 0.3, "loose": 0.3}')
    run = detector._net.run

    def unsure(images: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        out = run(images)
        return out | {"scores": out["scores"] * np.float32(0.35)}

    detector._net.run = unsure  # type: ignore[method-assign]
    [found] = detector.detect([picture(1280, 720, at=(600, 300, 640, 310))])
    assert [d.sure for d in found] == [False]
    assert detector.shapes == [FIRST, SECOND]


def faint(tmp_path: Path, score: float, **options: float) -> list[Detection]:
    """What is found where nothing scores more than this and the card takes from .25 on for what may be a plate."""
    path = bright_detector(tmp_path / "d.onnx", size='{"loose": 0.25}')
    made: MarqueDetector = build("detectors", "marque", {"path": path, "verifier": False, **options}, CPU)
    run = made._net.run

    def scored(images: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        out = run(images)
        return out | {"scores": out["scores"] * np.float32(score)}

    made._net.run = scored  # type: ignore[method-assign]
    [found] = made.detect([picture(640, 384, at=(300, 200, 364, 216))])
    return found


def test_what_is_not_surely_a_plate_is_given_as_such(tmp_path: Path) -> None:
    [found] = faint(tmp_path, 0.3)
    assert not found.sure
    assert found.score == pytest.approx(0.3)


def test_whoever_sets_a_threshold_gets_what_is_above_it(tmp_path: Path) -> None:
    assert faint(tmp_path, 0.3, threshold=0.35) == []


def test_what_is_not_sure_and_lies_on_a_plate_is_a_part_of_it(detector: Detector) -> None:
    assert isinstance(detector, MarqueDetector)
    boxes = np.array([[0, 0, 100, 30], [60, 0, 140, 30], [200, 0, 280, 30]], np.float32)
    found = Found(boxes, np.array([0.9, 0.3, 0.3], np.float32), np.zeros(3, np.intp), np.zeros((3, 8), np.float32))
    assert detector._apart(found).boxes.tolist() == boxes[[0, 2]].tolist()


def test_a_plate_at_the_edge_of_a_large_picture_is_kept(detector: Detector) -> None:
    [[found]] = detector.detect([picture(1920, 1080, at=(0, 1060, 60, 1080))])
    assert found.box.as_list() == pytest.approx([0, 1060, 60, 1080], abs=1)


def test_only_pictures_without_a_find_are_looked_at_from_further_away(tmp_path: Path) -> None:
    detector = watched(tmp_path, '{"close_side": 224}')
    small = picture(320, 240, at=(10, 20, 50, 40))
    assert [len(each) for each in detector.detect([small, picture(320, 240)])] == [1, 0]
    assert detector.shapes == [(2, 3, 256, 320), (1, 3, 192, 224)]


def test_the_card_and_then_the_options_decide_the_sizes(tmp_path: Path) -> None:
    size = '{"long_side": 320, "small_long_side": 256, "detail_side": 640, "unheard_of": 1}'
    detector = watched(tmp_path, size)
    detector.detect([picture(300, 200), picture(400, 200), picture(1000, 500)])
    assert detector.shapes == [(1, 3, 192, 256), (2, 3, 160, 320)]
    small = picture(1000, 500, at=(400, 200, 440, 212))
    [found] = watched(tmp_path, size).detect([small])
    assert found[0].box.as_list() == pytest.approx([400, 200, 440, 212], abs=2)
    detector = watched(tmp_path, size, long_side=160, detail_side=0)
    detector.detect([small])
    assert detector.shapes == [(1, 3, 96, 160)]


def test_a_plate_forty_pixels_wide_in_a_large_photo_is_cut_exactly(detector: Detector) -> None:
    [[found]] = detector.detect([picture(1920, 1080, at=(1001, 501, 1041, 511))])
    assert found.box.as_list() == [1001, 501, 1041, 511]


def test_a_large_plate_in_a_large_photo_is_found_once(detector: Detector) -> None:
    [found] = detector.detect([picture(1920, 1080, at=(300, 300, 900, 450))])
    assert len(found) == 1


def test_boxes_end_at_the_border(detector: Detector) -> None:
    [[found]] = detector.detect([picture(1281, 721, at=(1200, 700, 1281, 721))])
    assert found.box.x1 <= 1281
    assert found.box.y1 <= 721


def test_the_threshold_of_the_card_can_be_changed(tmp_path: Path) -> None:
    path = bright_detector(tmp_path / "d.onnx", threshold="1.1")
    white = picture(64, 64, at=(10, 10, 40, 20))
    assert build("detectors", "marque", {"path": path}, CPU).detect([white]) == [[]]
    assert len(build("detectors", "marque", {"path": path, "threshold": 0.9}, CPU).detect([white])[0]) == 1


@pytest.mark.parametrize("size", ["640", '{"long_side": "wide"}', "{"])
def test_a_card_that_makes_no_sense_is_refused(tmp_path: Path, size: str) -> None:
    with pytest.raises(ModelError, match=r"marque\.size of d\.onnx cannot be used"):
        build("detectors", "marque", {"path": bright_detector(tmp_path / "d.onnx", size=size)}, CPU)
