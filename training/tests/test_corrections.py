"""Fine-tuning on what people corrected. Needs torch."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

pytest.importorskip("torch")

from marque_training.corrections import PUBLISHED, Plan, crops_of, drawn_plates, fine_tune, varied


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What `marque export --corrections` writes: six crops and their texts."""
    made = tmp_path / "corrections"
    (made / "images").mkdir(parents=True)
    rows = []
    for number, one in enumerate(drawn_plates(6, np.random.default_rng(3))):
        name = f"images/{number}.jpg"
        cv2.imwrite(str(made / name), cv2.cvtColor(one.image, cv2.COLOR_GRAY2BGR))
        rows.append({"image": name, "plates": [{"text": one.text, "region": one.region}], "machine": "AB12"})
    (made / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return made


def test_the_crops_of_an_export_come_with_their_texts(folder: Path) -> None:
    crops = crops_of(folder)
    assert len(crops) == 6
    assert all(crop.text and crop.image.shape == (64, 160) for crop in crops)


def test_a_variation_differs_from_its_crop_and_says_the_same(folder: Path) -> None:
    crop = crops_of(folder)[0]
    one, other = (varied(crop, np.random.default_rng(seed)) for seed in (1, 2))
    assert (one.text, one.image.shape) == (crop.text, (64, 160))
    assert (one.image != other.image).any()


def test_the_published_file_is_fine_tuned_and_forgets_little(folder: Path, tmp_path: Path) -> None:
    to = tmp_path / "new" / "corrected.onnx"
    outcome = fine_tune(folder, PUBLISHED, to, Plan(steps=2, batch=4, drawn=20))
    assert (outcome.corrected, outcome.drawn) == (2, 20)
    assert outcome.drawn_after >= outcome.drawn_before - 4
    said = {one.key: one.value for one in onnx.load(str(to)).metadata_props}
    assert (said["marque.kind"], said["marque.version"]) == ("recognizer", "corrected")


def test_too_few_corrections_are_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text("", "utf-8")
    with pytest.raises(ValueError, match="holds 0 corrected crops; correct some more plates first"):
        fine_tune(tmp_path, PUBLISHED, tmp_path / "corrected.onnx", Plan(steps=1))
