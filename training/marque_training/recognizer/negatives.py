"""Gather pieces of the clean photographs that look like plates to a detector, or to nobody, and are none.

    python -m marque_training.recognizer.negatives

What the detector finds with little trust beside every known plate, where the recogniser reads nothing surely, and
random pieces with some texture. They are read as nothing in training (`synth/nothing.py`).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.config import ReaderSettings
from marque.types import Box, Detection, Image
from marque.vision.reader import Reader
from marque_training.datasets import data_folder
from marque_training.detector.sets import CLEAN, PLATES_UNLABELLED, load
from marque_training.synth.nothing import FILE

SCORE, TRUST = 0.12, 0.5
"""detections from this score on are looked at; a reading surer than this may be a plate that nobody labelled"""
RANDOM = 2
"""more pieces of each picture"""
SIZE = (240, 96)
SOURCES = tuple(source for source in CLEAN if source not in PLATES_UNLABELLED)
KNOWN = Path(__file__).parents[1] / "detector" / "ignored.json"


def pieces(reader: Reader, image: Image, plates: list[Box], rng: np.random.Generator) -> list[NDArray[np.uint8]]:
    """Grey pieces of one picture, 96 rows each."""
    found = [d for d in reader.detect([image])[0] if free(d.box, plates)]
    # What the detector is sure of but nobody labelled is more likely a plate than not.
    chosen = [d for d in found if d.score < 0.6] + [_random(image, rng) for _ in range(RANDOM)]
    chosen = [d for d in chosen if free(d.box, plates) and free(d.box, [f.box for f in found if f.score >= 0.6])]
    readings = reader.recognize([reader.crop(image, d) for d in chosen])
    doubtful = [d for d, reading in zip(chosen, readings, strict=True) if reading.confidence < TRUST]
    return [grey for d in doubtful if (grey := _cut(image, d.box)) is not None and grey.std() > 8]


def free(box: Box, plates: list[Box]) -> bool:
    """Whether the box, grown by half, touches none of the plates."""
    dx, dy = box.width / 2, box.height / 2
    return all(p.x1 < box.x0 - dx or p.x0 > box.x1 + dx or p.y1 < box.y0 - dy or p.y0 > box.y1 + dy for p in plates)


def _random(image: Image, rng: np.random.Generator) -> Detection:
    high = float(np.exp(rng.uniform(np.log(12), np.log(max(14, image.shape[0] * 0.3)))))
    wide = min(high * rng.uniform(1.3, 5), image.shape[1] - 1.0)
    x, y = rng.uniform(0, image.shape[1] - wide), rng.uniform(0, image.shape[0] - high)
    return Detection(Box(x, y, x + wide, y + high), 0.0)


def _cut(image: Image, box: Box) -> NDArray[np.uint8] | None:
    dx, dy = 0.2 * box.width, 0.2 * box.height
    x0, y0 = max(0, round(box.x0 - dx)), max(0, round(box.y0 - dy))
    part = image[y0 : round(box.y1 + dy), x0 : round(box.x1 + dx)]
    if part.shape[0] < 8 or part.shape[1] < 12:
        return None
    shrinks = part.shape[0] > SIZE[1]
    grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, SIZE, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("--every", type=int, default=1, help="look at every n-th picture only")
    args = parser.parse_args()
    rng, gathered = np.random.default_rng(1), []
    detector = {"type": "marque", "threshold": SCORE}
    reader = Reader(ReaderSettings(detector=detector))
    ignored = json.loads(KNOWN.read_text("utf-8"))
    for source in SOURCES:
        for picture in load(data_folder(), source, held=False, halve=False)[:: args.every]:
            known = [*picture.plates.tolist(), *ignored.get(f"{source}/{picture.name}", [])]
            gathered += pieces(reader, picture.levels[0], [Box(*box) for box in known], rng)
        print(f"{source:32s} {len(gathered)} pieces so far", flush=True)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(args.out, images=np.stack(gathered))


if __name__ == "__main__":
    main()
