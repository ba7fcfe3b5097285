"""Draw loose labels closer: where a picture was turned after its plates were labelled, a net sees where they end.

    python -m marque_training.detector.tighten --model MODEL.onnx

Each labelled plate of the turned sets is looked at closely. Where the net finds one there that takes up less than
the label, its box is kept in `tight.json`, by picture, `null` for the labels that stay. Only pictures that train
are touched: what is measured keeps the labels that people drew.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from marque.vision.boxes import iou
from marque_training.datasets import data_folder
from marque_training.detector.evaluate import Look, Net
from marque_training.detector.sets import TIGHT, TURNED, Boxes, Image, Picture, load
from marque_training.detector.sheets import TILE, tile

AROUND, SIDE, FLOOR = 1.1, 256, 0.25
LEAST, ENOUGH = 0.3, 0.85  # overlaps with the label: below, another thing; above, the label is good as it is
COLUMNS = 12

Tight = list[float] | None


def closer(net: Net, picture: Picture, label: Boxes) -> Tight:
    """The net's box for one label [4], or None."""
    span = label[2:] - label[:2]
    low = np.maximum(label[:2] - AROUND * span.max(), 0).astype(int)
    high = np.minimum(label[2:] + AROUND * span.max() + 1, [picture.width, picture.height]).astype(int)
    piece = np.ascontiguousarray(picture.levels[0][low[1] : high[1], low[0] : high[0]])
    boxes, scores, _ = net.look(piece, Look(SIDE, SIDE, 8.0, 0), FLOOR)
    boxes = boxes + np.concatenate([low, low]).astype(np.float32)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside = ((middles > label[:2]) & (middles < label[2:])).all(1)
    overlap = iou(label, boxes) if len(boxes) else np.zeros(0)
    fits = np.flatnonzero(inside & (overlap > LEAST))
    if not len(fits):
        return None
    best = fits[scores[fits].argmax()]
    if overlap[best] > ENOUGH or (boxes[best, 2:] - boxes[best, :2]).prod() > span.prod():
        return None
    return [round(float(side), 1) for side in boxes[best]]


def tightened(net: Net, data: Path) -> dict[str, list[Tight]]:
    """All training pictures of the turned sets in which a label changes."""
    found = {}
    for source in sorted(TURNED):
        for picture in load(data, source, held=False, halve=False):
            boxes = [closer(net, picture, label) for label in picture.plates]
            if any(boxes):
                found[f"{source}/{picture.name}"] = boxes
    return found


def sheet(data: Path, found: dict[str, list[Tight]], most: int = 180) -> Image:
    """Some of them: the label in red, what replaces it in green."""
    labels = {f"{s}/{p.name}": p.plates for s in TURNED for p in load(data, s, held=False, halve=False)}
    tiles = []
    for name in list(found)[:: max(1, len(found) // most)]:
        image = np.asarray(cv2.imread(str(data / name)), np.uint8)
        tiles += [tile(image, box, "", labels[name]) for box in found[name] if box]
    tiles += [np.zeros((TILE, TILE, 3), np.uint8)] * (-len(tiles) % COLUMNS)
    return np.vstack([np.hstack(tiles[i : i + COLUMNS]) for i in range(0, len(tiles), COLUMNS)])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    found = tightened(Net(options.model), options.data)
    lines = (f"{json.dumps(name)}: {json.dumps(boxes)}" for name, boxes in sorted(found.items()))
    TIGHT.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(sum(box is not None for boxes in found.values() for box in boxes), "labels drawn closer")
    if options.sheet:
        cv2.imwrite(str(options.sheet), sheet(options.data, found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
