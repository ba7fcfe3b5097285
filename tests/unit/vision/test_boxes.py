"""Pictures fit into inputs and boxes find back; overlapping boxes leave the best."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marque.types import Box
from marque.vision.boxes import (
    GREY,
    batch,
    corners,
    fit_centred,
    fit_long_side,
    inside,
    letterbox,
    nms,
    planes,
    windows,
)


def test_a_large_picture_is_shrunk_and_padded_to_the_multiple() -> None:
    fit = fit_long_side((1280, 720), 640, 32)
    assert (fit.width, fit.height, fit.scale) == (640, 384, 0.5)


def test_a_small_picture_is_not_blown_up() -> None:
    fit = fit_long_side((100, 50), 640, 32)
    assert (fit.width, fit.height, fit.scale) == (128, 64, 1.0)


def test_a_small_picture_grows_as_far_as_it_may() -> None:
    assert fit_long_side((320, 240), 640, 32, grow=1.5).scale == 1.5
    assert fit_long_side((320, 240), 400, 32, grow=1.5).scale == 1.25


@given(
    width=st.integers(1, 3000), height=st.integers(1, 3000), x=st.floats(0, 1), y=st.floats(0, 1), centred=st.booleans()
)
def test_points_find_back(width: int, height: int, x: float, y: float, centred: bool) -> None:
    fit = fit_centred((width, height), (640, 480)) if centred else fit_long_side((width, height), 640, 32)
    there = np.array([x * width * fit.scale + fit.left, y * height * fit.scale + fit.top], np.float32)
    assert (there <= [fit.width + 1, fit.height + 1]).all()
    assert fit.back(there).tolist() == pytest.approx([x * width, y * height], abs=0.01)


def test_the_letterbox_is_grey_beside_the_picture() -> None:
    picture = np.full((720, 1280, 3), 7, np.uint8)
    boxed = letterbox(picture, fit_long_side((1280, 720), 640, 32))
    assert boxed.shape == (384, 640, 3)
    assert (boxed[:360] == 7).all()
    assert (boxed[360:] == GREY).all()


def test_a_centred_picture_has_grey_on_both_sides() -> None:
    boxed = letterbox(np.full((50, 100, 3), 7, np.uint8), fit_centred((100, 50), (64, 64)))
    assert (boxed[:16] == GREY).all()
    assert (boxed[16:48] == 7).all()
    assert (boxed[48:] == GREY).all()


def test_planes_keep_the_channel_order_and_pictures_theirs() -> None:
    first, second = np.full((2, 3, 3), (1, 2, 3), np.uint8), np.full((2, 3, 3), (4, 5, 6), np.uint8)
    assert planes(first)[:, 1, 2].tolist() == [1, 2, 3]
    together = batch([first, second, first[:, ::-1]])
    assert together.shape == (3, 3, 2, 3)
    assert together[:, :, 1, 2].tolist() == [[1, 2, 3], [4, 5, 6], [1, 2, 3]]


@pytest.mark.parametrize(
    ("values", "sound"),
    [
        ([0, 0, 10, 1, 10, 5, 0, 4], True),
        ([0, 0, 10, 5, 10, 0, 0, 5], False),
        ([0, 0, 0, 5, 10, 5, 10, 0], False),
        ([0, 0, 10, 0, 10, 0, 0, 0], False),
        ([50, 50, 60, 50, 60, 55, 50, 55], False),
    ],
    ids=["tilted", "crossed", "mirrored", "hollow", "elsewhere"],
)
def test_only_a_sound_quad_is_one(values: list[float], sound: bool) -> None:
    assert (corners(values, Box(0, 0, 10, 5)) is not None) == sound


BOXES = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30], [0, 0, 10, 5]], np.float32)
SCORES = np.array([0.5, 0.9, 0.7, 0.6], np.float32)
ONE_CLASS = np.zeros(4, np.intp)


def test_the_best_of_overlapping_boxes_stays() -> None:
    assert nms(BOXES, SCORES, ONE_CLASS, 0.5).tolist() == [1, 2, 3]


def test_classes_do_not_compete() -> None:
    assert nms(BOXES, SCORES, np.array([1, 0, 0, 0]), 0.5).tolist() == [1, 2, 3, 0]


def test_at_most_so_many_stay() -> None:
    assert nms(BOXES, SCORES, ONE_CLASS, 0.99, most=2).tolist() == [1, 2]


def test_nothing_in_nothing_out() -> None:
    none = np.zeros((0, 4), np.float32)
    assert nms(none, none[:, 0], none[:, 0].astype(np.intp), 0.5).tolist() == []


def test_a_box_is_inside_only_as_a_whole() -> None:
    boxes = np.array([[10, 10, 20, 20], [5, 10, 20, 20], [10, 10, 20, 31]], np.float32)
    assert inside(boxes, (10, 10, 30, 30)).tolist() == [True, False, False]


def test_one_window_serves_neighbours_and_the_first_come_first() -> None:
    boxes = np.array([[500, 300, 520, 310], [540, 300, 560, 310], [900, 300, 920, 310], [0, 0, 20, 10]], np.float32)
    assert windows(boxes, (1000, 600), (200, 100), 9) == [(410, 255, 610, 355), (800, 255, 1000, 355), (0, 0, 200, 100)]
    assert len(windows(boxes, (1000, 600), (200, 100), 2)) == 2


@given(st.integers(8, 400), st.integers(8, 400), st.data())
def test_a_window_stays_in_the_picture_and_holds_what_fits(width: int, height: int, data: st.DataObject) -> None:
    x, y = data.draw(st.integers(0, width - 4)), data.draw(st.integers(0, height - 4))
    box = np.array([[x, y, x + 4, y + 4]], np.float32)
    [(x0, y0, x1, y1)] = windows(box, (width, height), (64, 48), 1)
    assert 0 <= x0 < x1 <= width
    assert 0 <= y0 < y1 <= height
    assert inside(box, (x0, y0, x1, y1)).all()


def test_no_boxes_need_no_window() -> None:
    assert windows(np.zeros((0, 4), np.float32), (100, 100), (50, 50), 3) == []
