"""Where plates are lost on the way from picture to text, over both nets: `python -m marque_training.budget`.

Drawn plates are hung in perspective in held-out photographs, where the truth about everything is known. Each that was
not read right is put down to the first stage without which it would have been: not detected; badly cut (read right by
its true corners); spoiled by the formats (the net's own text was right); misread. A contact sheet shows the losses.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np

from marque.plates import fold
from marque.types import Detection, Image, Quad
from marque.vision.reader import Reader
from marque_training.cuts import FOUND, hung
from marque_training.datasets import data_folder
from marque_training.detector.sets import load
from marque_training.shares import wilson

TILE = 240, 150
COLUMNS = 6


class Outcome(StrEnum):
    """What became of one plate."""

    RIGHT = "right"
    UNDETECTED = "not detected"
    CUT = "badly cut"
    SPOILED = "spoiled by formats"
    MISREAD = "misread"


@dataclass(frozen=True)
class Loss:
    """A plate that was not read right: the picture, what was found of it, the true text and the one read."""

    picture: Image
    true: Quad
    found: Detection | None
    outcome: Outcome
    text: str
    read: str = ""


def nearest(found: Sequence[Detection], true: Quad) -> Detection | None:
    """The find that lies on the plate, if any does."""
    best = max(found, key=lambda d: d.box.iou(true.box), default=None)
    return best if best is not None and best.box.iou(true.box) >= FOUND else None


def judge(reader: Reader, picture: Image, true: Quad, text: str) -> Loss:
    """One plate on its way through both nets and the formats."""
    found = nearest(reader.detect([picture])[0], true)
    if found is None:
        return Loss(picture, true, None, Outcome.UNDETECTED, text)
    known = Detection(true.box, 1.0, quad=true)
    ours, ideal = reader.recognize([reader.crop(picture, found), reader.crop(picture, known)])
    read, wanted = reader.plate_read(ours, found).text, fold(text)
    if fold(read) == wanted:
        outcome = Outcome.RIGHT
    elif fold(ours.text) == wanted:
        outcome = Outcome.SPOILED
    else:
        outcome = Outcome.CUT if fold(ideal.text) == wanted else Outcome.MISREAD
    return Loss(picture, true, found, outcome, text, read)


def budget(reader: Reader, photos: list[Image], count: int, seed: int, narrowest: float) -> Iterator[Loss]:
    """`count` plates, those read right too."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield judge(reader, *hung(rng, photos[int(rng.integers(len(photos)))], narrowest))


def tile(reader: Reader, loss: Loss) -> Image:
    """The plate and what is around it, below it the cut that was read, below that what should have been read."""
    canvas = np.zeros((TILE[1], TILE[0], 3), np.uint8)
    box = loss.true.box
    wide = 1.3 * max(box.width, 2 * box.height)
    scale, middle = TILE[0] / wide, ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    matrix = np.array([[scale, 0, TILE[0] / 2 - scale * middle[0]], [0, scale, 45 - scale * middle[1]]])
    canvas[:90] = cv2.warpAffine(loss.picture, matrix, (TILE[0], 90))
    if loss.found is not None:
        crop = cv2.resize(reader.crop(loss.picture, loss.found), (136, 34))
        canvas[92:126, :136] = crop if crop.ndim == 3 else crop[..., None]
    for x, y, words in ((140, 108, loss.outcome), (2, 144, f"{loss.text}  <  {loss.read}")):
        cv2.putText(canvas, words, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (0, 255, 255), 1, cv2.LINE_AA)
    return canvas


def sheet(tiles: list[Image]) -> Image:
    """Tiles in rows."""
    tiles = tiles + [np.zeros((TILE[1], TILE[0], 3), np.uint8)] * (-len(tiles) % COLUMNS)
    return np.vstack([np.hstack(tiles[i : i + COLUMNS]) for i in range(0, len(tiles), COLUMNS)])


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--narrowest", type=float, default=50.0, help="pixels")
    parser.add_argument("--sheet", type=Path, help="draw the losses here (PNG)")
    options = parser.parse_args(arguments)
    photos = [p.levels[0] for p in load(options.data, "openimages_vehicles", held=True, halve=False)]
    reader = Reader()
    losses = list(budget(reader, photos, options.count, options.seed, options.narrowest))
    counts = Counter(loss.outcome for loss in losses)
    for outcome in Outcome:
        low, high = wilson(counts[outcome], len(losses))
        print(f"{outcome:<20}{counts[outcome]:>5}{counts[outcome] / len(losses):8.1%}  [{low:.1%}, {high:.1%}]")
    if options.sheet:
        order = list(Outcome)
        lost = sorted((x for x in losses if x.outcome != Outcome.RIGHT), key=lambda x: order.index(x.outcome))
        cv2.imwrite(str(options.sheet), sheet([tile(reader, loss) for loss in lost]))


if __name__ == "__main__":
    main()
