"""Find plates that nobody labelled in the training pictures, so that training ignores them.

    python -m marque_training.detector.mine --data DIR --model MODEL.onnx --out runs/detector/ignores.json

A first net's confident detections that lie on no label are neither right nor wrong: the next net must not learn that
they are background. Restart the composer (feed.py) afterwards.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from marque_training.datasets import data_folder
from marque_training.detector.evaluate import Look, Net, on
from marque_training.detector.sets import CLEAN, PLATES_UNLABELLED, load

CONFIDENT, SUSPICIOUS = 0.4, 0.35  # the second where a set labels no plates at all


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("runs/detector/ignores.json"))
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    net, look, ignored = Net(options.model), Look(640, 640, 1.5), dict[str, list[list[float]]]()
    for source in CLEAN:
        least = SUSPICIOUS if source in PLATES_UNLABELLED else CONFIDENT
        for picture in load(options.data, source, held=False, halve=False):
            boxes, _, _ = net.detect(picture.levels[0], look, least)
            free = [box for box in boxes if not on(box, picture.plates)]
            if free:
                ignored[f"{source}/{picture.name}"] = np.round(free, 1).tolist()
        print(
            source,
            sum(key.startswith(f"{source}/") for key in ignored),
            "pictures with something to ignore",
            flush=True,
        )
    options.out.write_text(json.dumps(ignored))
    return 0


if __name__ == "__main__":
    sys.exit(main())
