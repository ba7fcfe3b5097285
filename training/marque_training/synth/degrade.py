"""What a camera makes of a picture: one difficulty scales everything, so that a hard sample is still readable.

Independent draws of blur, noise, contrast and compression make a third of the samples unreadable, and training then
does not start.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def degrade(image: Picture, difficulty: float, rng: np.random.Generator) -> Picture:
    """Light, blur, noise and JPEG of strength `difficulty` (0..1) on HxW or HxWx3 uint8; same shape back."""
    high = image.shape[0]
    picture = _light(image.astype(np.float32), difficulty, rng)
    picture = _blur(picture, difficulty * min(1.0, high / 40), rng)
    if rng.random() < 0.15:
        picture = _resampled(picture, difficulty, rng)
    if difficulty > 0.05 and rng.random() < 0.6:
        sigma = rng.exponential(6.0) * difficulty + 0.5
        # Noise as large as what is left of the ink hides it: such samples teach guessing.
        most = min(26 * difficulty + 1, 0.5 * float(picture.std()) + 1)
        picture += rng.standard_normal(picture.shape, np.float32) * np.float32(min(sigma, most))
    out = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.02:
        _specks(out, 0.06 * difficulty, rng)
    if rng.random() < 0.6 * difficulty + 0.15:
        quality = int(np.clip(rng.normal(94 - 45 * difficulty, 8), 25, 98))
        coded = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        out = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR if image.ndim == 3 else cv2.IMREAD_GRAYSCALE), np.uint8)
    return out


def _resampled(picture: NDArray[np.float32], difficulty: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Made smaller and larger again on the way here, by any kernel: steps, rings or softness."""
    high, wide = picture.shape[:2]
    share = rng.uniform(1 - 0.5 * difficulty * min(1.0, high / 40), 1.4)
    kernels = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA, cv2.INTER_LANCZOS4)
    down, up = (kernels[int(k)] for k in rng.choice(len(kernels), 2, p=[0.1, 0.3, 0.25, 0.2, 0.15]))
    small = cv2.resize(picture, (max(8, round(wide * share)), max(6, round(high * share))), interpolation=down)
    return np.asarray(cv2.resize(small, (wide, high), interpolation=up), np.float32)


def _specks(picture: Picture, share: float, rng: np.random.Generator) -> None:
    """Single white and black pixels, in place."""
    hit = rng.random(picture.shape[:2]) < share
    picture[hit] = 255 * rng.integers(0, 2, int(hit.sum()), np.uint8).reshape((-1,) + (1,) * (picture.ndim - 2))


def _light(picture: NDArray[np.float32], difficulty: float, rng: np.random.Generator) -> NDArray[np.float32]:
    high, wide = picture.shape[:2]
    field = np.ones((1, 1), np.float32)
    if rng.random() < 0.45:
        spread = 0.2 + 0.4 * difficulty
        coarse = rng.uniform(1 - spread, 1 + spread, (2, int(rng.integers(2, 4)))).astype(np.float32)
        field = np.asarray(cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_LINEAR), np.float32)
    if picture.ndim == 3:
        field = field[..., None]
    if rng.random() < 0.12:
        _shadow(picture, rng)
    if rng.random() < 0.07:
        picture = picture + _glare(high, wide, rng).reshape((high, wide) + (1,) * (picture.ndim - 2))
    contrast = 1 - rng.uniform(0, 0.9) * difficulty
    level = rng.uniform(25, 215)
    gain = rng.uniform(0.35, 1.25) if rng.random() < 0.4 + 0.3 * difficulty else rng.uniform(0.8, 1.1)
    lit: NDArray[np.float32] = ((picture - level) * contrast + level) * field * np.float32(gain)
    if rng.random() < 0.1:
        lit += np.float32(rng.uniform(0, 90) * difficulty)  # haze or headlamps
    elif rng.random() < 0.07:
        lit *= np.float32(rng.uniform(0.1, 0.4))  # dusk, or infrared that hardly reached
    if rng.random() < 0.25:
        lit = 255 * np.power(np.clip(lit, 0, 255) / 255, rng.uniform(0.6, 1.7))
    return lit.astype(np.float32)


def _shadow(picture: NDArray[np.float32], rng: np.random.Generator) -> None:
    """A straight shadow edge across the picture, in place."""
    high, wide = picture.shape[:2]
    a, b = rng.uniform(0, 1, 2)
    if rng.random() < 0.5:
        polygon = [[0, a * high], [wide, b * high], [wide, high * rng.integers(2)], [0, high * rng.integers(2)]]
    else:
        polygon = [[a * wide, 0], [b * wide, high], [wide * rng.integers(2), high], [wide * rng.integers(2), 0]]
    mask = np.zeros((high, wide), np.uint8)
    cv2.fillPoly(mask, [np.array(polygon).astype(np.int32)], 1)
    picture[mask > 0] *= np.float32(rng.uniform(0.35, 0.8))


def _glare(high: int, wide: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A soft bright spot, as of a lamp or the sun, [high, wide]."""
    x = (np.arange(wide, dtype=np.float32) / wide - rng.random()) / rng.uniform(0.1, 0.4)
    y = (np.arange(high, dtype=np.float32) / high - rng.random()) / rng.uniform(0.2, 0.8)
    return np.asarray(np.exp(-(x[None] ** 2) - y[:, None] ** 2) * rng.uniform(40, 160), np.float32)


def _blur(picture: NDArray[np.float32], difficulty: float, rng: np.random.Generator) -> NDArray[np.float32]:
    kind = rng.random()
    if kind < 0.55:
        sigma = rng.uniform(0, 0.5) + 2.0 * difficulty * rng.random()
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.1, sigma)), np.float32)
    if kind < 0.75 and difficulty > 0.15:
        length = 2 + int(rng.uniform(0, 6) * difficulty)
        kernel = np.zeros((length, length), np.float32)
        angle = rng.normal(0, 0.4) if rng.random() < 0.7 else rng.uniform(0, np.pi)
        middle = (length - 1) / 2
        end = np.array([np.cos(angle), np.sin(angle)]) * middle
        start, stop = middle - end, middle + end
        cv2.line(kernel, tuple(round(float(v)) for v in start), tuple(round(float(v)) for v in stop), 1.0, 1)
        return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.float32)
    if kind > 0.9:  # a camera's own sharpening
        soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2), np.float32)
        return picture + (picture - soft) * np.float32(rng.uniform(0.3, 1.8))
    return picture
