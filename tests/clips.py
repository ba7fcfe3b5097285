"""Small videos and pictures for tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from marque.capture.video import write_video
from marque.types import Image


def picture(number: int = 0, size: tuple[int, int] = (128, 72)) -> Image:
    """A textured picture with a bright square that moves with ``number``."""
    width, height = size
    ramp = (
        np.linspace(20, 120, width, dtype=np.float32)[None, :] + np.linspace(0, 60, height, dtype=np.float32)[:, None]
    )
    image = np.repeat(ramp[..., None], 3, axis=2).astype(np.uint8)
    x = number * 7 % (width - 24)
    image[20:44, x : x + 24] = 250
    return image


def jpeg(number: int = 0, size: tuple[int, int] = (128, 72)) -> bytes:
    return cv2.imencode(".jpg", picture(number, size))[1].tobytes()


def write_clip(
    path: Path, frames: int = 25, fps: int = 25, codec: str = "mpeg4", options: Mapping[str, str] | None = None
) -> Path:
    """A video file of moving pictures."""
    write_video(path, (picture(n) for n in range(frames)), fps, codec=codec, options=options)
    return path
