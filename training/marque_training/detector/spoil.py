"""What cameras do to a picture: light, colour, blur, noise, low resolution, compression. The labels stay."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


def _tone(rng: np.random.Generator, image: Image) -> Image:
    """Gain, offset, gamma and a colour cast through one table per channel."""
    steps = np.arange(256, dtype=np.float32) / 255
    gamma = np.exp(rng.normal(0, 0.3))
    table = np.empty((256, 1, 3), np.uint8)
    gain, offset = np.exp(rng.normal(0, 0.25)), rng.normal(0, 0.08)
    cast = np.exp(rng.normal(0, 0.10 if rng.random() < 0.8 else 0.35, 3))
    for channel in range(3):
        curve = steps**gamma * gain * cast[channel] + offset
        table[:, 0, channel] = np.clip(curve * 255, 0, 255)
    if rng.random() < 0.02:
        table = 255 - table
    return np.asarray(cv2.LUT(image, table), np.uint8)


def _colour(rng: np.random.Generator, image: Image) -> Image:
    """Grey, infra-red looking, pale, or with a turned hue."""
    choice = rng.random()
    if choice < 0.45:
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        if choice < 0.15:  # infra-red: contrast stretched, plates glow
            grey = cv2.LUT(
                grey, np.clip((np.arange(256) / 255.0) ** rng.uniform(0.7, 2.2) * 330, 0, 255).astype(np.uint8)
            )
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    if choice < 0.65:
        return np.ascontiguousarray(image[..., rng.permutation(3)])
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    turn, pale = int(rng.integers(0, 180)) if choice < 0.85 else 0, rng.uniform(0.2, 1.6)
    hsv[..., 0] = (hsv[..., 0].astype(np.int16) + turn) % 180
    hsv[..., 1] = cv2.LUT(hsv[..., 1], np.clip(np.arange(256) * pale, 0, 255).astype(np.uint8))
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR), np.uint8)


def _night(rng: np.random.Generator, image: Image) -> Image:
    """Dark but for one lit place, with a few lamps that bloom."""
    height, width = image.shape[:2]
    small = np.full((13, 13), rng.uniform(0.08, 0.45), np.float32)
    x, y = rng.uniform(0, 13, 2)
    ys, xs = np.mgrid[0:13, 0:13]
    small += rng.uniform(0.2, 1.0) * np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / rng.uniform(6, 60)).astype(np.float32)
    light = cv2.resize(cv2.merge([small] * 3), (width, height))
    result = cv2.multiply(image, light, dtype=cv2.CV_8U)
    for _ in range(int(rng.integers(0, 3))):
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        radius = int(rng.uniform(4, 30))
        bloom = np.zeros((height // 4, width // 4), np.float32)
        cv2.circle(bloom, (centre[0] // 4, centre[1] // 4), max(1, radius // 4), 1.0, -1)
        bloom = cv2.GaussianBlur(bloom, (0, 0), max(1.0, radius / 6))
        glow = np.clip(bloom[..., None] * rng.uniform(150, 400, 3) * (0.7, 0.85, 1), 0, 255).astype(np.uint8)
        result = cv2.add(result, cv2.resize(glow, (width, height)))
    return np.asarray(result, np.uint8)


def _streak(rng: np.random.Generator, image: Image) -> Image:
    """Motion blur: a line as kernel."""
    length = int(rng.choice([3, 5, 7, 9, 13], p=(0.3, 0.3, 0.2, 0.12, 0.08)))
    kernel = np.zeros((length, length), np.float32)
    angle = rng.normal(0, 0.4) if rng.random() < 0.7 else rng.uniform(0, np.pi)
    step = np.array([np.cos(angle), np.sin(angle)]) * (length // 2)
    middle = np.array([length // 2] * 2)
    first, last = np.rint(middle - step).astype(int), np.rint(middle + step).astype(int)
    cv2.line(kernel, (int(first[0]), int(first[1])), (int(last[0]), int(last[1])), 1.0)
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.uint8)


def _focus(rng: np.random.Generator, image: Image) -> Image:
    """Out of focus, or sharpened too much as small cameras do."""
    if rng.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 2.0)), np.uint8)
    soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.8, 2.0))
    amount = rng.uniform(0.5, 2.5)
    return np.asarray(cv2.addWeighted(image, 1 + amount, soft, -amount, 0), np.uint8)


def _coarse(rng: np.random.Generator, image: Image) -> Image:
    """Fewer pixels than it pretends to have: shrunk, then blown up again."""
    height, width = image.shape[:2]
    scale = rng.uniform(0.35, 0.9)
    ways = [cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST]
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=ways[int(rng.integers(2))])
    up = ways[int(rng.choice([1, 2, 3], p=(0.6, 0.3, 0.1)))]
    return np.asarray(cv2.resize(small, (width, height), interpolation=up), np.uint8)


def _noise(rng: np.random.Generator, image: Image) -> Image:
    height, width = image.shape[:2]
    channels, deviation = 1 if rng.random() < 0.5 else 3, float(rng.uniform(2, 14))
    grain = np.empty((height, width, channels), np.int16)
    cv2.randn(grain, np.zeros(channels), np.full(channels, deviation))
    return np.asarray(np.clip(image.astype(np.int16) + grain, 0, 255), np.uint8)


def _compress(rng: np.random.Generator, image: Image) -> Image:
    quality = int(rng.choice([12, 20, 30, 45, 60, 80]))
    _, code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)


def _dim(rng: np.random.Generator, image: Image) -> Image:
    """Far too little light, or so much that what is pale runs together."""
    if rng.random() < 0.6:
        return np.asarray(cv2.convertScaleAbs(image, alpha=rng.uniform(0.12, 0.5)), np.uint8)
    return np.asarray(cv2.convertScaleAbs(image, alpha=rng.uniform(1.4, 2.4), beta=rng.uniform(0, 40)), np.uint8)


def _shadow(rng: np.random.Generator, image: Image) -> Image:
    """The edge of a house's, a tree's or a car's own shadow across the picture, hard or soft; one in three turned
    round: a bar of sun."""
    height, width = image.shape[:2]
    middle = rng.uniform(0.1, 0.9, 2) * (width, height)
    turn = rng.uniform(0, 2 * np.pi)
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    far = 2.0 * (width + height)
    deep = far if rng.random() < 0.6 else rng.uniform(0.05, 0.4) * width
    corners = [middle + along * far, middle - along * far]
    corners += [corner + across * deep + along * rng.normal(0, 0.1) * width for corner in corners[::-1]]
    mask = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(mask, np.rint(corners).astype(np.int32), 255, cv2.LINE_AA)
    if rng.random() < 0.5:
        mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.7, 4)).astype(np.uint8)
    if rng.random() < 0.35:
        mask = 255 - mask
    light = 1 - mask.astype(np.float32)[..., None] / 255 * rng.uniform(0.3, 0.75) * rng.uniform(0.85, 1, 3)
    return np.asarray(image * light, np.uint8)


UNSPOILT = 0.45  # share of pictures that stay as they are
STEPS = (
    (0.16, _shadow), (0.85, _tone), (0.16, _colour), (0.10, _night), (0.09, _dim), (0.22, _coarse),
    (0.14, _streak), (0.22, _focus), (0.16, _noise), (0.28, _compress),
)  # fmt: skip


def spoil(rng: np.random.Generator, image: Image) -> Image:
    """A spoiled copy of a BGR picture; some stay as they are."""
    if rng.random() < UNSPOILT:
        return image
    for chance, step in STEPS:
        if rng.random() < chance:
            image = step(rng, image)
    return image
