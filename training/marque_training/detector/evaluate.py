"""Measure a detector: recall and precision on sets it never saw, corner error, speed; prints the card's tables.

    python -m marque_training.detector.evaluate --data DIR --model MODEL.onnx --out metrics.json

What counts: plates at least 20 px wide in the picture as it is, found with IoU 0.5 or more. Narrower labelled plates,
and detections on them, count neither way; nor do unmatched detections narrower than 20 px. Several sets label one plate
per picture: `reviewed.json` lists detections that are real plates without a label, judged by eye. Both precisions are
reported, raw (those are wrong) and reviewed (those are right).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from marque.ports import ModelContext
from marque.vision.boxes import Fit, fit_long_side, iou, letterbox, nms, planes
from marque.vision.detectors.marque import Config, Found, MarqueDetector
from marque.vision.models import open_net
from marque_training.datasets import data_folder
from marque_training.detector.compose import Composer
from marque_training.detector.export import POLICY, THRESHOLD
from marque_training.detector.feed import one_plate
from marque_training.detector.sets import CLEAN, MEASURED, TURNED, Boxes, Image, Picture, load
from marque_training.shares import wilson

Floats = NDArray[np.float32]

NARROWEST = 20.0
OVERLAP = 0.5
FLOOR = 0.05  # scores below are not kept
THRESHOLDS = (0.2, 0.25, 0.3, 0.32, 0.34, 0.36, 0.37, 0.38, 0.39, 0.4, 0.42, 0.45, 0.5, 0.55, 0.6, 0.7)
REVIEWED = Path(__file__).with_name("reviewed.json")


@dataclass(frozen=True)
class Look:
    """How a picture is scaled: its long side comes to `long_side`, or to `small_long_side` if it is not larger."""

    long_side: int = int(POLICY["long_side"])
    small_long_side: int = int(POLICY["small_long_side"])
    grow: float = float(POLICY["grow"])

    close_side: int = int(POLICY["close_side"])
    close_share: float = float(POLICY["close_share"])

    def fit(self, image: Image) -> Fit:
        height, width = image.shape[:2]
        wanted = self.long_side if max(width, height) > self.long_side else self.small_long_side
        return fit_long_side((width, height), wanted, 32, self.grow)

    def back(self) -> Look:
        """From further away, for a plate that fills the picture."""
        return Look(self.close_side, self.close_side, self.grow, 0)


@dataclass
class Net:
    """An exported model in ONNX Runtime, with a verifier or by itself."""

    path: Path
    verifier: Path | None = None
    threads: int = 1
    session: ort.InferenceSession = field(init=False)
    detector: MarqueDetector = field(init=False)
    threshold: float = field(init=False)

    def __post_init__(self) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = ort.InferenceSession(str(self.path), options, providers=["CPUExecutionProvider"])
        facts = self.session.get_modelmeta().custom_metadata_map
        self.threshold = float(facts.get("marque.threshold", THRESHOLD))
        context = ModelContext("cpu", self.threads)
        verifier = open_net(self.verifier, context) if self.verifier else None
        self.detector = MarqueDetector(open_net(self.path, context), Config(), verifier)

    def detect(self, image: Image, look: Look, floor: float = FLOOR) -> tuple[Boxes, Floats, Floats]:
        """Boxes [N, 4], scores [N], quads [N, 8] in the picture's pixels, best first, as the package finds them."""
        found = self.verified(image, self.look(image, look, floor))
        if not look.close_side or (found[1] >= self.threshold).any():
            return found
        closer = self.look(image, look.back(), floor)
        wide = closer[0][:, 2] - closer[0][:, 0] >= look.close_share * image.shape[1]
        if not (closer[1][wide] >= self.threshold).any():
            return found
        return closer[0][wide], closer[1][wide], closer[2][wide]

    def verified(self, image: Image, found: tuple[Boxes, Floats, Floats]) -> tuple[Boxes, Floats, Floats]:
        """What the verifier made of it, best first."""
        boxes, scores, quads = found
        kinds = np.zeros(len(boxes), np.intp)
        seen = self.detector._verified(image, Found(boxes, scores, kinds, quads))
        order = nms(seen.boxes, seen.scores, seen.classes, 0.5)
        return seen.boxes[order], seen.scores[order], seen.quads[order]

    def look(self, image: Image, look: Look, floor: float) -> tuple[Boxes, Floats, Floats]:
        """One look, without what lies below `floor`."""
        fit = look.fit(image)
        boxes, scores, quads = self.session.run(None, {"images": planes(letterbox(image, fit))[None]})
        keep = np.flatnonzero(scores[0, :, 0] >= floor)
        found, score = fit.back(boxes[0, keep]), scores[0, keep, 0]
        order = nms(found, score, np.zeros(len(keep), np.intp), 0.5)
        limit = np.array([image.shape[1], image.shape[0]] * 2, np.float32)
        return found[order].clip(0, limit), score[order], fit.back(quads[0, keep])[order]


