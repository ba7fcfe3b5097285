"""What the detector's training promises: who answers for which plate, what masked corners cost, what the ring keeps."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from marque_training.detector import compose, evaluate, export, feed, loss, net, paste, quantize, sets, train

PLATE = (40.0, 60.0, 120.0, 84.0)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def corners(box: tuple[float, ...]) -> list[float]:
    x0, y0, x1, y1 = box
    return [x0, y0, x1, y0, x1, y1, x0, y1]


def labels(*, exact: bool = True, ignored: tuple[float, ...] = (0, 0, 0, 0)) -> loss.Targets:
    """One picture with one plate and a place left free."""
    boxes, quads = torch.zeros(1, 2, 4), torch.zeros(1, 2, 8)
    boxes[0, 0], quads[0, 0] = torch.tensor(PLATE), torch.tensor(corners(PLATE))
    real = torch.tensor([[True, False]])
    return loss.Targets(boxes, quads, real, real & exact, torch.tensor([[ignored]]))


def perfect() -> net.Decoded:
    """Every cell of a 160x128 picture says the plate, certainly."""
    centres = net.cell_centres(16, 20)
    boxes = torch.tensor(PLATE).expand(1, len(centres), 4).clone()
    quads = torch.tensor(corners(PLATE)).expand(1, len(centres), 8).clone()
    return net.Decoded(torch.full((1, len(centres), 1), 8.0), boxes, quads, centres)


def test_decoding_puts_an_upright_plate_where_the_cell_says() -> None:
    maps = torch.zeros(1, 13, 4, 6)
    maps[0, 1:3, 2, 3] = torch.tensor([0.5, -0.25])
    maps[0, 3:5, 2, 3] = torch.tensor([10.0, 5.0]).log()
    decoded = net.decode(maps)
    cell = 2 * 6 + 3
    middle = torch.tensor([28 + 4.0, 20 - 2.0])
    half = torch.tensor([40.0, 20.0])
    assert torch.allclose(decoded.boxes[0, cell], torch.cat([middle - half, middle + half]), atol=1e-3)
    box = tuple(decoded.boxes[0, cell].tolist())
    assert decoded.quads[0, cell].tolist() == pytest.approx(corners(box), abs=1e-3)


def test_only_cells_inside_a_plate_answer_for_it() -> None:
    assignment = loss.assign(perfect(), labels())
    chosen = net.cell_centres(16, 20)[assignment.positive[0]]
    assert len(chosen) == loss.TOP
    assert bool(((chosen[:, 0] > PLATE[0] - 4) & (chosen[:, 0] < PLATE[2] + 4)).all())
    assert bool(((chosen[:, 1] > PLATE[1] - 4) & (chosen[:, 1] < PLATE[3] + 4)).all())
    assert assignment.quality[assignment.positive].tolist() == pytest.approx([1.0] * loss.TOP)


@pytest.mark.parametrize(("overlap", "quality"), [(0.8, 1.0), (0.35, 0.5)])
def test_a_find_that_overlaps_its_plate_well_enough_is_wholly_right(overlap: float, quality: float) -> None:
    x0, y0, x1, y1 = perfect().boxes.unbind(-1)
    shorter = replace(perfect(), boxes=torch.stack([x0, y0, x0 + (x1 - x0) * overlap, y1], -1))
    assert float(loss.assign(shorter, labels()).quality.max()) == pytest.approx(quality, abs=1e-4)


def test_a_plate_thinner_than_a_cell_still_finds_cells() -> None:
    wanted = labels()
    wanted.boxes[0, 0] = torch.tensor([50.5, 65.0, 62.0, 68.0])
    assert bool(loss.assign(perfect(), wanted).positive.any())


def test_what_nobody_labelled_is_neither_right_nor_wrong() -> None:
    elsewhere = (0.0, 0.0, 32.0, 32.0)
    sure = perfect()
    wrong, _ = loss.detection_loss(sure, labels())
    forgiven, _ = loss.detection_loss(sure, labels(ignored=elsewhere))
    assert forgiven < wrong


def test_unknown_corners_only_have_to_touch_the_box() -> None:
    tilted = torch.tensor([[40.0, 64.0, 110.0, 60.0, 120.0, 80.0, 50.0, 84.0]])
    upright = torch.tensor([corners(PLATE)])
    known, touch = loss.corner_loss(tilted, upright, torch.tensor([False]))
    assert float(known) == 0
    assert float(touch) == pytest.approx(0, abs=1e-6)
    known, touch = loss.corner_loss(tilted, upright, torch.tensor([True]))
    assert float(known) > 0
    assert float(touch) == 0


def test_a_perfect_answer_costs_next_to_nothing() -> None:
    inside = loss.assign(perfect(), labels()).positive
    sure = perfect()
    sure.logits[~inside] = -12.0
    value, _ = loss.detection_loss(sure, labels())
    assert float(value) < 0.01


def test_training_on_one_batch_lowers_its_loss() -> None:
    torch.manual_seed(0)
    small = net.DetectorNet(net.NetSize((8, 8, 16, 16, 16), (0, 0, 0, 0, 0), 16))
    optimiser = torch.optim.AdamW(train.groups(small), lr=5e-3)
    image = np.full((2, 128, 160, 3), 60, np.uint8)
    image[:, 60:84, 40:120] = 230
    rows = np.zeros((2, 3, 9), np.float32)
    rows[:, 0] = [*corners(PLATE), 2]
    batch = feed.Batch(image, rows, np.zeros((2, 1, 4), np.float32))
    costs = [sum(train.learn(small, optimiser, batch).values()) for _ in range(25)]
    assert np.isfinite(costs).all()
    assert costs[-1] < 0.7 * costs[0]


def test_the_rate_rises_stays_and_falls_to_zero() -> None:
    steps = [train.rate(share, 10_000) for share in (0.1, 0.6, 0.9, 1.0)]
    assert train.rate(0, 0) < train.PEAK_RATE / 100
    assert steps[0] == steps[1] == train.PEAK_RATE > steps[2] > steps[3] == 0


def test_frozen_levels_stay_and_the_others_learn() -> None:
    small = net.DetectorNet(net.NetSize((8, 8, 16, 16, 16), (0, 0, 0, 0, 0), 16))
    train.freeze(small, 1)
    learning = {name.split(".")[0] + name.split(".")[1] for name, v in small.named_parameters() if v.requires_grad}
    assert not {"stem0", "levels0"} & learning
    assert {"levels1", "levels3", "score0", "shape1"} <= learning


@pytest.fixture
def ring(tmp_path: Path) -> feed.Ring:
    return feed.Ring(tmp_path / "ring", 32, slots=8)


def drawn(value: int) -> compose.Sample:
    quad = np.array([[1, 2], [20, 3], [20, 9], [1, 8]], np.float32)
    return compose.Sample(np.full((32, 32, 3), value, np.uint8), [quad], [False], [np.array([5, 5, 9, 9], np.float32)])


def test_the_ring_gives_samples_in_turn_and_repeats_when_it_must(ring: feed.Ring, rng: np.random.Generator) -> None:
    for value in range(3):
        ring.put(drawn(value))
    first = ring.take(2, rng)
    assert first.images[:, 0, 0, 0].tolist() == [0, 1]
    assert first.labels[0, 0].tolist() == [1, 2, 20, 3, 20, 9, 1, 8, 1]
    assert first.ignored[0, 0].tolist() == [5, 5, 9, 9]
    again = ring.take(4, rng)
    assert again.images[0, 0, 0, 0] == 2
    assert ring.taken == 3


def test_a_second_process_sees_the_same_ring(ring: feed.Ring, rng: np.random.Generator) -> None:
    ring.put(drawn(9))
    other = feed.Ring(ring.path.with_name("ring"), 32, slots=8)
    assert other.written == 1
    assert other.take(1, rng).images[0, 0, 0, 0] == 9


def test_the_composer_waits_half_a_ring_ahead(ring: feed.Ring) -> None:
    for value in range(4):
        assert ring.room()
        ring.put(drawn(value))
    assert not ring.room()


def test_a_pasted_plate_lies_where_its_corners_say(rng: np.random.Generator) -> None:
    image = np.zeros((120, 160, 3), np.uint8)
    quad = np.add(paste.pose(rng, 80, 4.0, roll=0.2), (80, 60)).astype(np.float32)
    paste.paste(image, np.full((40, 160, 3), 255, np.uint8), quad, soft=0)
    mask = np.zeros((120, 160), np.uint8)
    cv2.fillConvexPoly(mask, np.rint(quad).astype(np.int32), 255)
    lit = image[..., 0] > 127
    assert (lit & (mask > 0)).sum() / (lit | (mask > 0)).sum() > 0.9


def test_composed_labels_stay_inside_the_picture(rng: np.random.Generator) -> None:
    photo = rng.integers(0, 256, (200, 300, 3), np.uint8)
    pictures = [
        sets.Picture(
            "a", "kaggle433", sets.halvings(photo), np.array([[100, 80, 180, 110]], np.float32), sets.no_boxes()
        ),
        sets.Picture("b", "openimages_vehicles", [photo], sets.no_boxes(), np.array([[20, 20, 280, 190]], np.float32)),
    ]
    composer = compose.Composer(rng, pictures, [np.full((60, 200, 3), 200, np.uint8)])
    seen = exact = 0
    for _ in range(40):
        sample = composer.sample(160)
        assert sample.image.shape == (160, 160, 3)
        assert sample.image.dtype == np.uint8
        for quad, known in zip(sample.quads, sample.exact, strict=True):
            box = paste.bounds(quad)
            assert (box >= -1).all()
            assert (box <= 161).all()
            assert box[2] - box[0] >= 8
            seen, exact = seen + 1, exact + known
    assert seen > exact > 0


def test_copies_of_one_photo_are_held_out_together() -> None:
    source = "roboflow_experiment_plates_300"
    names = [f"images/train_{n:04x}_jpg.rf.{copy}.jpg" for n in range(60) for copy in ("aa", "bb")]
    held = [sets.held_out(source, name) for name in names]
    assert held[::2] == held[1::2]
    assert 0 < sum(held) < 40


def test_the_exported_model_says_the_same_at_any_size(tmp_path: Path, rng: np.random.Generator) -> None:
    small = net.DetectorNet(net.NetSize((8, 8, 16, 16, 16), (0, 0, 0, 0, 0), 16)).eval()
    path = tmp_path / "net.onnx"
    with pytest.warns():  # the tracer warns of constants
        export.export(small, path, version="7", threshold=0.3)
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    images = rng.integers(0, 256, (2, 3, 64, 96), np.uint8)
    with torch.no_grad():
        wanted = export.Exported(small)(torch.from_numpy(images))
    for got, want in zip(session.run(None, {"images": images}), wanted, strict=True):
        np.testing.assert_allclose(got, want.numpy(), atol=2e-3)
    facts = {item.key: item.value for item in onnx.load(str(path)).metadata_props}
    assert facts["marque.kind"] == "detector"
    assert facts["marque.threshold"] == "0.3"
    assert json.loads(facts["marque.size"])["long_side"] > 0


def test_an_exported_box_is_the_mean_of_the_box_and_of_what_the_corners_take_up() -> None:
    small = net.DetectorNet(net.NetSize((8, 8, 16, 16, 16), (0, 0, 0, 0, 0), 16)).eval()
    images = torch.full((1, 3, 64, 64), 90, dtype=torch.uint8)
    with torch.no_grad():
        decoded = net.decode(small(images.float()))
        boxes, _, quads = export.Exported(small)(images)
    corners = quads[0].view(-1, 4, 2)
    around = torch.cat([corners.amin(1), corners.amax(1)], 1)
    torch.testing.assert_close(boxes[0], (decoded.boxes[0] + around) / 2)


def test_judging_leaves_narrow_plates_out_and_counts_reviewed_ones_apart() -> None:
    plates = np.array([[10, 10, 50, 22], [100, 10, 112, 15]], np.float32)
    picture = sets.Picture("p", "tunisia_det", [np.zeros((99, 199, 3), np.uint8)], plates, sets.no_boxes())
    boxes = np.array([[11, 10, 50, 22], [100, 10, 113, 15], [60, 60, 100, 72], [150, 60, 190, 72]], np.float32)
    scores = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    result = evaluate.Result("tunisia_det")
    evaluate.judge(result, picture, boxes, scores, boxes[2:3])
    row = evaluate.at_threshold(result, 0.5)
    assert row["recall"] == evaluate.share(1, 1)
    assert row["precision"] == evaluate.share(1, 3)
    assert row["precision_reviewed"] == evaluate.share(2, 3)


def test_what_is_always_zero_is_rounded_in_steps_that_can_be_divided_by() -> None:
    steps = {"dead": np.zeros((), np.float32), "live": np.float32(0.25), "zero": np.zeros((), np.uint8)}
    nodes = [onnx.helper.make_node("QuantizeLinear", ["x", name, "zero"], [f"{name}.out"]) for name in ("dead", "live")]
    tensors = [onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in steps.items()]
    model = quantize.with_steps(onnx.helper.make_model(onnx.helper.make_graph(nodes, "g", [], [], tensors)))
    found = {tensor.name: float(onnx.numpy_helper.to_array(tensor)) for tensor in model.graph.initializer}
    assert found == {"dead": 1, "live": 0.25, "zero": 0}
