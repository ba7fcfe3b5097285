"""Compose samples of vehicles into the ring that a training reads.

python -m marque_training.vehicle.feed --data DIR --side 320
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from marque_training.datasets import data_folder
from marque_training.detector.feed import Ring
from marque_training.vehicle.compose import VehicleComposer
from marque_training.vehicle.sets import load_training

RING = Path("/dev/shm/marque-vehicles")
SIDE = 320


def compose_for_ever(ring: Ring, data: Path, seed: int) -> None:
    """Keep half of the ring filled."""
    cv2.setNumThreads(1)
    pictures = load_training(data)
    composer = VehicleComposer(np.random.default_rng(seed), pictures)
    print(f"composing from {len(pictures)} pictures", flush=True)
    while True:
        if ring.room():
            ring.put(composer.sample(ring.side))
        else:
            time.sleep(0.05)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--ring", type=Path, default=RING)
    parser.add_argument("--side", type=int, default=SIDE)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    compose_for_ever(Ring(options.ring, options.side), options.data, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