@dataclass
class Judged:
    """One detection set against the labels: `right`, or `unlabelled` (wrong by the labels, right by eye)."""

    picture: str
    score: float
    right: bool
    unlabelled: bool
    box: list[float]


@dataclass
class Result:
    """All of a set: its detections that count, and the scores at which each wanted plate was found (0: never)."""

    name: str
    pictures: int = 0
    found: list[float] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    missed: list[tuple[str, list[float]]] = field(default_factory=list)


def overlaps(boxes: Boxes, others: Boxes) -> Floats:
    """IoU matrix [N, M]."""
    if not len(boxes) or not len(others):
        return np.zeros((len(boxes), len(others)), np.float32)
    return np.stack([iou(box, others) for box in boxes])


def on(box: Floats, others: Boxes) -> bool:
    """Whether the box lies on one of the others, loosely: overlap .3, or half of it inside."""
    if not len(others):
        return False
    shared = np.clip(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0, None).prod(1)
    return bool((shared > 0.5 * (box[2:] - box[:2]).prod()).any() or (iou(box, others) > 0.3).any())


def judge(result: Result, picture: Picture, boxes: Boxes, scores: Floats, known: Boxes) -> None:
    """Match one picture's detections, best first, and add them to the set's."""
    wide = picture.plates[:, 2] - picture.plates[:, 0] >= NARROWEST
    wanted, narrow = picture.plates[wide], picture.plates[~wide]
    matrix, free = overlaps(boxes, wanted), np.ones(len(wanted), bool)
    at = np.zeros(len(wanted))
    for row, (box, score) in enumerate(zip(boxes, scores, strict=True)):
        candidates = np.where(free, matrix[row], 0) if len(wanted) else np.zeros(0)
        if len(candidates) and candidates.max() >= OVERLAP:
            plate = int(candidates.argmax())
            free[plate], at[plate] = False, score
            result.judged.append(Judged(picture.name, float(score), True, False, box.tolist()))
        elif box[2] - box[0] >= NARROWEST and not on(box, narrow):
            unlabelled = bool(len(known) and (iou(box, known) > 0.4).any())
            result.judged.append(Judged(picture.name, float(score), False, unlabelled, box.tolist()))
    result.found += at.tolist()
    result.widths += (wanted[:, 2] - wanted[:, 0]).tolist()
    result.missed += [(picture.name, plate.tolist()) for plate, score in zip(wanted, at, strict=True) if score < 0.3]
    result.pictures += 1


def measure(
    net: Net, name: str, pictures: Iterable[Picture], look: Look, reviewed: dict[str, list[list[float]]]
) -> Result:
    result = Result(name)
    for picture in pictures:
        boxes, scores, _ = net.detect(picture.levels[0], look)
        known = np.array(reviewed.get(f"{picture.source}/{picture.name}", []), np.float32).reshape(-1, 4)
        judge(result, picture, boxes, scores, known)
    return result


def share(hits: int, count: int) -> dict[str, Any]:
    low, high = wilson(hits, count)
    value = hits / count if count else None
    return {
        "value": value and round(value, 4),
        "hits": hits,
        "count": count,
        "interval": [round(low, 4), round(high, 4)],
    }


def at_threshold(result: Result, threshold: float) -> dict[str, Any]:
    kept = [judged for judged in result.judged if judged.score >= threshold]
    right, by_eye = sum(judged.right for judged in kept), sum(judged.right or judged.unlabelled for judged in kept)
    found = sum(score >= threshold for score in result.found)
    return {
        "threshold": threshold,
        "recall": share(found, len(result.found)),
        "precision": share(right, len(kept)),
        "precision_reviewed": share(by_eye, len(kept)),
    }


