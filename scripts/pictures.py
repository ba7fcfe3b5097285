"""Draws the pictures of the documentation: a street, and what Marque reads in it. Run when the networks change."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from marque import Reader
from marque.capture.sources import scene
from marque.types import Image
from marque.vision.image import annotate

IMAGES = Path(__file__).parents[1] / "docs" / "images"
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 88]
NEARNESS = 0.8
"""how far into each vehicle's pass the picture is taken"""


def passing(config: scene.Config) -> list[Image]:
    """One picture per vehicle, HxWx3 BGR."""
    wanted = {round(p.first + NEARNESS * (p.last - p.first)) for p in scene.truth(config)}
    return [image for number, image in enumerate(scene.draw(config)) if number in wanted]


def write(name: str, image: Image) -> None:
    """Write one picture as JPEG."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(IMAGES / name), image, QUALITY)


def main() -> None:
    reader = Reader()
    day = passing(scene.Config(seed=3, vehicles=3, direction="approaching"))
    night = passing(scene.Config(seed=8, vehicles=1, direction="approaching", night=True))
    read = [annotate(image, reader.read(image)) for image in (*day, *night)]
    write("scene.jpg", day[0])
    four = np.vstack([np.hstack(read[:2]), np.hstack(read[2:4])])
    write("reading.jpg", np.asarray(cv2.resize(four, (1280, 720)), np.uint8))


if __name__ == "__main__":
    main()
