"""Sharpness tells crisp crops from blurred, small, flat and noisy ones."""

from __future__ import annotations

import cv2
import numpy as np

from marque.capture.quality import sharpness
from marque.plates.render import draw_plate
from marque.types import Image

CROP: Image = draw_plate("AB12 CDE", "gb", 64)


def test_blur_lowers_it_step_by_step() -> None:
    values = [sharpness(np.asarray(cv2.GaussianBlur(CROP, (0, 0), sigma), np.uint8)) for sigma in (0.5, 1.5, 3, 6)]
    assert values == sorted(values, reverse=True)


def test_a_small_plate_is_less_sharp_than_a_large_one() -> None:
    small = np.asarray(cv2.resize(cv2.resize(CROP, (50, 13)), (160, 64)), np.uint8)
    assert sharpness(small) < 0.8 * sharpness(CROP)


def test_brightness_hardly_matters() -> None:
    dark = (CROP * 0.5).astype(np.uint8)
    assert abs(sharpness(dark) - sharpness(CROP)) < 0.1


def test_a_flat_or_empty_crop_has_none() -> None:
    assert sharpness(np.full((64, 160, 3), 90, np.uint8)) < 0.05
    assert sharpness(np.zeros((0, 10, 3), np.uint8)) == 0


def test_night_noise_does_not_pass_for_strokes() -> None:
    random = np.random.default_rng(1)
    noise = np.clip(random.normal(40, 8, (64, 160, 3)), 0, 255).astype(np.uint8)
    assert sharpness(noise) < sharpness(CROP)