def average_precision(result: Result) -> float | None:
    """Area under precision (raw) over recall."""
    if not result.found:
        return None
    order = sorted(result.judged, key=lambda judged: -judged.score)
    right = np.cumsum([judged.right for judged in order])
    precision = right / np.arange(1, len(order) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.diff(np.concatenate([[0], right])) / len(result.found)
    return round(float((precision * steps).sum()), 4)


def summary(result: Result) -> dict[str, Any]:
    return {
        "pictures": result.pictures,
        "plates": len(result.found),
        "average_precision": average_precision(result),
        "curve": [at_threshold(result, threshold) for threshold in THRESHOLDS],
    }


def table(results: Sequence[Result], threshold: float) -> str:
    """The figures at one threshold, as Markdown."""
    lines = [f"| set (score >= {threshold:g}) | pictures | plates | recall | precision raw | reviewed | AP |"]
    lines.append("|---|---|---|---|---|---|---|")
    for result in results:
        row = at_threshold(result, threshold)
        cells = [percent(row[name]) for name in ("recall", "precision", "precision_reviewed")]
        points = average_precision(result)
        lines.append(
            f"| {result.name} | {result.pictures} | {len(result.found)} | {' | '.join(cells)} "
            f"| {'' if points is None else f'{points:.3f}'} |"
        )
    return "\n".join(lines)


def percent(value: dict[str, Any]) -> str:
    if value["value"] is None:
        return f"0 of {value['count']}" if value["count"] else "none"
    low, high = (max(0.0, bound) for bound in value["interval"])
    return f"{100 * value['value']:.1f} ({100 * low:.0f}-{100 * high:.0f})"


def by_width(results: Sequence[Result], threshold: float) -> list[dict[str, Any]]:
    """Recall over all sets by the plate's width in picture pixels."""
    edges, rows = (20, 30, 40, 60, 100, 160, 260, 10000), []
    pairs = [(w, s) for result in results for w, s in zip(result.widths, result.found, strict=True)]
    for low, high in pairwise(edges):
        scores = [score for width, score in pairs if low <= width < high]
        rows.append({"from": low, "to": high, **share(sum(score >= threshold for score in scores), len(scores))})
    return rows


def corner_error(net: Net, data: Path, samples: int = 300) -> dict[str, Any]:
    """Corners of plates pasted into held-out pictures: distance from the truth as a share of the plate's height."""
    rng = np.random.default_rng(11)
    pictures = [picture for source in CLEAN for picture in load(data, source, held=True)]
    composer = Composer(rng, pictures, [one_plate(rng) for _ in range(150)])
    errors: list[float] = []
    for _ in range(samples):
        sample = composer.sample(416)
        boxes, _, quads = net.detect(sample.image, Look(416, 416), 0.3)
        matrix = overlaps(sample.boxes(), boxes)
        for row, (quad, exact) in enumerate(zip(sample.quads, sample.exact, strict=True)):
            if exact and len(boxes) and matrix[row].max() >= OVERLAP and np.ptp(quad[:, 0]) >= NARROWEST:
                found = quads[matrix[row].argmax()].reshape(4, 2)
                height = (np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2
                errors.append(float(np.linalg.norm(found - quad, axis=1).mean() / height))
    middle, worse = np.percentile(errors, [50, 90])
    return {"plates": len(errors), "median": round(float(middle), 4), "p90": round(float(worse), 4)}


def speed(path: Path, sizes: Sequence[tuple[int, int]] = ((640, 384), (448, 352), (640, 640))) -> list[dict[str, Any]]:
    """Median milliseconds of processor time of the net alone, by input size: they hold beside other work too."""
    rows: list[dict[str, Any]] = []
    net = Net(path)
    for width, height in sizes:
        image = np.random.default_rng(0).integers(0, 256, (1, 3, height, width), np.uint8)
        times = []
        for _ in range(25):
            start = time.process_time()
            net.session.run(None, {"images": image})
            times.append((time.process_time() - start) * 1e3)
        rows.append({"width": width, "height": height, "ms": round(float(np.median(times[5:])), 2)})
    return rows


def gather(data: Path, names: Sequence[str], every: int = 1) -> dict[str, list[Picture]]:
    """The pictures to measure on, by set; of clean sets the held-out part; of all each `every`-th."""
    return {name: gathered(data, name)[::every] for name in names}


def gathered(data: Path, name: str) -> list[Picture]:
    source = name.removesuffix(CALM)
    return load(data, source, held=True if source in CLEAN else None, halve=False, clean=source != name)


# The others label no plates, or are one drive in which nothing can be held out fairly.
HELD_OUT = tuple(
    name for name in CLEAN if name not in ("openimages_vehicles", "highway_vehicles_atl", "romania_dashcam")
)

CALM = ", despeckled"  # a set once more, without the salt and pepper that no camera leaves


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--verifier", type=Path, help="the network that looks once more at what may be a plate")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--sets", nargs="*", default=[*MEASURED, *HELD_OUT, *(name + CALM for name in sorted(TURNED))])
    parser.add_argument("--every", type=int, default=1, help="measure on each n-th picture only")
    parser.add_argument("--long-side", type=int, default=Look.long_side)
    parser.add_argument("--small-long-side", type=int, default=Look.small_long_side)
    parser.add_argument("--grow", type=float, default=Look.grow)
    parser.add_argument("--threshold", type=float)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--corners", action="store_true")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    net = Net(options.model, options.verifier)
    threshold = options.threshold or net.threshold
    reviewed = json.loads(REVIEWED.read_text()) if REVIEWED.exists() else {}
    look = Look(options.long_side, options.small_long_side, options.grow)
    gathered = gather(options.data, options.sets, options.every)
    results = [measure(net, name, pictures, look, reviewed) for name, pictures in gathered.items()]
    print(table(results, threshold))
    metrics: dict[str, Any] = {"look": asdict(look), "threshold": threshold}
    metrics |= {"sets": {result.name: summary(result) for result in results}, "by_width": by_width(results, threshold)}
    if options.corners:
        metrics["corner_error"] = corner_error(net, options.data)
        print("corner error", metrics["corner_error"])
    if options.speed:
        metrics["speed"] = speed(options.model)
        print(json.dumps(metrics["speed"]))
    if options.out:
        options.out.write_text(json.dumps(metrics, indent=1))
        details = {result.name: asdict(result) for result in results}
        options.out.with_suffix(".details.json").write_text(json.dumps(details))
    return 0


if __name__ == "__main__":
    sys.exit(main())
