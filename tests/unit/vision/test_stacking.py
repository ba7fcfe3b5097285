"""What no crop shows by itself is there in the picture that they make together."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from marque.plates.render import draw_plate
from marque.types import Image
from marque.vision.stacking import HEIGHT, stacked, views

PLATE = np.asarray(cv2.resize(draw_plate("AB12 CDE", "gb", 96), (160, 40), interpolation=cv2.INTER_AREA), np.uint8)


def seen(noise: float, move: tuple[float, float] = (0, 0), seed: int = 0, light: float = 1.0) -> Image:
    """The plate through a bad lens: moved by some pixels, dimmer, with noise."""
    way = np.array([[1, 0, move[0]], [0, 1, move[1]]], np.float32)
    moved = cv2.warpAffine(PLATE, way, (160, 40), borderMode=cv2.BORDER_REPLICATE)
    luck = np.random.default_rng(seed).normal(0, noise, moved.shape)
    return np.asarray(np.clip(light * moved + luck, 0, 255), np.uint8)


def laid(crops: list[Image]) -> Image:
    """The picture that they make; there is one."""
    picture = stacked(crops)
    assert picture is not None
    return picture


def error(picture: Image) -> float:
    """How far a picture is from the plate itself, in grey levels."""
    whole = cv2.resize(PLATE, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_CUBIC)
    return float(np.abs(picture.astype(float) - whole)[4:-4, 8:-8].mean())


def test_noise_goes() -> None:
    crops = [seen(40, (n * 0.7, -n * 0.4), seed=n) for n in range(2)]
    assert error(laid(crops)) < 0.85 * error(laid([crops[0], crops[0]]))


def test_it_is_of_one_height_and_as_wide_as_the_best_crop() -> None:
    small = cv2.resize(seen(5), (60, 15))
    assert laid([seen(5), np.asarray(small, np.uint8)]).shape == (HEIGHT, 256, 3)


def test_a_dim_crop_does_not_dim_the_picture() -> None:
    assert error(laid([seen(2), seen(2, light=0.4)])) < 12


def test_another_plate_is_left_out() -> None:
    other = cv2.resize(draw_plate("7XYZ 890", "us-ca", 96), (160, 40))
    flat = np.full((40, 160, 3), 90, np.uint8)
    mirrored = np.asarray(other[:, ::-1], np.uint8)
    assert stacked([seen(5), mirrored]) is None
    assert stacked([seen(5), flat]) is None
    assert error(laid([seen(40), mirrored, flat, seen(40, seed=1)])) < error(seen(40))


@pytest.mark.parametrize("count", [0, 1])
def test_there_is_none_of_too_few(count: int) -> None:
    assert stacked([PLATE] * count) is None


def test_it_is_looked_at_as_it_is_tilted_and_sharpened() -> None:
    soft = np.asarray(cv2.GaussianBlur(PLATE, (0, 0), 2), np.uint8)
    as_it_is, down, up, sharp = views(soft)
    assert as_it_is is soft
    assert sharp.std() > soft.std()
    assert {view.shape for view in (down, up, sharp)} == {soft.shape}
    left, right = (np.abs(down.astype(int) - np.roll(soft, lift, 0))[8:-8] for lift in (-2, 2))
    assert left[:, :30].mean() < right[:, :30].mean()
    assert right[:, -30:].mean() < left[:, -30:].mean()
