"""Write the INT8 copy of an exported vehicle net: convolutions quantised, decoding left in float.

    python -m marque_training.vehicle.quantize --data DIR --model MODEL.onnx --out MODEL.int8.onnx

Calibrated on composed samples of what was held out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from marque_training.detector.quantize import SAMPLES, run
from marque_training.detector.sets import Image
from marque_training.vehicle.compose import VehicleComposer
from marque_training.vehicle.feed import SIDE
from marque_training.vehicle.sets import load_vehicles


def composed(data: Path, seed: int = 7) -> Iterator[Image]:
    """Pictures that the net is calibrated on."""
    composer = VehicleComposer(np.random.default_rng(seed), load_vehicles(data, out=True))
    return (composer.sample(SIDE).image for _ in range(SAMPLES))


def main(arguments: list[str] | None = None) -> int:
    return run(str(__doc__), composed, arguments)


if __name__ == "__main__":
    sys.exit(main())
