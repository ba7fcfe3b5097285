"""Which cut reads best: drawn plates are hung in photographs, found by the shipped detector, and each is cut by the
corners found, by the box found, by the box a person would have labelled, and by the true corners. Same recogniser.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from marque.plates import fold
from marque.types import Detection, Image, Quad
from marque.vision.reader import Reader
from marque_training.datasets import data_folder
from marque_training.detector.paste import brightness, paste, pose
from marque_training.detector.sets import load
from marque_training.shares import wilson
from marque_training.synth import draw

CUTS = ("corners found", "box found", "box labelled", "true corners")
FOUND = 0.5
"""intersection over union from which a plate counts as found"""


def hung(rng: np.random.Generator, photo: Image, narrowest: float = 80.0) -> tuple[Image, Quad, str]:
    """The photograph with one plate in perspective, `narrowest` to 240 pixels wide; its corners and text."""
    plate = draw(rng)
    height, width = plate.image.shape[:2]
    corners = pose(rng, float(np.exp(rng.uniform(np.log(narrowest), np.log(240)))), width / height)
    room = np.array(photo.shape[1::-1], np.float32) - np.ptp(corners, axis=0) - 8
    corners += 4 - corners.min(0) + rng.random(2).astype(np.float32) * np.maximum(room, 0)
    picture = photo.copy()
    around = np.concatenate([corners.min(0), corners.max(0)])
    paste(picture, plate.image, corners, gain=0.4 + brightness(photo, around) / 220)
    _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 95))])
    a, b, c, d = ((float(x), float(y)) for x, y in corners)
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8), Quad((a, b, c, d)), plate.text


def cuts(found: Detection, true: Quad) -> Iterator[tuple[str, Detection]]:
    """The same plate as each cut sees it."""
    whole = {"corners found": found.quad, "box found": None, "box labelled": Quad.of(true.box), "true corners": true}
    for name in CUTS:
        yield name, Detection(found.box, found.score, quad=whole[name])


def measure(reader: Reader, photos: list[Image], count: int, seed: int) -> tuple[Counter[str], int]:
    """Plates read right (folded) by cut, and how many of `count` were found."""
    rng = np.random.default_rng(seed)
    right: Counter[str] = Counter()
    found = 0
    for _ in range(count):
        picture, true, text = hung(rng, photos[int(rng.integers(len(photos)))])
        best = max(reader.detect([picture])[0], key=lambda d: d.box.iou(true.box), default=None)
        if best is None or best.box.iou(true.box) < FOUND:
            continue
        found += 1
        ways = dict(cuts(best, true))
        readings = reader.recognize([reader.crop(picture, way) for way in ways.values()])
        right.update(name for name, reading in zip(ways, readings, strict=True) if fold(reading.text) == fold(text))
    return right, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    photos = [p.levels[0] for p in load(options.data, "openimages_vehicles", held=True, halve=False)]
    right, found = measure(Reader(), photos, options.count, options.seed)
    print(f"{found} of {options.count} plates found in {len(photos)} photographs; read right, folded:")
    for name in CUTS:
        low, high = wilson(right[name], found)
        print(f"  {name:<14} {right[name]:>4}  {right[name] / found:6.1%}  [{low:.1%}, {high:.1%}]")


if __name__ == "__main__":
    main()
