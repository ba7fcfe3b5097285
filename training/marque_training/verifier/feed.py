"""Compose the verifier's samples into the ring that its training reads: what the detector found, each seen by itself.

    python -m marque_training.verifier.feed --data DIR --model DETECTOR.onnx

A picture is composed as for the detector but larger, the detector looks at it from some distance, and what it takes for
plates, sure or not, right or not, is cut out as the verifier will get to see it.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from marque_training.datasets import data_folder
from marque_training.detector.compose import Composer, Floats, Sample, settled
from marque_training.detector.evaluate import Look, Net, on, overlaps
from marque_training.detector.feed import MISTAKES, POOL, UNLABELLED, Ring, one_plate, renew
from marque_training.detector.sets import Picture, load_training
from marque_training.verifier.export import VIEW

RING = Path("/dev/shm/marque-closeups")
SIZE = VIEW.width, VIEW.height
SIDE = 640
"""width and height of a composed picture"""
DISTANCES = 320, 448, 448, 640
"""the long sides at which the detector looks"""
FLOOR = 0.06
"""score from which its finds are cut out"""
SURE, SURE_SHARE = 0.6, 0.3
"""so many of the plates that it is sure of are"""
OTHERS = 4
"""finds of a picture that are no plate, at most, the surer the likelier"""
BLIND = 0.3
"""so many of the plates that it does not see are"""
BIG = 400.0
"""what takes more of the picture's width needs no closer look"""
FRESH = 4
"""pictures for each newly drawn plate"""


@dataclass
class Chooser:
    """Which places of a composed picture are cut out."""

    rng: np.random.Generator
    net: Net

    def boxes(self, sample: Sample) -> list[Floats]:
        rng = self.rng
        side = int(rng.choice(DISTANCES))
        look = Look(side, side, close_side=0)
        found, scores, _ = self.net.look(sample.image, look, FLOOR)
        small = found[:, 2] - found[:, 0] < BIG
        found, scores = found[small], scores[small]
        labels = sample.boxes()
        matrix = overlaps(found, labels)
        best = matrix.max(1) if len(labels) else np.zeros(len(found))
        right = best > 0.3
        chosen = [box for box, score in zip(found[right], scores[right], strict=True) if self.wanted(float(score))]
        known = np.array(sample.ignored, np.float32).reshape(-1, 4)
        wrong = [i for i in np.flatnonzero(~right) if not on(found[i], known)]
        if wrong:
            weights = scores[wrong] ** 2 / (scores[wrong] ** 2).sum()
            chosen += [found[i] for i in rng.choice(wrong, min(OTHERS, len(wrong)), False, weights)]
        seen = matrix.max(0) if len(found) else np.zeros(len(labels))
        chosen += [box for box, share in zip(labels, seen, strict=True) if share < 0.3 and rng.random() < BLIND]
        return chosen

    def wanted(self, score: float) -> bool:
        return score < SURE or self.rng.random() < SURE_SHARE


def shaken(rng: np.random.Generator, box: Floats) -> Floats:
    """A find a little beside where it was found, wider or narrower."""
    middle, sides = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    middle = middle + sides * rng.normal(0, 0.08, 2)
    sides = sides * np.exp(rng.normal(0, 0.12) + rng.normal(0, 0.05, 2))
    return np.concatenate([middle - sides / 2, middle + sides / 2]).astype(np.float32)


def closeup(sample: Sample, box: Floats) -> Sample:
    """What the verifier sees of a find, with the labels in it."""
    seen, fit, corner = VIEW.close_up(sample.image, box)
    quads = [((quad - corner) * fit.scale).astype(np.float32) for quad in sample.quads]
    ignored = [((each.reshape(2, 2) - corner) * fit.scale).reshape(4).astype(np.float32) for each in sample.ignored]
    return settled(Sample(seen, quads, list(sample.exact), ignored), *SIZE)


def closeups(rng: np.random.Generator, pictures: list[Picture], net: Net) -> Iterator[Sample]:
    """Close-ups without end, of pictures that are composed one after the other."""
    plates = [one_plate(rng) for _ in range(POOL // 10)]
    composer, chooser = Composer(rng, pictures, plates), Chooser(rng, net)
    for count in itertools.count(1):
        sample = composer.sample(SIDE)
        yield from (closeup(sample, shaken(rng, box)) for box in chooser.boxes(sample))
        if count % FRESH == 0:
            renew(rng, plates)


def compose_for_ever(ring: Ring, data: Path, model: Path, seed: int) -> None:
    cv2.setNumThreads(1)
    pictures = load_training(data, UNLABELLED, MISTAKES)
    print(f"composing from {len(pictures)} pictures", flush=True)
    for sample in closeups(np.random.default_rng(seed), pictures, Net(model)):
        while not ring.room():
            time.sleep(0.05)
        ring.put(sample)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--ring", type=Path, default=RING)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    compose_for_ever(Ring(options.ring, *SIZE), options.data, options.model, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
