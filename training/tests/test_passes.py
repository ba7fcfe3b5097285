"""Passes with known texts: what is told of many frames, beside what single ones would have told. Needs torch, as the
reliability of the recogniser does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")

from marque.types import Box, Character, Detection, Hypothesis, Image, PlateRead, Quad, Reading
from marque_training import clips
from marque_training.clips import Clip, Find, Lens
from marque_training.datasets import Crop
from marque_training.passes import WAYS, Pass, record, replay, report, table, trust

RNG = np.random.default_rng(0)


def find(text: str, sure: float = 0.9, width: float = 80.0) -> Find:
    """A plate in the middle of the picture; every cut is another picture."""
    crop = RNG.integers(0, 255, (16, 40, 3)).astype(np.uint8)
    reading = Reading((Hypothesis(tuple(Character(char, sure) for char in text), sure),))
    box = Box(320 - width / 2, 170, 320 + width / 2, 190)
    return Find(Detection(box, 0.9), cv2.imencode(".png", crop)[1].tobytes(), reading)


def clip(text: str, *frames: Sequence[Find], kind: str = "street", seed: int = 0) -> Clip:
    return Clip(f"{kind} {seed}", kind, seed, text, (640, 360), 4.0, tuple(map(tuple, frames)))


def interpret(reading: Reading, detection: Detection, readings: int) -> PlateRead:
    """Without formats."""
    return PlateRead(
        text=reading.text,
        raw=reading.text,
        display=reading.text,
        confidence=reading.confidence,
        characters=reading.characters,
        candidates=(),
        region=None,
        box=detection.box,
        quad=Quad.of(detection.box),
        detection_confidence=detection.score,
        format=None,
        readings=readings,
    )


class Blind:
    """A reader that finds nothing and reads the same everywhere."""

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        return [[] for _ in images]

    def crop(self, image: Image, _detection: Detection, _margin: float) -> Image:
        return image

    def recognize(self, crops: Sequence[Image]) -> list[Reading]:
        return [find("AB12").reading for _ in crops]


def test_frames_that_each_err_elsewhere_are_right_together_where_no_single_one_is() -> None:
    each = [[find(text)] for text in ("XB12CDE", "AX12CDE", "ABX2CDE", "AB1XCDE", "AB12XDE")]
    told = replay(clip("AB12CDE", *each), interpret)
    assert (told.text, told.right, told.readings, told.events) == ("AB12CDE", True, 5, 1)
    assert {name: way(told) for name, way in WAYS.items()} == {
        "told at lost": True,
        "surest frame": False,
        "sharpest frame": False,
        "by hindsight, of those read": False,
        "by hindsight, of all": False,
    }


def test_the_surest_frame_is_one_that_says_something() -> None:
    told = replay(clip("AB12CDE", [find("", 1.0)], [find("AB12CDE", 0.6)], [find("AB12CDF", 0.5)]), interpret)
    assert WAYS["surest frame"](told)
    assert len(told.read) == len(told.seen) == 3


def test_a_vehicle_that_was_never_found_is_not_right() -> None:
    told = replay(clip("AB12CDE", [], []), interpret)
    assert (told.text, told.confidence, told.events) == ("", 0.0, 0)
    assert not any(way(told) for way in WAYS.values())


def test_lookalikes_are_right() -> None:
    assert replay(clip("AB10CDO", [find("ABI0CDO")], [find("AB1OCD0")]), interpret).right


def test_tables_say_how_many_and_against_whom() -> None:
    won = replay(clip("AB12", *[[find(t)] for t in ("XB12", "AX12", "AB1X")]), interpret)
    lost = replay(clip("AB12", *[[find(t)] for t in ("AB1X", "AB12", "AB1X")]), interpret)
    rows = list(table([won, lost]))
    assert rows[0].split()[:7] == ["told", "at", "lost", "1", "of", "2", "50.0%"]
    assert rows[3].endswith("+1 -1")


def test_confidences_are_judged_where_something_was_told() -> None:
    said = replay(clip("AB12", [find("AB12", 0.8)], [find("AB12", 0.8)]), interpret)
    silent = replay(clip("AB12", []), interpret)
    head, row = trust([said, silent])
    assert head == "  calibration error 0.200; kept at 95 % right 100.0% of 1"
    assert row.startswith("  0.8-0.9     1  sure 0.800  right 1.000")


def test_films_are_kept_apart() -> None:
    def one(kind: str) -> Pass:
        return replay(clip("AB12", [find("AB12")], kind=kind), interpret)

    lines = list(report([one("street"), one("film")]))
    assert [line for line in lines if not line.startswith(" ")] == [
        "film",
        "street",
        "all but films",
        "confidence at lost",
    ]
    assert lines[-1].split()[1] == "1"


def test_what_was_seen_is_kept_and_not_seen_again(tmp_path: Path) -> None:
    seen = clip("AB12", [find("AB12")], seed=3)
    assert list(clips.keep(tmp_path, [seen])) == [seen]
    (tmp_path / "street_4.part").write_bytes(b"cut off")
    assert list(clips.kept(tmp_path)) == [seen]
    assert list(record(Blind(), tmp_path, range(3, 4), tmp_path)) == []  # type: ignore[arg-type]


def test_a_seed_makes_one_street_and_another_another() -> None:
    one, same, other = (clips.street(Blind(), seed) for seed in (1, 1, 2))  # type: ignore[arg-type]
    assert one == same
    assert (one.text, len(one.frames)) != (other.text, len(other.frames))


def test_a_real_crop_comes_nearer() -> None:
    crop = Crop("a.png", RNG.integers(0, 255, (40, 160)).astype(np.uint8), "AB12", "gb")
    made = clips.approach(Blind(), "some_set", crop, 5)  # type: ignore[arg-type]
    widths = [found.detection.box.width for [found] in made.frames]
    assert widths == sorted(widths)
    assert (made.name, made.kind, made.text, len(widths)) == ("some_set 5", "some_set", "AB12", clips.LOOKS)


def test_crops_with_something_greyed_out_are_left_out() -> None:
    grey = np.zeros((8, 8), np.uint8)
    chosen = clips.whole([Crop("a", grey, "AB12", "gb"), Crop("b", grey, "AB*2", "gb"), Crop("c", grey, "CD34", "gb")])
    assert sorted(c.text for c in chosen) == ["AB12", "CD34"]


def test_a_lens_makes_every_picture_of_a_flat_wall_another() -> None:
    rng, lens = np.random.default_rng(1), Lens(1.0, 0.5, 50.0, 6.0)
    wall = np.full((40, 60, 3), 120, np.uint8)
    first, second = lens.take(wall, rng), lens.take(wall, rng)
    assert first.shape == wall.shape
    assert (first != second).any()


def test_films_are_those_with_one_known_plate(tmp_path: Path) -> None:
    rows = [
        {"video": "a.mp4", "vehicles": [{"text": "AB12"}]},
        {"video": "b.mp4", "vehicles": [{"text": None}]},
        {"video": "c.mp4", "vehicles": []},
    ]
    (tmp_path / "ground_truth.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert list(clips.films(tmp_path)) == [(tmp_path / "a.mp4", "AB12")]


def test_what_the_frames_show_together_is_read_before_it_is_told_lost() -> None:
    blurred = replace(find("A812CDE", 0.6), cut=find("A812CDE").cut)
    passing, sure = clip("AB12CDE", *[[blurred]] * 5), find("AB12CDE", 0.95).reading
    assert replay(passing, interpret).text == "A812CDE"
    assert replay(passing, interpret, lambda pictures: [sure] * len(pictures)).text == "AB12CDE"
