"""Drawn plates: as high as asked, as wide as their text, the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from marque.plates.render import STYLES, draw_plate


@pytest.mark.parametrize("region", [*STYLES, "de", "us-ca"])
@pytest.mark.parametrize("lines", [1, 2])
def test_a_plate_has_the_height_asked_for(region: str, lines: int) -> None:
    plate = draw_plate("AB12 CDE", region, 48, lines=lines)
    assert (plate.shape[0], plate.shape[2]) == (48, 3)
    assert plate.dtype == np.uint8
    assert plate.shape[1] > 36


def test_the_same_text_gives_the_same_picture() -> None:
    assert np.array_equal(draw_plate("WÜ-AB 12", "de"), draw_plate("WÜ-AB 12", "de"))


def test_longer_texts_are_wider_and_two_lines_narrower() -> None:
    one, long, stacked = draw_plate("AB12"), draw_plate("AB12 CDE"), draw_plate("AB12 CDE", lines=2)
    assert one.shape[1] < long.shape[1]
    assert stacked.shape[1] < long.shape[1]


def test_every_character_looks_different() -> None:
    plates = {char: draw_plate(f"A{char}A", "plain").tobytes() for char in "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"}
    assert len(set(plates.values())) == len(plates)


def test_ink_stays_on_the_plate() -> None:
    plate = draw_plate("MH 12 AB 1234", "plain", 96)
    inside = plate[4:-4, 4:-4]
    assert inside[:, :4].min() > 200
    assert inside[:, -4:].min() > 200
    assert inside.min() < 40


@pytest.mark.parametrize("text", ["", " - ", "京A12345"])
def test_what_cannot_be_drawn_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot draw"):
        draw_plate(text)
