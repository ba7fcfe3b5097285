"""Write the INT8 copy of the verifier, calibrated on close-ups from held-out clean pictures.

python -m marque_training.verifier.quantize --data DIR --model MODEL.onnx --out MODEL.int8.onnx
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from marque_training.detector.evaluate import Net
from marque_training.detector.export import MODELS
from marque_training.detector.quantize import run
from marque_training.detector.sets import CLEAN, Image, load
from marque_training.verifier.feed import closeups

SAMPLES = 400


def composed(data: Path, seed: int = 7) -> Iterator[Image]:
    """Close-ups that the net is calibrated on."""
    pictures = [picture for source in CLEAN for picture in load(data, source, held=True)]
    found = closeups(np.random.default_rng(seed), pictures, Net(MODELS / "plate-detector.onnx"))
    return (sample.image for sample in islice(found, SAMPLES))


def main(arguments: list[str] | None = None) -> int:
    return run(str(__doc__), composed, arguments)


if __name__ == "__main__":
    sys.exit(main())
