"""Write the INT8 copy of an exported vehicle net: convolutions quantised, decoding left in float.

    python -m marque_training.vehicle.quantize --data DIR --model MODEL.onnx --out MODEL.int8.onnx

Calibrated on composed samples of what was held out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from marque_training.datasets import data_folder
from marque_training.detector.quantize import SAMPLES, quantize
from marque_training.detector.sets import Image
from marque_training.vehicle.compose import VehicleComposer
from marque_training.vehicle.feed import SIDE
from marque_training.vehicle.sets import load_vehicles


def composed(data: Path, seed: int = 7) -> Iterator[Image]:
    """Pictures that the net is calibrated on."""
    composer = VehicleComposer(np.random.default_rng(seed), load_vehicles(data, out=True))
    return (composer.sample(SIDE).image for _ in range(SAMPLES))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    quantize(options.model, options.out, composed(options.data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
