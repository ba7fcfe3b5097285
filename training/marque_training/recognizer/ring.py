"""A ring of samples in shared memory: one process draws, another trains, and either can be replaced any time."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marque_training.datasets import ALPHABET, REGIONS, SLOTS
from marque_training.synth.crop import HEIGHT, WIDTH, Sample, sample

CAPACITY = 60_000
UNKNOWN = 255
"""the region of a plate of which nobody said it"""
_RECORD = np.dtype([("image", np.uint8, (HEIGHT, WIDTH)), ("text", np.uint8, (SLOTS,)), ("region", np.uint8)])
_CLASS = {char: number + 1 for number, char in enumerate(ALPHABET)}
_REGION = {code: number for number, code in enumerate(REGIONS)}


@dataclass(frozen=True)
class Ring:
    """`records` is the ring, `written` ([1] int64) counts the samples ever written."""

    records: np.memmap
    written: np.memmap

    def put(self, drawn: Sample) -> None:
        record = self.records[int(self.written[0]) % len(self.records)]
        record["image"], record["text"] = drawn.image, encode(drawn.text)
        record["region"] = UNKNOWN if drawn.region is None else _REGION.get(drawn.region, 0)
        self.written[0] += 1

    def take(self, count: int, rng: np.random.Generator) -> NDArray[np.void]:
        """`count` random samples of those written so far. Raises RuntimeError when there are none."""
        filled = min(int(self.written[0]), len(self.records))
        if filled == 0:
            raise RuntimeError("the sample ring is empty: start the generator first")
        return np.asarray(self.records[rng.integers(0, filled, count)])


def encode(text: str) -> NDArray[np.uint8]:
    """Class numbers of `text`, padded with 0."""
    row = np.zeros(SLOTS, np.uint8)
    row[: len(text)] = [_CLASS[char] for char in text[:SLOTS]]
    return row


def open_ring(path: Path, capacity: int = CAPACITY) -> Ring:
    """Open the ring at `path`, or make an empty one."""
    counter = path.with_suffix(".count")
    if not path.exists() or path.stat().st_size != capacity * _RECORD.itemsize:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.memmap(counter, np.int64, "w+", shape=(1,)).flush()
        np.memmap(path, _RECORD, "w+", shape=(capacity,)).flush()
    return Ring(np.memmap(path, _RECORD, "r+", shape=(capacity,)), np.memmap(counter, np.int64, "r+", shape=(1,)))


def wait_for_ring(path: Path, samples: int, patience: float = 120.0) -> Ring:
    """Open the ring once somebody else has written `samples` to it. Raises RuntimeError after `patience` seconds."""
    start = time.monotonic()
    while time.monotonic() - start < patience:
        if path.exists() and int((ring := open_ring(path)).written[0]) >= samples:
            return ring
        time.sleep(0.2)
    raise RuntimeError(f"nobody fills {path}: start marque_training.recognizer.ring first")


def fill(ring: Ring, seed: int, rate: float, limit: int | None = None, real: float = 0.0) -> None:
    """Write samples for ever (or `limit` of them), at most `rate` a second once a third of the ring is written; `real`
    is the share of real plates."""
    rng = np.random.default_rng([seed, int(ring.written[0])])
    done, start = 0, time.monotonic()
    while limit is None or done < limit:
        drawn = sample(rng, real)
        if len(drawn.text) > SLOTS:
            continue
        ring.put(drawn)
        done += 1
        ahead = done / rate - (time.monotonic() - start) if ring.written[0] > len(ring.records) // 3 else 0.0
        if ahead > 0.05:
            time.sleep(ahead)


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw recogniser samples into the ring.")
    parser.add_argument("--ring", type=Path, default=Path("/dev/shm/marque-recognizer.ring"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--real", type=float, default=0.1, help="share of real plates, where there are photographs")
    args = parser.parse_args()
    os.nice(5)
    fill(open_ring(args.ring), args.seed, args.rate, args.limit, args.real)


if __name__ == "__main__":
    main()
