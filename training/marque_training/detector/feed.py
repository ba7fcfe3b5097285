"""The samples' ring in shared memory: one process composes into it, another trains from it.

    python -m marque_training.detector.feed --data DIR --ring FILE

The composer may be stopped and replaced by a better one while the training goes on: the ring outlives both.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from marque_training.datasets import data_folder
from marque_training.detector.compose import Composer, Sample
from marque_training.detector.glyphs import draw_plate
from marque_training.detector.paste import bounds
from marque_training.detector.sets import Image, load_training
from marque_training.detector.unread import draw_unread
from marque_training.synth import draw

RING = Path("/dev/shm/marque-detector")
SLOTS, LABELS, IGNORED = 1536, 24, 24
LABEL_FLOATS = LABELS * 9 + IGNORED * 4  # a label: eight of its corners, then its mark, 0 for nothing
HEADER = 64
POOL, FRESH = 2000, 12  # plates kept, and samples per newly drawn plate
REAL_LAYOUTS, UNREAD = 0.6, 0.34
UNLABELLED = Path(__file__).with_name("ignored.json")  # found by mine.py, those that look like plates kept by eye
MISTAKES = Path(__file__).with_name("mistakes.json")  # the others, surest first


@dataclass
class Batch:
    images: NDArray[np.uint8]  # [N, height, side, 3]
    labels: NDArray[np.float32]  # [N, LABELS, 9]
    ignored: NDArray[np.float32]  # [N, IGNORED, 4]


class Ring:
    """SLOTS samples in a file of memory; `written` and `taken` count for ever. The writer stays half a ring ahead."""

    def __init__(self, path: Path, side: int, height: int | None = None, slots: int = SLOTS) -> None:
        self.slots, self.side, height = slots, side, height or side
        self.path = path.with_name(f"{path.name}-{side}")
        image, row = side * height * 3, LABEL_FLOATS * 4
        self.path.touch()
        with self.path.open("r+b") as file:
            file.truncate(HEADER + slots * (image + row))  # new bytes are zero, old ones stay
        self.counts = np.memmap(self.path, np.int64, "r+", 0, (2,))
        self.images = np.memmap(self.path, np.uint8, "r+", HEADER, (slots, height, side, 3))
        self.labels = np.memmap(self.path, np.float32, "r+", HEADER + slots * image, (slots, LABEL_FLOATS))

    @property
    def written(self) -> int:
        return int(self.counts[0])

    @property
    def taken(self) -> int:
        return int(self.counts[1])

    def room(self) -> bool:
        return self.written - self.taken < self.slots // 2

    def put(self, sample: Sample) -> None:
        slot = self.written % self.slots
        self.images[slot] = sample.image
        self.labels[slot] = packed(sample)
        self.counts[0] += 1

    def take(self, count: int, rng: np.random.Generator) -> Batch:
        """The next samples; when the composer is behind, some of the last half ring again."""
        fresh = min(count, self.written - self.taken)
        index = np.arange(self.taken, self.taken + fresh)
        if fresh < count:
            oldest = max(0, self.written - self.slots // 2)
            index = np.concatenate([index, rng.integers(oldest, self.written, count - fresh)])
        self.counts[1] += fresh
        index %= self.slots
        rows = self.labels[index]
        labels = rows[:, : LABELS * 9].reshape(-1, LABELS, 9)
        return Batch(self.images[index], labels, rows[:, LABELS * 9 :].reshape(-1, IGNORED, 4))


def packed(sample: Sample) -> NDArray[np.float32]:
    """Labels as one row; what exceeds the places becomes ignored, what exceeds those is dropped (never seen)."""
    labels, ignored = np.zeros((LABELS, 9), np.float32), np.zeros((IGNORED, 4), np.float32)
    overflow = [bounds(quad) for quad in sample.quads[LABELS:]]
    for index, (quad, mark) in enumerate(zip(sample.quads[:LABELS], sample.marks, strict=False)):
        labels[index, :8], labels[index, 8] = quad.reshape(8), mark
    for index, box in enumerate((sample.ignored + overflow)[:IGNORED]):
        ignored[index] = box
    return np.concatenate([labels.reshape(-1), ignored.reshape(-1)])


def one_plate(rng: np.random.Generator) -> Image:
    """A flat plate for the pool: most as the recogniser reads them, others in scripts that it does not, some like none
    there is."""
    choice = rng.random()
    if choice < REAL_LAYOUTS:
        return np.ascontiguousarray(draw(rng).image)
    return draw_unread(rng) if choice < REAL_LAYOUTS + UNREAD else draw_plate(rng)


def renew(rng: np.random.Generator, plates: list[Image]) -> None:
    """The pool grows by a plate, then turns over."""
    if len(plates) < POOL:
        plates.append(one_plate(rng))
    else:
        plates[int(rng.integers(POOL))] = one_plate(rng)


def compose_for_ever(ring: Ring, data: Path, ignores: Path, seed: int) -> None:
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    pictures = load_training(data, ignores, MISTAKES)
    plates = [one_plate(rng) for _ in range(POOL // 10)]
    composer = Composer(rng, pictures, plates)
    print(f"composing from {len(pictures)} pictures", flush=True)
    while True:
        if not ring.room():
            time.sleep(0.05)
            continue
        ring.put(composer.sample(ring.side))
        if ring.written % FRESH == 0:
            renew(rng, plates)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--ring", type=Path, default=RING)
    parser.add_argument("--side", type=int, default=416)
    parser.add_argument("--ignores", type=Path, default=UNLABELLED)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    compose_for_ever(Ring(options.ring, options.side), options.data, options.ignores, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
