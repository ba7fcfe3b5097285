"""The strip of frames that a read was fused from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import cv2
import numpy as np
import pytest

from cameras import NOON
from gates import always, frames, gate, watch
from marque.capture.strip import ACCENT, BORDER, HEIGHT, KEPT, LINE, WIDEST, Strip
from marque.types import Image

CROP = np.full((64, 160, 3), 120, np.uint8)


def strip(worths: Sequence[float], texts: Sequence[str] = (), crop: Image = CROP) -> Strip:
    made = Strip()
    for n, worth in enumerate(worths):
        made.add(NOON + timedelta(seconds=n), texts[n] if texts else "AB12CDE", worth, crop)
    return made


def decoded(data: bytes) -> Image:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def test_the_best_and_others_far_apart_in_time_are_kept() -> None:
    made = strip([0.1, 0.2, 0.3, 0.95, 0.5, 0.2, 0.1, 0.3, 0.4, 0.3, 0.2, 0.6])
    assert len(made.cells) == KEPT
    seconds = [(cell.time - NOON).total_seconds() for cell in made.cells]
    assert {0, 3, 11} <= set(seconds)
    assert max(b - a for a, b in pairwise(seconds)) <= 4


def test_crops_that_say_nothing_go_first_and_are_not_drawn() -> None:
    made = strip([0.9, *[0.0] * 8, 0.5], ["AB12CDE", *[""] * 8, "AB12CDE"])
    assert sum(bool(cell.text) for cell in made.cells) == 2
    assert decoded(made.drawn("AB12CDE")).shape[1] < 400


def test_it_is_one_picture_of_equal_heights_with_the_best_framed() -> None:
    picture = decoded(strip([0.2, 0.9, 0.4], ["AB12CDE", "AB12CDE", "AB12CDF"]).drawn("AB12CDE"))
    width = 140 + 2 * BORDER
    assert picture.shape == (HEIGHT + 2 * BORDER + LINE, 3 * width + 12, 3)
    edges = [picture[30, x] for x in (1, width + 7, 2 * width + 13)]
    framed = [bool(np.abs(edge.astype(int) - ACCENT).max() < 60) for edge in edges]
    assert framed == [False, True, False]


@pytest.mark.parametrize("shape", [(1, 1, 3), (4, 900, 3), (900, 4, 3)])
def test_crops_of_any_shape_are_bounded(shape: tuple[int, int, int]) -> None:
    made = strip([0.1] * 9, crop=np.zeros(shape, np.uint8))
    assert decoded(made.drawn("")).shape[1] <= KEPT * (WIDEST + 2 * BORDER + 6)


def test_texts_of_any_script_can_be_drawn() -> None:
    assert strip([0.1, 0.2], ["ΑΒ12", "X" * 40]).drawn("") != b""


def test_one_frame_is_no_strip() -> None:
    assert strip([0.5]).drawn("AB12CDE") == b""
    assert Strip().best == b""


def test_a_lost_event_carries_the_frames_it_was_read_in() -> None:
    reader = always()
    camera = gate(reader)
    told = [*watch(camera, reader, frames()), *camera.close(NOON + timedelta(seconds=9))]
    assert [(e.kind.value, set(pictures)) for e, pictures in told] == [
        ("new", {"frame", "plate"}),
        ("lost", {"frame", "plate", "strip"}),
    ]
    assert len(told[-1][1]["strip"]) < 40_000
