"""What the vehicle net's training promises: labels that lie on vehicles, types that count only where they are known."""

from __future__ import annotations

import json
from itertools import zip_longest
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from marque.types import Attribute, Box, Detection, SeenVehicle
from marque_training.detector import feed, net, train
from marque_training.detector.sets import Picture
from marque_training.vehicle import compose, evaluate, export, loss, sets
from marque_training.vehicle.sets import TYPES, UNKNOWN, Vehicles

BOX = (40.0, 30.0, 120.0, 90.0)


def photo(kinds: list[int], boxes: list[tuple[float, ...]] | None = None) -> Vehicles:
    """A red vehicle on grey, labelled."""
    image = np.full((160, 200, 3), 120, np.uint8)
    cv2.rectangle(image, (40, 30), (119, 89), (0, 0, 255), -1)
    rows = np.array(boxes or [BOX] * len(kinds), np.float32).reshape(-1, 4)
    picture = Picture("a.jpg", "openimages_vehicles", [image], rows, rows)
    return Vehicles(picture, np.array(kinds, np.intp))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def write_set(root: Path, source: str, entries: list[dict[str, object]]) -> None:
    (root / source).mkdir()
    lines = []
    for index, entry in enumerate(entries):
        cv2.imwrite(str(root / source / f"{index}.jpg"), np.full((60, 80, 3), 90, np.uint8))
        lines.append(json.dumps({"image": f"{index}.jpg", "plates": [], "vehicles": [entry]}))
    (root / source / "labels.jsonl").write_text("\n".join(lines))


def write_sets(root: Path, *entries: dict[str, object]) -> Path:
    """A picture with one label in each of the labelled sets, as far as there are entries; and nothing seen by eye."""
    for source, entry in zip_longest(sets.LABELLED, entries):
        write_set(root, source, [entry] if entry else [])
    (root / "eye.jsonl").write_text("")
    return root / "eye.jsonl"


def test_an_ambulance_is_a_van_and_a_vehicle_may_be_anything(tmp_path: Path) -> None:
    box = [1, 2, 30, 40]
    eye = write_sets(tmp_path, {"box": box, "type": "ambulance"}, {"box": box, "type": "vehicle"})
    kinds = [vehicles.kinds.tolist() for vehicles in sets.load_vehicles(tmp_path, halve=False, eye=eye)]
    assert kinds == [[TYPES.index("van")], [UNKNOWN]]


def test_the_eye_names_types_takes_out_what_is_wrong_and_adds_what_is_missing(tmp_path: Path) -> None:
    eye = write_sets(tmp_path, *[{"box": [1, 2, 30, 40], "type": "vehicle"}] * 2)
    write_set(tmp_path, "kaggle433", [{"box": None, "type": None}] * 2)
    added = {"box": [5, 5, 50, 50], "type": "bus"}
    lines: list[dict[str, object]] = [
        {"set": sets.LABELLED[0], "image": "0.jpg", "types": {"0": "truck"}, "ignored": [[0, 0, 9, 9]]},
        {"set": sets.LABELLED[1], "image": "0.jpg", "wrong": [0], "vehicles": [added]},
        {"set": "kaggle433", "image": "1.jpg", "vehicles": [added]},
    ]
    eye.write_text("\n".join(map(json.dumps, lines)))
    loaded = sets.load_vehicles(tmp_path, halve=False, eye=eye)
    assert [vehicles.name for vehicles in loaded] == [f"{line['set']}/{line['image']}" for line in lines]
    assert [vehicles.kinds.tolist() for vehicles in loaded] == [[TYPES.index("truck")], *[[TYPES.index("bus")]] * 2]
    assert [vehicles.picture.plates.tolist() for vehicles in loaded] == [[[1, 2, 30, 40]], *[[[5, 5, 50, 50]]] * 2]
    assert [vehicles.picture.ignored.tolist() for vehicles in loaded] == [[[0, 0, 9, 9]], [], []]


def test_roads_that_are_held_out_never_train() -> None:
    assert sets.held(sets.HIGHWAY, "images/test_A317_jpg.rf.abc.jpg")
    assert not sets.held(sets.HIGHWAY, "images/train_0_png.rf.abc.jpg")


