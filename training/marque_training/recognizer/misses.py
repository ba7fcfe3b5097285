"""Why crops are misread: every miss of the package on a real set with its likely cause, and a contact sheet.

    python -m marque_training.recognizer.misses --sets brazil_crops_cv --region br --out runs/misses

`format`: the net read it right and the matching changed it. `cut`: right at another margin. `label`: something else is
read surely, at every margin. `net`: the rest.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.types import Box, Detection, Image, PlateRead
from marque.vision.reader import Reader
from marque_training.datasets import CROP_SETS, Crop, CropSet, fold, load_crops
from marque_training.recognizer.evaluate import matches
from marque_training.recognizer.reliability import reader_of
from marque_training.recognizer.train import RUNS

CAUSES = ("net", "format", "cut", "label")
MARGINS = (-0.05, 0.0, 0.05, 0.1, 0.2)
SURE = 0.9
TILE, COLUMNS = (200, 110), 8


@dataclass(frozen=True)
class Miss:
    """A crop that was read as something else, and why."""

    crop: Crop
    read: PlateRead
    cause: str


def look(reader: Reader, image: Image, margin: float, regions: tuple[str, ...] = ()) -> PlateRead:
    """One crop through the package, cut with another margin."""
    whole = Detection(Box(0.0, 0.0, float(image.shape[1]), float(image.shape[0])), 1.0)
    return reader.plate_read(reader.recognize([reader.crop(image, whole, margin)])[0], whole, regions)


def cause(reader: Reader, crop: Crop, found: PlateRead) -> str:
    """The first of the causes that would explain the miss."""
    truth = fold(crop.text)
    if matches(fold(found.raw), truth):
        return "format"
    image = np.asarray(cv2.cvtColor(crop.image, cv2.COLOR_GRAY2BGR), np.uint8)
    others = [look(reader, image, margin) for margin in MARGINS]
    if any(matches(fold(read.raw), truth) for read in others):
        return "cut"
    same = {read.raw for read in others} == {found.raw}
    return "label" if same and min(read.confidence for read in others) > SURE else "net"


def misses(reader: Reader, crops: CropSet, regions: tuple[str, ...] = (), every: int = 1) -> tuple[int, list[Miss]]:
    """How many crops were read, and those that were misread."""
    loaded, found = load_crops(crops)[::every], []
    for crop in loaded:
        image = np.asarray(cv2.cvtColor(crop.image, cv2.COLOR_GRAY2BGR), np.uint8)
        read = reader.read_plate_timed(image, regions).reads[0]
        if not matches(fold(read.text), fold(crop.text)):
            found.append(Miss(crop, read, cause(reader, crop, read)))
    return len(loaded), found


def sheet(found: list[Miss]) -> NDArray[np.uint8]:
    """Tiles of crop, label, reading, and cause."""
    tiles = [_tile(miss) for miss in found]
    tiles += [np.zeros((TILE[1], TILE[0]), np.uint8)] * (-len(tiles) % COLUMNS)
    return np.vstack([np.hstack(tiles[i : i + COLUMNS]) for i in range(0, len(tiles), COLUMNS)])


def _tile(miss: Miss) -> NDArray[np.uint8]:
    tile = np.zeros((TILE[1], TILE[0]), np.uint8)
    high = TILE[1] - 34
    factor = min(high / miss.crop.image.shape[0], (TILE[0] - 4) / miss.crop.image.shape[1])
    small = cv2.resize(miss.crop.image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    tile[: small.shape[0], : small.shape[1]] = small
    lines = (f"{miss.crop.text} {miss.crop.region} {miss.cause}", f"{miss.read.raw}>{miss.read.text}")
    for k, line in enumerate((lines[0], f"{lines[1]} {miss.read.confidence:.2f}")):
        cv2.putText(tile, line, (2, TILE[1] - 20 + 15 * k), cv2.FONT_HERSHEY_SIMPLEX, 0.38, 255, 1, cv2.LINE_AA)
    return tile


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", help="comma separated; all that lie on this machine where left out")
    parser.add_argument("--model", type=Path, help="another file of the same contract")
    parser.add_argument("--region", action="append", default=[], help="where the plates are from; none: not told")
    parser.add_argument("--every", type=int, default=1, help="read every n-th crop only")
    parser.add_argument("--out", type=Path, default=RUNS / "misses", help="folder for the contact sheets")
    args = parser.parse_args()
    reader = reader_of(args.model)
    args.out.mkdir(parents=True, exist_ok=True)
    for crops in CROP_SETS:
        if args.sets and crops.name not in args.sets.split(","):
            continue
        try:
            count, found = misses(reader, crops, tuple(args.region), args.every)
        except FileNotFoundError:
            print(f"{crops.name:24s} is not on this machine")
            continue
        causes = Counter(miss.cause for miss in found)
        shares = "  ".join(f"{name} {causes[name]:4d}" for name in CAUSES)
        print(f"{crops.name:24s} n={count:5d} right {1 - len(found) / count:6.1%}  {shares}", flush=True)
        if found:
            cv2.imwrite(str(args.out / f"{crops.name}.png"), sheet(found[: 12 * COLUMNS]))


if __name__ == "__main__":
    main()
