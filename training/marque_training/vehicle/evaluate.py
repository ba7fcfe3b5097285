"""Measure a vehicle net on what was held out, and write what the card tells.

    python -m marque_training.vehicle.evaluate --model MODEL.onnx --out runs/vehicle/metrics.json

A find is right at IoU 0.5 with a vehicle that nobody else found. Pictures are looked at as the package does it. What
the sets' labels lack is added by eye (`sets.py`).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.ports import ModelContext
from marque.types import SeenVehicle
from marque.vision.boxes import iou
from marque.vision.looks import TYPE
from marque.vision.models import open_net
from marque.vision.vehicles.marque import Config, MarqueVehicles
from marque_training.datasets import data_folder
from marque_training.detector.evaluate import Judged, on, percent, share
from marque_training.vehicle.export import LONG_SIDE
from marque_training.vehicle.sets import SOURCES, TYPES, UNKNOWN, Vehicles, load_vehicles

OVERLAP, FLOOR = 0.5, 0.1
WIDE = LONG_SIDE / 20
"""pixels of the net's input that a vehicle must measure both ways to count: smaller ones carry no plate that is read"""
THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)


@dataclass
class Result:
    """All of a set. Per wanted vehicle: the score at which it was found (0: never), its type, the type it was given."""

    name: str
    pictures: int = 0
    found: list[float] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    said: list[int] = field(default_factory=list)
    finds: list[Judged] = field(default_factory=list)


def judge(result: Result, vehicles: Vehicles, seen: Sequence[SeenVehicle]) -> None:
    """Match one picture's finds, best first. Small vehicles, and those in places to be ignored, are neither missed nor
    wrong."""
    picture = vehicles.picture
    least = WIDE * max(picture.width, picture.height) / LONG_SIDE
    boxes = picture.plates
    large = (boxes[:, 2:] - boxes[:, :2]).min(1) >= least if len(boxes) else np.zeros(0, np.bool_)
    neither = np.concatenate([boxes[~large], picture.ignored])
    free, at, said = np.ones(len(boxes), np.bool_), np.zeros(len(boxes)), np.full(len(boxes), UNKNOWN)
    for one in seen:
        box = np.array(one.detection.box.as_list(), np.float32)
        overlap = np.where(free, iou(box, boxes), 0) if len(boxes) else np.zeros(0)
        right = bool(overlap.size and overlap.max() >= OVERLAP)
        if right:
            place = int(overlap.argmax())
            free[place], at[place], said[place] = False, one.detection.score, type_of(one)
        sized = large[int(overlap.argmax())] if right else (box[2:] - box[:2]).min() >= least
        if sized and (right or not on(box, neither)):
            result.finds.append(Judged(vehicles.name, one.detection.score, right, False, box.tolist()))
    result.pictures += 1
    result.found += at[large].tolist()
    result.kinds += vehicles.kinds[large].tolist()
    result.said += said[large].tolist()


def type_of(seen: SeenVehicle) -> int:
    """The place in TYPES of what the package would say, or UNKNOWN."""
    best = seen.types[0]
    return TYPES.index(best.value) if best.confidence >= TYPE else UNKNOWN


def measure(finder: MarqueVehicles, name: str, pictures: Sequence[Vehicles]) -> Result:
    result = Result(name)
    for vehicles in pictures:
        judge(result, vehicles, finder.find([vehicles.picture.levels[0]])[0])
    return result


def at_threshold(results: Sequence[Result], threshold: float) -> dict[str, Any]:
    """Recall and precision over some sets."""
    kept = [find for result in results for find in result.finds if find.score >= threshold]
    found = [score >= threshold for result in results for score in result.found]
    right = sum(find.right for find in kept)
    return {
        "threshold": threshold,
        "recall": share(sum(found), len(found)),
        "precision": share(right, len(kept)),
    }


def by_type(results: Sequence[Result], threshold: float) -> dict[str, Any]:
    """Per type: how many of its vehicles were found, of those how many got a type and how many the right one; and of
    all that were called so, how many are."""
    rows = [
        (kind, said, score >= threshold)
        for result in results
        for kind, said, score in zip(result.kinds, result.said, result.found, strict=True)
        if kind != UNKNOWN
    ]
    return {name: one_type(rows, index) for index, name in enumerate(TYPES)}


def one_type(rows: Sequence[tuple[int, int, bool]], kind: int) -> dict[str, Any]:
    own = [(said, found) for true, said, found in rows if true == kind]
    seen = [said for said, found in own if found]
    told = [said for said in seen if said != UNKNOWN]
    called = [true for true, said, found in rows if found and said == kind]
    return {
        "recall": share(len(seen), len(own)),
        "told": share(len(told), len(seen)),
        "right": share(told.count(kind), len(told)),
        "precision": share(called.count(kind), len(called)),
    }


def speed(model: Path, sizes: Sequence[tuple[int, int]] = ((224, 128), (224, 224))) -> list[dict[str, Any]]:
    """Median milliseconds of processor time of the net alone, by input size."""
    rows = list[dict[str, Any]]()
    net = open_net(model, ModelContext("cpu", 1))
    for width, height in sizes:
        image: NDArray[Any] = np.random.default_rng(0).integers(0, 256, (1, 3, height, width), np.uint8)
        times = []
        for _ in range(40):
            start = time.process_time()
            net.run(image)
            times.append((time.process_time() - start) * 1e3)
        rows.append({"width": width, "height": height, "ms": round(float(np.median(times[5:])), 2)})
    return rows


def table(metrics: dict[str, Any]) -> str:
    lines = ["| set | pictures | vehicles | recall | precision |", "|---|---|---|---|---|"]
    for name, one in metrics["sets"].items():
        cells = [percent(one["shipped"][key]) for key in ("recall", "precision")]
        lines.append(f"| {name} | {one['pictures']} | {one['vehicles']} | {' | '.join(cells)} |")
    lines += [
        "",
        "| type | vehicles | found | of those typed | rightly | called so and so |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in metrics["by_type"].items():
        cells = [percent(one[key]) for key in ("recall", "told", "right", "precision")]
        lines.append(f"| {name} | {one['recall']['count']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def figures(results: Sequence[Result], threshold: float) -> dict[str, Any]:
    """All that the card tells of what was held out."""
    return {
        "threshold": threshold,
        "sets": {
            result.name: {
                "pictures": result.pictures,
                "vehicles": len(result.found),
                "shipped": at_threshold([result], threshold),
            }
            for result in results
        },
        "curve": [at_threshold(results, one) for one in THRESHOLDS],
        "by_type": by_type(results, threshold),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--threshold", type=float, help="none: the model's own")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    net = open_net(options.model, ModelContext("cpu", 1))
    threshold = options.threshold or float(net.metadata["marque.threshold"])
    finder = MarqueVehicles(net, Config(threshold=FLOOR))
    held = load_vehicles(options.data, out=True, halve=False)
    gathered = {source: [one for one in held if one.picture.source == source] for source in SOURCES}
    results = [measure(finder, source, pictures) for source, pictures in gathered.items() if pictures]
    metrics = figures(results, threshold) | {"speed": speed(options.model)}
    print(table(metrics))
    for point in metrics["curve"]:
        print(point["threshold"], *(percent(point[key]) for key in ("recall", "precision")))
    print(json.dumps(metrics["speed"]))
    if options.out:
        options.out.write_text(json.dumps(metrics, indent=1))
        details = [asdict(find) for result in results for find in result.finds]
        options.out.with_suffix(".details.json").write_text(json.dumps(details))
    return 0


if __name__ == "__main__":
    sys.exit(main())