def test_labels_lie_on_what_they_label(rng: np.random.Generator) -> None:
    composer = compose.VehicleComposer(rng, [photo([0])])
    seen = 0
    for _ in range(40):
        sample = composer._single((160, 160))
        for quad, kind in zip(compose.settled(sample, 160, 160).quads, sample.kinds, strict=False):
            x0, y0, x1, y1 = np.rint(compose.bounds(quad)).astype(int)
            middle = sample.image[(y0 + y1) // 2, (x0 + x1) // 2]
            if kind == 0 and middle[2] > 180 and middle[0] < 90:
                seen += 1
    assert seen >= 25


def test_narrow_tiles_of_a_mosaic_hold_vehicles_too(rng: np.random.Generator) -> None:
    assert all(compose.vehicle_width(rng, 8) >= 1 for _ in range(50))


def test_what_is_mostly_outside_is_ignored_and_the_rest_is_cut() -> None:
    quads = [compose.rectangle(np.array(box, np.float32)) for box in ([-80, 10, 20, 60], [-20, 10, 80, 60])]
    sample = compose.VehicleSample(np.zeros((100, 100, 3), np.uint8), quads, [False] * 2, [], [1, 2])
    result = compose.settled(sample, 100, 100)
    assert [compose.bounds(quad).tolist() for quad in result.quads] == [[0, 10, 80, 60]]
    assert result.kinds == [2]
    assert [box.tolist() for box in result.ignored] == [[0, 10, 20, 60]]


def test_drawn_vehicles_know_their_type(rng: np.random.Generator) -> None:
    drawn = [compose.drawn(rng, (160, 96)) for _ in range(30)]
    kinds = {kind for sample in drawn for kind in sample.kinds}
    assert kinds == {TYPES.index(name) for name in ("car", "van", "truck")}
    assert all(len(sample.quads) == len(sample.kinds) == len(sample.exact) for sample in drawn)


def test_the_ring_carries_types(tmp_path: Path, rng: np.random.Generator) -> None:
    ring = feed.Ring(tmp_path / "ring", 32, slots=4)
    quad = compose.rectangle(np.array([2, 2, 30, 30], np.float32))
    image = np.zeros((32, 32, 3), np.uint8)
    ring.put(compose.VehicleSample(image, [quad, quad], [False] * 2, [], [UNKNOWN, 3]))
    assert ring.take(1, rng).labels[0, :3, 8].tolist() == [1, 5, 0]


def batch(mark: float) -> feed.Batch:
    rows = np.zeros((1, 2, 9), np.float32)
    rows[0, 0] = [40, 30, 120, 30, 120, 90, 40, 90, mark]
    return feed.Batch(np.zeros((1, 128, 160, 3), np.uint8), rows, np.zeros((1, 1, 4), np.float32))


def answer(kind: int) -> net.Decoded:
    """Perfect boxes; every cell says that it is a vehicle of this type."""
    centres = net.cell_centres(16, 20)
    boxes = torch.tensor(BOX).expand(1, len(centres), 4)
    logits = torch.full((1, len(centres), 1 + len(TYPES)), -4.0)
    logits[..., 1 + kind] = 8.0
    return net.Decoded(logits, boxes, torch.zeros(1, len(centres), 8), centres)


def test_a_wrong_type_costs_only_where_the_type_is_known() -> None:
    right, wrong = (loss.vehicle_loss(answer(kind), batch(2.0 + 3))[1]["type"] for kind in (3, 1))
    assert right < 1 < wrong
    assert loss.vehicle_loss(answer(1), batch(1.0))[1]["type"] == 0


def test_training_on_one_batch_teaches_box_and_type() -> None:
    torch.manual_seed(0)
    size = net.NetSize((8, 8, 16, 16, 16), (0, 0, 0, 0, 0), 16, 1 + len(TYPES), corners=False)
    small = net.DetectorNet(size)
    optimiser = torch.optim.AdamW(train.groups(small), lr=5e-3)
    one = batch(4.0)
    one.images[:, 30:90, 40:120] = 200
    costs = [train.learn(small, optimiser, one, cost=loss.vehicle_loss) for _ in range(100)]
    assert costs[-1]["box"] < 0.7 * costs[0]["box"]
    assert costs[-1]["type"] < 0.7 * costs[0]["type"]


def test_the_export_says_what_it_is_and_its_types_add_up(tmp_path: Path) -> None:
    size = net.NetSize((8, 8, 16, 16, 16), (0, 0, 0, 0, 0), 16, 1 + len(TYPES), corners=False)
    path = tmp_path / "net.onnx"
    with pytest.warns():  # the tracer warns of constants
        export.export(net.DetectorNet(size), path, version="7")
    facts = {one.key: one.value for one in onnx.load(str(path)).metadata_props}
    assert facts["marque.kind"] == "vehicles"
    assert facts["marque.types"] == ",".join(TYPES)
    images = np.zeros((2, 3, 96, 160), np.uint8)
    boxes, scores, types = ort.InferenceSession(str(path)).run(None, {"images": images})
    assert boxes.shape == (2, 240, 4)
    assert scores.shape == (2, 240, 1)
    assert types.sum(-1) == pytest.approx(np.ones((2, 240)), abs=1e-5)


def seen(box: tuple[float, ...], score: float, name: str) -> SeenVehicle:
    return SeenVehicle(Detection(Box(*box), score, "vehicle"), (Attribute(name, 0.9),))


def test_a_find_counts_once_and_types_are_held_against_the_labels() -> None:
    small, loosely = (100.0, 110.0, 108.0, 118.0), (98.0, 108.0, 110.0, 120.0)
    vehicles = photo([TYPES.index("bus"), UNKNOWN, UNKNOWN], [BOX, (150, 100, 190, 140), small])
    result = evaluate.Result("some")
    vehicles.picture.ignored = np.array([[0, 100, 60, 160]], np.float32)
    small_and_many = (4.0, 104.0, 44.0, 144.0)
    neither = [seen(small_and_many, 0.6, "car"), seen(loosely, 0.55, "car")]
    evaluate.judge(result, vehicles, [seen(BOX, 0.9, "bus"), *neither, seen(BOX, 0.5, "bus")])
    at = evaluate.at_threshold([result], 0.4)
    assert (at["recall"]["hits"], at["recall"]["count"]) == (1, 2)
    assert (at["precision"]["hits"], at["precision"]["count"]) == (1, 2)
    bus = evaluate.by_type([result], 0.4)["bus"]
    assert (bus["right"]["hits"], bus["precision"]["count"]) == (1, 1)
