"""``marque read`` keeps its promise: shape, order, plain words about what cannot be read, exit status."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from marque.cli import app
from marque.config import ReaderSettings
from marque.types import Attribute, Box, Candidate, Character, Image, PlateRead, Quad, RegionScore, Vehicle
from marque.vision.image import load
from marque.vision.reader import TimedReads

GOLDEN = Path(__file__).parents[2] / "golden" / "read.json"


def plate(confidence: float = 0.97) -> PlateRead:
    box = Box(10.0, 12.25, 50.123456, 22.0)
    return PlateRead(
        text="AB12CDE",
        raw="A812CDE",
        display="AB12 CDE",
        confidence=confidence,
        characters=(Character("A", 0.99), Character("8", 0.61, (("B", 0.38), ("S", 0.01)))),
        candidates=(Candidate("AB12CDE", 0.97, "AB12 CDE", "gb", "current"), Candidate("A812CDE", 0.02, "A812CDE")),
        region=RegionScore("gb", 0.88),
        box=box,
        quad=Quad.of(box),
        detection_confidence=0.912345,
        format="current",
    )


class SceneReader:
    """Reads one plate in every picture that is not black, two in a white one."""

    def __init__(self, settings: ReaderSettings) -> None:
        self.settings = settings

    def read_timed(self, image: Image, regions: Sequence[str] = ()) -> TimedReads:
        assert list(regions) == self.settings.regions
        reads = [plate(), plate(0.4)][: int(image.any()) + int(image.min() == 255)]
        return TimedReads(reads, 11.5, 2.25, 13.75)

    def read_plate_timed(self, image: Image, regions: Sequence[str] = ()) -> TimedReads:
        del image, regions
        return TimedReads([plate(0.5)], 0.0, 2.25, 2.25)

    def vehicles(self, image: Image) -> list[Vehicle]:
        seen = Vehicle(Box(1, 2, 60, 40), Attribute("van", 0.8), Attribute("white", 0.6))
        return [seen, Vehicle(Box(5, 5, 9, 9))][: 1 + int(image.min() == 255)]


@pytest.fixture(autouse=True)
def _scene_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marque.cli.read.Reader", SceneReader)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """b.jpg (one plate), deep/a.png (two), deep/black.png (none), notes.txt; the working folder is its parent."""
    place = tmp_path / "photos"
    (place / "deep").mkdir(parents=True)
    grey = np.full((48, 64, 3), 90, np.uint8)
    cv2.imwrite(str(place / "b.jpg"), grey)
    cv2.imwrite(str(place / "deep" / "a.png"), np.full_like(grey, 255))
    cv2.imwrite(str(place / "deep" / "black.png"), np.zeros_like(grey))
    (place / "notes.txt").write_text("no picture")
    monkeypatch.chdir(tmp_path)
    return place


def run(*words: str, stdin: bytes | None = None) -> Result:
    result = CliRunner().invoke(app, ["read", *words], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


def objects(*words: str, stdin: bytes | None = None) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(*words, "--json", stdin=stdin).stdout.splitlines()]


def test_the_shape_is_the_promised_one(folder: Path) -> None:
    del folder
    assert objects("photos/b.jpg", "photos/gone.jpg") == json.loads(GOLDEN.read_text())


def test_a_folder_is_read_recursively_in_order(folder: Path) -> None:
    del folder
    found = objects("photos")
    assert [o["image"] for o in found] == ["photos/b.jpg", "photos/deep/a.png", "photos/deep/black.png"]
    assert [len(o["plates"]) for o in found] == [1, 2, 0]


def test_words_keep_their_order(folder: Path) -> None:
    del folder
    found = objects("photos/deep/black.png", "photos/*.jpg", "photos/deep")
    assert [Path(o["image"]).name for o in found] == ["black.png", "b.jpg", "a.png", "black.png"]


def test_globs_may_cross_folders(folder: Path) -> None:
    del folder
    assert [o["image"] for o in objects("photos/**/*.png")] == ["photos/deep/a.png", "photos/deep/black.png"]


def test_a_file_whose_name_looks_like_a_glob_is_a_file(folder: Path) -> None:
    (folder / "b.jpg").rename(folder / "b[1].jpg")
    assert [o["error"] for o in objects("photos/b[1].jpg")] == [None]


def test_a_picture_may_come_on_standard_input(folder: Path) -> None:
    [found] = objects("-", stdin=(folder / "b.jpg").read_bytes())
    assert (found["image"], found["width"], len(found["plates"])) == ("-", 64, 1)


def test_what_cannot_be_read_is_named_and_the_rest_is_read(folder: Path) -> None:
    (folder / "empty.jpg").write_bytes(b"")
    result = run("photos/empty.jpg", "photos/notes.txt", "photos/b.jpg", "nowhere/*.jpg", "--json")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "photos/empty.jpg: the picture is empty (0 bytes). It was probably never written; take it again.",
        "photos/notes.txt: this is not a picture. Give a JPEG, PNG, WebP, BMP or TIFF file.",
        "nowhere/*.jpg: no file matches 'nowhere/*.jpg'. Check the path.",
    ]
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [o["error"] for o in found] == [
        "the picture is empty (0 bytes)",
        "this is not a picture",
        None,
        "no file matches 'nowhere/*.jpg'",
    ]
    assert len(found[2]["plates"]) == 1


def test_a_folder_without_pictures_is_an_error(folder: Path) -> None:
    (folder / "none").mkdir()
    result = run("photos/none")
    assert result.exit_code == 1
    assert "there is no picture in 'photos/none'" in result.stderr


def test_all_well_is_status_zero_and_silence(folder: Path) -> None:
    del folder
    result = run("photos", "--json")
    assert (result.exit_code, result.stderr) == (0, "")


def test_uncertain_plates_can_be_left_out(folder: Path) -> None:
    del folder
    [found] = objects("photos/deep/a.png", "--min-confidence", "0.5")
    assert [p["confidence"] for p in found["plates"]] == [0.97]


def test_candidates_can_be_limited(folder: Path) -> None:
    del folder
    [found] = objects("photos/b.jpg", "--top", "1")
    assert [c["text"] for c in found["plates"][0]["candidates"]] == ["AB12CDE"]


def test_a_crop_is_read_whole(folder: Path) -> None:
    del folder
    [found] = objects("photos/deep/black.png", "--crop")
    assert (found["ms"]["detect"], found["plates"][0]["confidence"]) == (0.0, 0.5)


def test_regions_reach_the_reader(folder: Path) -> None:
    del folder
    assert run("photos", "--regions", "GB, us-ca").exit_code == 0


def test_regions_that_are_no_codes_are_refused(folder: Path) -> None:
    del folder
    result = run("photos", "--regions", "germany")
    assert result.exit_code == 2
    assert "--regions germany: a region is a code such as gb or us-ca" in result.stderr


def test_the_csv_has_a_line_per_plate_and_one_for_none(folder: Path) -> None:
    run("photos", "photos/gone.jpg", "--csv", "reads.csv")
    with (folder.parent / "reads.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(Path(r["image"]).name, r["display"], r["error"]) for r in rows] == [
        ("b.jpg", "AB12 CDE", ""),
        ("a.png", "AB12 CDE", ""),
        ("a.png", "AB12 CDE", ""),
        ("black.png", "", ""),
        ("gone.jpg", "", "there is no file 'photos/gone.jpg'"),
    ]
    assert rows[0]["x1"] == "50.1"
    assert rows[0]["region"] == "gb"


def test_annotated_copies_keep_their_places(folder: Path) -> None:
    run("photos", "photos/b.jpg", "--annotate", "out")
    out = folder.parent / "out"
    names = ["b-2.jpg", "b.jpg", "deep/a.jpg", "deep/black.jpg"]
    assert sorted(str(p.relative_to(out)) for p in out.rglob("*.jpg")) == names
    assert load(out / "b.jpg")[:, :, 2].max() > 200


def test_an_output_that_cannot_be_written_is_named(folder: Path) -> None:
    del folder
    result = run("photos", "--csv", "nowhere/reads.csv")
    assert result.exit_code == 1
    assert "cannot write nowhere/reads.csv: No such file or directory" in result.stderr


def test_people_get_a_table(folder: Path) -> None:
    del folder
    text = run("photos", "photos/gone.jpg").stdout
    assert "AB12 CDE" in text
    assert "97%" in text
    assert "no plate" in text


def test_vehicles_are_told_where_they_are_asked_for(folder: Path) -> None:
    assert "vehicles" not in json.loads(run(str(folder / "b.jpg"), "--json").stdout)
    told = json.loads(run(str(folder / "deep" / "a.png"), "--json", "--vehicles").stdout)
    assert [one["type"] and one["type"]["value"] for one in told["vehicles"]] == ["van", None]
    assert told["vehicles"][0]["box"] == [1.0, 2.0, 60.0, 40.0]


def test_the_table_names_vehicles_below_the_plates(folder: Path) -> None:
    shown = run(str(folder / "deep" / "a.png"), "--vehicles").stdout
    assert "white van" in shown
    assert "80%" in shown
    assert " vehicle " in shown
