"""Whether a confidence of 0.9 is right nine times in ten: the reader's confidence against the real crops.

    python -m marque_training.recognizer.reliability --out runs/reliability.json

Every crop is read alone, no country given. Greyed-out sets are left out: what is read there cannot be judged whole.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.config import ReaderSettings
from marque.vision.reader import Reader
from marque_training.datasets import CROP_SETS, CropSet, fold, load_crops
from marque_training.recognizer.evaluate import matches
from marque_training.recognizer.train import RUNS
from marque_training.shares import wilson

SETS = tuple(crops for crops in CROP_SETS if "masked" not in crops.name)
BINS = 10


@dataclass(frozen=True)
class Bin:
    """Crops whose confidence lies between `low` and `high`: how many, how sure on average, how many are right."""

    low: float
    high: float
    count: int
    sure: float
    right: int


class Answer(NamedTuple):
    """What was read of one crop: how sure it is, whether it is right (folded), and whether it is so to the letter."""

    sure: float
    right: bool
    strict: bool


def answers(reader: Reader, crops: CropSet, every: int = 1) -> list[Answer]:
    """What the package reads of each crop by itself, no country given."""
    found = []
    for crop in load_crops(crops)[::every]:
        read = reader.read_plate_timed(np.asarray(cv2.cvtColor(crop.image, cv2.COLOR_GRAY2BGR), np.uint8)).reads[0]
        right = matches(fold(read.text), fold(crop.text))
        found.append(Answer(read.confidence, right, matches(read.text, crop.text)))
    return found


def bins(given: Sequence[tuple[float, bool]], count: int = BINS) -> list[Bin]:
    """The reliability diagram; empty bins are left out."""
    sure, right = _columns(given)
    at = np.minimum((sure * count).astype(int), count - 1)
    return [
        Bin(k / count, (k + 1) / count, int(own.sum()), round(float(sure[own].mean()), 4), int(right[own].sum()))
        for k in range(count)
        if (own := at == k).any()
    ]


def error(given: Sequence[tuple[float, bool]], count: int = BINS) -> float:
    """Expected calibration error: how far confidence and share of right ones are apart, weighted by the bins' size
    (Naeini et al. 2015)."""
    return sum(abs(b.sure * b.count - b.right) for b in bins(given, count)) / max(1, len(given))


def kept(given: Sequence[tuple[float, bool]], precision: float = 0.95) -> float:
    """The largest share of crops that can be kept, surest first, with at least `precision` of them right."""
    sure, right = _columns(given)
    shares = np.cumsum(right[np.argsort(-sure, kind="stable")]) / np.arange(1, len(right) + 1)
    enough = np.flatnonzero(shares >= precision)
    return float((enough[-1] + 1) / len(right)) if len(enough) else 0.0


def _columns(given: Sequence[tuple[float, bool]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    table = np.array([one[:2] for one in given], np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def reader_of(model: Path | None) -> Reader:
    """The package's reader with a file of the same contract (none: its own)."""
    chosen = {"type": "marque"} | ({"path": str(model)} if model else {})
    return Reader(ReaderSettings(recognizer=chosen, threads=1))


def measure(model: Path | None, every: int = 1) -> dict[str, list[Answer]]:
    """The answers of a file (none: the package's), by set."""
    reader = reader_of(model)
    return {crops.name: answers(reader, crops, every) for crops in CROP_SETS}


def counts(found: Mapping[str, Sequence[Answer]]) -> list[dict[str, object]]:
    """How many of each set are right, with 95 % intervals of the folded share."""
    rows = []
    for name, given in found.items():
        strict, folded = sum(a.strict for a in given), sum(a.right for a in given)
        interval = [round(bound, 4) for bound in wilson(folded, len(given))]
        rows.append({"name": name, "count": len(given), "strict": strict, "folded": folded, "interval95": interval})
    return rows


def summary(found: Mapping[str, Sequence[Answer]]) -> dict[str, object]:
    """What a confidence is worth: over all sets together in which whole plates can be judged, and the error of each."""
    found = {crops.name: found[crops.name] for crops in SETS}
    together = [answer for given in found.values() for answer in given]
    return {
        "count": len(together),
        "error": round(error(together), 4),
        "kept_at_95": round(kept(together), 4),
        "bins": [asdict(b) for b in bins(together)],
        "sets": {name: round(error(given), 4) for name, given in found.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="another file of the same contract")
    parser.add_argument("--every", type=int, default=1, help="read every n-th crop only")
    parser.add_argument("--out", type=Path, default=RUNS / "reliability.json")
    args = parser.parse_args()
    found = summary(measure(args.model, args.every))
    args.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
