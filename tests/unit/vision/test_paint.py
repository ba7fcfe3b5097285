"""The colour of a vehicle from its pixels."""

from __future__ import annotations

import numpy as np
import pytest

from marque.types import Box, Image
from marque.vision import paint

WHOLE = Box(0, 0, 200, 150)


def vehicle(paint_: tuple[int, int, int]) -> Image:
    """A painted body with a dark window above and wheels on a road below."""
    image = np.full((150, 200, 3), 120, np.uint8)
    image[10:120, 10:190] = paint_
    image[20:55, 40:160] = (50, 45, 40)
    image[115:140, 20:50] = image[115:140, 150:180] = 25
    return image


@pytest.mark.parametrize(
    ("bgr", "name"),
    [
        ((30, 30, 190), "red"),
        ((170, 70, 30), "blue"),
        ((60, 130, 40), "green"),
        ((20, 200, 240), "yellow"),
        ((245, 245, 245), "white"),
        ((22, 20, 20), "black"),
    ],
)
def test_a_plain_colour_is_called_by_its_name(bgr: tuple[int, int, int], name: str) -> None:
    said = paint.colors(vehicle(bgr), WHOLE)
    assert said[0].value == name
    assert sum(one.confidence for one in said) == pytest.approx(1.0, abs=1e-3)


def test_pictures_without_colours_tell_none() -> None:
    grey = np.random.default_rng(1).integers(0, 256, (150, 200, 1), np.uint8)
    assert paint.colors(np.repeat(grey, 3, 2), WHOLE) == ()


@pytest.mark.parametrize("box", [Box(300, 10, 400, 60), Box(10, 10, 11, 60)])
def test_where_there_is_nothing_to_see_nothing_is_said(box: Box) -> None:
    assert paint.colors(vehicle((30, 30, 190)), box) == ()


def test_a_box_may_reach_out_of_the_picture() -> None:
    assert paint.colors(vehicle((30, 30, 190)), Box(-40, -20, 260, 180))[0].value == "red"


def test_the_palette_of_the_package_knows_eleven_names() -> None:
    assert sorted(paint.load().names) == sorted(
        ["black", "white", "gray", "silver", "red", "blue", "green", "yellow", "orange", "brown", "beige"]
    )
