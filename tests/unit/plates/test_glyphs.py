"""The stroke alphabet: what every skeleton promises to those who draw with it."""

from __future__ import annotations

import numpy as np
import pytest

from marque.plates.glyphs import ALPHABET, MARKS, polylines, variants

CASES = [(char, variant) for char in ALPHABET for variant in range(variants(char))]


@pytest.mark.parametrize(("char", "variant"), CASES)
def test_every_skeleton_fills_the_height_of_its_cell(char: str, variant: int) -> None:
    points = np.concatenate(polylines(char, variant=variant))
    assert points[:, 1].max() == pytest.approx(1.0, abs=0.15)
    assert points[:, 1].min() == pytest.approx(-0.2 if char in MARKS and char != "Đ" else 0.0, abs=0.15)
    assert np.isfinite(points).all()


@pytest.mark.parametrize("radius", [0.0, 0.1, 0.3, 2.0])
def test_corners_stay_inside_the_skeleton_however_round(radius: float) -> None:
    points = np.concatenate(polylines("O", aspect=0.5, radius=radius))
    assert points.min() >= -1e-9
    assert points[:, 0].max() <= 0.5 + 1e-9
    assert points[:, 1].max() <= 1 + 1e-9


def test_a_square_zero_has_four_corners_and_closes() -> None:
    (line,) = polylines("O", radius=0.0)
    assert len(line) == 5
    assert np.array_equal(line[0], line[-1])


def test_a_round_corner_leaves_the_legs_at_the_radius() -> None:
    (line,) = polylines("U", aspect=1.0, radius=0.25)
    assert any(np.allclose(point, (0.0, 0.75)) for point in line)
    assert any(np.allclose(point, (0.25, 1.0)) for point in line)


def test_variants_differ_and_wrap_around() -> None:
    plain, other = (np.concatenate(polylines("W", variant=i)) for i in (0, 1))
    assert plain.shape != other.shape or not np.allclose(plain, other)
    again = np.concatenate(polylines("W", variant=variants("W")))
    assert np.array_equal(plain, again)


def test_a_marked_letter_is_its_plain_letter_and_a_mark() -> None:
    assert len(polylines("Č")) == len(polylines("C")) + 1
    assert np.array_equal(polylines("Č")[0], polylines("C")[0])


def test_a_character_outside_the_alphabet_is_refused() -> None:
    with pytest.raises(KeyError):
        polylines("ß")
