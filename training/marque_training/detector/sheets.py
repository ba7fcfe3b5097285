"""Contact sheets of what a detector got wrong, from the details that `evaluate --out` leaves.

    python -m marque_training.detector.sheets --data DIR --details FILE --set NAME --what wrong --out S.png

The number under each tile is its place in the list, printed with its picture and box, for reviewed.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from marque_training.datasets import data_folder
from marque_training.detector.sets import Boxes, Image, boxes_of, records

TILE, COLUMNS = 150, 10


def tile(image: Image, box: list[float], caption: str, labels: Boxes | None = None) -> Image:
    """The box in green with as much again around it; labelled plates in red."""
    x0, y0, x1, y1 = box
    middle, side = ((x0 + x1) / 2, (y0 + y1) / 2), max(2.2 * (x1 - x0), 2.2 * (y1 - y0), 24)
    scale = TILE / side
    matrix = np.array([[scale, 0, TILE / 2 - scale * middle[0]], [0, scale, TILE / 2 - scale * middle[1]]])
    result = cv2.warpAffine(image, matrix, (TILE, TILE), flags=cv2.INTER_LINEAR, borderValue=(60, 60, 60))
    for label in [] if labels is None else labels:
        low, high = ((label.reshape(2, 2)) @ matrix[:, :2].T + matrix[:, 2]).astype(int)
        cv2.rectangle(result, tuple(map(int, low)), tuple(map(int, high)), (0, 0, 255), 1)
    corners = (np.array([[x0, y0], [x1, y1]]) @ matrix[:, :2].T + matrix[:, 2]).astype(int)
    cv2.rectangle(result, tuple(map(int, corners[0])), tuple(map(int, corners[1])), (0, 255, 0), 1)
    cv2.putText(result, caption, (2, TILE - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 255, 255), 1, cv2.LINE_AA)
    return np.asarray(result, np.uint8)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--details", type=Path, required=True)
    parser.add_argument("--set", required=True)
    parser.add_argument("--what", choices=["wrong", "missed"], default="wrong")
    parser.add_argument("--threshold", type=float, default=0.3)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--most", type=int, default=80)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    details = json.loads(options.details.read_text())[options.set]
    if options.what == "missed":
        rows = [(name, box, "") for name, box in details["missed"]]
    else:
        wrong = [
            j for j in details["judged"] if not (j["right"] or j["unlabelled"]) and j["score"] >= options.threshold
        ]
        wrong.sort(key=lambda j: -j["score"])
        rows = [(j["picture"], j["box"], f"{j['score']:.2f}") for j in wrong]
    print(len(rows), "in all")
    labels = {record["image"]: boxes_of(record["plates"]) for record in records(options.data, options.set)}  # type: ignore[arg-type]
    tiles = []
    for index, (name, box, note) in list(enumerate(rows))[options.skip : options.skip + options.most]:
        image = cv2.imread(str(options.data / options.set / name))
        tiles.append(tile(np.asarray(image, np.uint8), box, f"{index} {note}", labels[name]))
        print(index, name, [round(v, 1) for v in box], note)
    tiles += [np.zeros((TILE, TILE, 3), np.uint8)] * (-len(tiles) % COLUMNS)
    sheet = np.vstack([np.hstack(tiles[i : i + COLUMNS]) for i in range(0, len(tiles), COLUMNS)])
    cv2.imwrite(str(options.out), sheet)
    return 0


if __name__ == "__main__":
    sys.exit(main())
