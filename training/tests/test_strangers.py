"""Real plates that were labelled by eye: what trains and what is measured on never meet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from marque_training import strangers as strangers_
from marque_training.datasets import ALPHABET, CROP_SETS, SLOTS, load_crops
from marque_training.strangers import held_out, strangers
from marque_training.synth import photo
from marque_training.synth.crop import recut, sample

STRANGERS = next(crops for crops in CROP_SETS if crops.name == "strangers")
QUAD = [[40.0, 30.0], [140.0, 34.0], [140.0, 66.0], [40.0, 62.0]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Photographs of four plates; two texts are held out, one of them is seen twice."""
    rows = []
    for name, text, quad in (
        ("a.png", "AB12", QUAD),
        ("b.png", "CD34", QUAD),
        ("c.png", "EF56", QUAD),
        ("d.png", "GH78", QUAD),
        ("far.png", "AB12", [[x / 2, y / 2] for x, y in QUAD]),
        ("gone.png", "IJ90", QUAD),
    ):
        rows.append({"set": "some", "image": name, "text": text, "quad": quad})
        if name != "gone.png":
            (tmp_path / "some").mkdir(exist_ok=True)
            picture = np.full((100, 200), 60, np.uint8)
            cv2.fillPoly(picture, [np.array(quad, np.int32)], 220)
            cv2.imwrite(str(tmp_path / "some" / name), picture)
    file = tmp_path / "strangers.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    monkeypatch.setattr(strangers_, "FILE", file)
    monkeypatch.setenv("MARQUE_DATA", str(tmp_path))
    strangers.cache_clear()
    photo.photos.cache_clear()
    yield tmp_path
    strangers.cache_clear()
    photo.photos.cache_clear()


def test_the_net_can_say_every_text() -> None:
    assert all(set(plate.text) <= set(ALPHABET) and 0 < len(plate.text) <= SLOTS for plate in strangers())


def test_a_third_of_the_texts_is_held_out() -> None:
    texts = {plate.text: plate.held for plate in strangers()}
    assert 0.28 < sum(texts.values()) / len(texts) < 0.38


def test_look_alikes_are_one_text() -> None:
    plates = [strangers_.Stranger("some", "a.png", text, np.float32(QUAD)) for text in ("V10YEA", "VI0YEA", "V1OYEA")]
    assert len({plate.held for plate in plates}) == 1


def test_no_text_trains_and_is_measured_on(folder: Path) -> None:
    trained = {one.text for own in photo.photos() for one in own}
    measured = {plate.text for plate, _ in held_out(folder)}
    assert trained
    assert measured
    assert not trained & measured
    assert trained | measured == {"AB12", "CD34", "EF56", "GH78"}


def test_each_plate_is_measured_once_where_it_is_largest(folder: Path) -> None:
    crops = {crop.text: crop.image for crop in load_crops(STRANGERS, folder)}
    assert set(crops) == {"AB12", "EF56"}
    assert all(crop.shape == (32, 100) and crop.mean() > 210 for crop in crops.values())


def test_without_the_photographs_it_is_not_on_this_machine(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no photograph of strangers\.jsonl is in"):
        load_crops(STRANGERS, tmp_path)


def test_a_real_plate_is_cut_anew_each_time(folder: Path) -> None:  # noqa: ARG001
    rng = np.random.default_rng(1)
    found = photo.any_photo(rng)
    assert found is not None
    cuts = [recut(found, rng) for _ in range(3)]
    assert all(one.image.shape == (64, 160) and one.text == found.text and one.region is None for one in cuts)
    assert not np.array_equal(cuts[0].image, cuts[1].image)


def test_without_photographs_plates_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUE_DATA", str(tmp_path))
    photo.photos.cache_clear()
    drawn = sample(np.random.default_rng(1), real=1.0)
    photo.photos.cache_clear()
    assert drawn.region is not None
