"""What the detector is taught with: things that are no plates, plates half hidden, and what earlier nets got wrong."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from marque_training.detector import compose, mine, paste, sets, spoil, street, tighten
from marque_training.detector.lettering import written
from marque_training.detector.sheets import TILE


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("patch", sorted(set(street.PATCHES), key=lambda patch: patch.__name__))
def test_everything_of_a_street_is_a_picture_that_can_be_pasted(patch: object, rng: np.random.Generator) -> None:
    canvas = np.full((120, 160, 3), 90, np.uint8)
    before = canvas.copy()
    for _ in range(4):
        drawn = patch(rng)  # type: ignore[operator]
        assert drawn.dtype == np.uint8
        assert drawn.shape[2] in (3, 4)
        paste.paste(canvas, drawn, np.array([[20, 20], [140, 20], [140, 100], [20, 100]], np.float32))
    assert (canvas != before).any()


def test_a_scene_without_a_vehicle_fills_the_picture(rng: np.random.Generator) -> None:
    for _ in range(12):
        drawn = street.scene(rng, 96, 128)
        assert drawn.shape == (96, 128, 3)
        assert drawn.dtype == np.uint8


def test_writing_is_cut_to_its_letters(rng: np.random.Generator) -> None:
    mask = written(rng, "ISUZU", spread=0.3)
    assert mask[0].any() and mask[-1].any() and mask[:, 0].any() and mask[:, -1].any()  # noqa: PT018
    assert mask.shape[1] > mask.shape[0]


def picture(**boxes: list[list[float]]) -> sets.Picture:
    photo = np.random.default_rng(1).integers(0, 256, (120, 160, 3), np.uint8)
    arrays = {name: np.array(rows, np.float32) for name, rows in boxes.items()}
    return sets.Picture("a.jpg", "kaggle433", [photo], arrays.pop("plates", sets.no_boxes()), sets.no_boxes(), **arrays)


def test_what_is_cut_out_of_a_photograph_shows_no_plate(rng: np.random.Generator) -> None:
    everywhere = picture(plates=[[0, 0, 160, 120]])
    assert all(compose.cut(rng, everywhere) is None for _ in range(20))
    nowhere = picture()
    pieces = [compose.cut(rng, nowhere) for _ in range(20)]
    assert all(piece is not None and min(piece.shape[:2]) >= 8 for piece in pieces)


def test_mistakes_are_cut_out_as_they_were_found(rng: np.random.Generator) -> None:
    wrong = picture(mistakes=[[30, 40, 90, 60]])
    shapes = [piece.shape[:2] for _ in range(30) if (piece := compose.cut(rng, wrong)) is not None]
    assert shapes.count((20, 60)) > 10


def test_covering_hides_a_part_of_a_plate_only(rng: np.random.Generator) -> None:
    quad = np.array([[40, 40], [120, 40], [120, 64], [40, 64]], np.float32)
    for _ in range(20):
        image = np.full((120, 160, 3), 200, np.uint8)
        compose.cover(rng, image, quad, 80)
        hidden = (cv2.absdiff(image, np.full_like(image, 200)) > 0).any(2)[40:64, 40:120]
        assert hidden.mean() < 0.5


def test_small_plates_are_drawn_more_often(rng: np.random.Generator) -> None:
    widths = np.array([compose.plate_width(rng, 300) for _ in range(2000)])
    assert (widths < compose.SMALL).mean() > 0.5
    assert widths.max() > 250


def test_finds_are_sorted_into_plates_and_mistakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mine, "UNLABELLED", tmp_path / "ignored.json")
    monkeypatch.setattr(mine, "MISTAKES", tmp_path / "mistakes.json")
    found = tmp_path / "finds.json"
    found.write_text(
        json.dumps(
            [["a/1.jpg", [1, 2, 60, 20], 0.9], ["a/2.jpg", [3, 4, 70, 30], 0.8], ["a/3.jpg", [0, 0, 50, 9], 0.3]]
        )
    )
    mine.main(["--out", str(found), "--plates", "1", "--seen", "2"])
    assert json.loads((tmp_path / "ignored.json").read_text()) == {"a/2.jpg": [[3, 4, 70, 30]]}
    assert json.loads((tmp_path / "mistakes.json").read_text()) == {"a/1.jpg": [[1, 2, 60, 20]]}
    assert sets.listed(tmp_path / "mistakes.json")["a/1.jpg"].shape == (1, 4)


def test_sheets_number_their_finds(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    cv2.imwrite(str(tmp_path / "a" / "1.jpg"), np.full((90, 120, 3), 120, np.uint8))
    drawn = mine.sheet(tmp_path, [("a/1.jpg", [10.0, 10.0, 60.0, 30.0], 0.5)] * 3, 0)
    assert drawn.shape == (TILE, mine.COLUMNS * TILE, 3)


def test_salt_and_pepper_is_taken_off_and_pictures_without_stay(rng: np.random.Generator) -> None:
    calm = cv2.GaussianBlur(rng.integers(0, 256, (90, 120, 3), np.uint8), (0, 0), 8)
    assert (sets.despeckled(calm) == calm).all()
    spots = rng.random((90, 120)) < 0.03
    speckled = calm.copy()
    speckled[spots] = rng.choice([0, 255], (int(spots.sum()), 1))
    left = np.abs(sets.despeckled(speckled).astype(int) - calm).max(2)
    assert (left > 40).mean() < 0.1 * spots.mean()


def test_a_label_that_was_drawn_closer_takes_the_place_of_the_old_one() -> None:
    labels = np.array([[0, 0, 50, 20], [60, 0, 110, 20]], np.float32)
    assert sets.closer(labels, [None, [65, 5, 105, 15]]).tolist() == [[0, 0, 50, 20], [65, 5, 105, 15]]
    with pytest.raises(ValueError, match="shorter"):
        sets.closer(labels, [None])


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ((12, 12, 58, 34, 0.8), [12.0, 12.0, 58.0, 34.0]),  # inside the label, and less than it
        ((8, 4, 66, 44, 0.8), None),  # more than the label
        ((10, 10, 60, 38, 0.8), None),  # the label is good as it is
        ((70, 60, 110, 80, 0.9), None),  # another thing
    ],
)
def test_only_a_find_inside_a_loose_label_draws_it_closer(
    row: tuple[float, float, float, float, float], wanted: list[float] | None
) -> None:
    label, found = np.array([10, 10, 60, 40], np.float32), np.array([row], np.float32)
    net = SimpleNamespace(look=lambda *_: (found[:, :4], found[:, 4], None))
    assert tighten.closer(net, picture(), label) == wanted  # type: ignore[arg-type]


def test_at_night_plates_stay_as_bright_as_they_were(rng: np.random.Generator) -> None:
    quad = np.array([[40, 40], [120, 40], [120, 64], [40, 64]], np.float32)
    for _ in range(10):
        sample = compose.Sample(np.full((120, 160, 3), 200, np.uint8), [quad], [False])
        compose.darken(rng, sample)
        assert sample.image[52, 80].tolist() == pytest.approx([200] * 3, abs=2)
        assert sample.image[:30].max() < 110


def test_a_shadow_darkens_a_part_of_the_picture(rng: np.random.Generator) -> None:
    grey = np.full((120, 160, 3), 200, np.uint8)
    darker = [(spoil._shadow(rng, grey).max(2) < 180).mean() for _ in range(40)]
    assert sum(0.02 < share < 0.98 for share in darker) > 25


def test_plates_that_a_set_leaves_out_train_as_its_own_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = next(f"{i}.jpg" for i in range(99) if not sets.held_out("kaggle433", f"{i}.jpg"))
    (tmp_path / "kaggle433").mkdir()
    cv2.imwrite(str(tmp_path / "kaggle433" / name), np.full((90, 120, 3), 120, np.uint8))
    labels = {"image": name, "plates": [{"box": [5, 5, 25, 15]}]}
    (tmp_path / "kaggle433" / "labels.jsonl").write_text(json.dumps(labels))
    (tmp_path / "plates.json").write_text(json.dumps({f"kaggle433/{name}": [[60, 50, 90, 60]]}))
    monkeypatch.setattr(sets, "CLEAN", ("kaggle433",))
    monkeypatch.setattr(sets, "NAMED", tmp_path / "plates.json")
    (picture,) = sets.load_training(tmp_path)
    assert picture.plates.tolist() == [[5, 5, 25, 15], [60, 50, 90, 60]]


def test_no_plate_is_named_in_a_picture_that_is_measured_on() -> None:
    for name in sets.listed(sets.NAMED):
        source, picture = name.split("/", 1)
        assert source in sets.CLEAN
        assert not sets.held_out(source, picture)
