"""Find what a net takes for plates in the training pictures though no label says so, and sort it by eye.

    python -m marque_training.detector.mine --model MODEL.onnx
    python -m marque_training.detector.mine --plates 3,17,42 --seen 500

The first command lists the finds, surest first, and draws them on numbered sheets. The second sorts the first `seen` of
them: those named are plates without a label, neither right nor wrong from then on (`ignored.json`); the others are
mistakes, looked at more often and pasted elsewhere (`mistakes.json`). Restart the composer (feed.py) afterwards.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from marque_training.datasets import data_folder
from marque_training.detector.evaluate import Look, Net, on
from marque_training.detector.feed import MISTAKES, UNLABELLED
from marque_training.detector.sets import CLEAN, NAMED, Image, listed, load
from marque_training.detector.sheets import TILE, tile

Find = tuple[str, list[float], float]
FLOOR = 0.25
NARROWEST = 36.0  # of what is narrower nobody can say by eye whether it is a plate
COLUMNS, SHEET = 15, 150


def finds(net: Net, data: Path) -> Iterator[Find]:
    """Picture, box and score of each find on no label and in neither list."""
    known = [listed(UNLABELLED), listed(MISTAKES), listed(NAMED)]
    for source in CLEAN:
        for picture in load(data, source, held=False, halve=False):
            name = f"{source}/{picture.name}"
            done = np.concatenate([picture.plates, *(lists.get(name, picture.plates[:0]) for lists in known)])
            boxes, scores, _ = net.detect(picture.levels[0], Look(), FLOOR)
            for box, score in zip(boxes, scores, strict=True):
                if box[2] - box[0] >= NARROWEST and not on(box, done):
                    yield name, [round(float(side), 1) for side in box], round(float(score), 3)
        print(source, flush=True)


def sheet(data: Path, rows: list[Find], first: int) -> Image:
    """The finds from `first` on, numbered."""
    tiles = [
        tile(np.asarray(cv2.imread(str(data / name)), np.uint8), box, f"{number} {score:.2f}")
        for number, (name, box, score) in enumerate(rows[first : first + SHEET], first)
    ]
    tiles += [np.zeros((TILE, TILE, 3), np.uint8)] * (-len(tiles) % COLUMNS)
    return np.vstack([np.hstack(tiles[i : i + COLUMNS]) for i in range(0, len(tiles), COLUMNS)])


def add(path: Path, rows: list[Find]) -> None:
    """Add finds to a list, one picture a line."""
    lists = json.loads(path.read_text()) if path.exists() else {}
    for name, box, _ in rows:
        lists.setdefault(name, []).append(box)
    lines = (f"{json.dumps(name)}: {json.dumps(lists[name])}" for name in sorted(lists))
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/detector/finds.json"))
    parser.add_argument("--plates", default="", help="numbers of the finds that are plates")
    parser.add_argument("--seen", type=int, default=0, help="how many of the finds were looked at")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    if options.model:
        rows = sorted(finds(Net(options.model), options.data), key=lambda find: -find[2])
        options.out.write_text(json.dumps(rows))
        for first in range(0, len(rows), SHEET):
            cv2.imwrite(str(options.out.with_suffix(f".{first}.png")), sheet(options.data, rows, first))
        print(len(rows), "finds without a label")
    else:
        rows = json.loads(options.out.read_text())[: options.seen]
        plates = {int(number) for number in options.plates.split(",") if number}
        add(UNLABELLED, [row for number, row in enumerate(rows) if number in plates])
        add(MISTAKES, [row for number, row in enumerate(rows) if number not in plates])
    return 0


if __name__ == "__main__":
    sys.exit(main())
