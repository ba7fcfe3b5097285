"""Measure a recogniser file on the real crop sets, the way the runtime reads: same decoder, same margin."""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from marque.vision.decode import decode
from marque.vision.heads import CtcHead, Head, SlotHead
from marque_training.datasets import ALPHABET, CROP_SETS, REGIONS, Crop, CropSet, fold, load_crops
from marque_training.recognizer.export import MARGIN, MODELS
from marque_training.shares import wilson
from marque_training.synth.crop import HEIGHT, WIDTH

Outputs = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Score:
    """Exact readings of one set, by both heads and by each alone (folded), and how often the region's first guess is
    right; `low` and `high` bound the folded share with 95 % confidence (Wilson)."""

    name: str
    use: str
    count: int
    strict: int
    folded: int
    slots: int
    ctc: int
    region: int
    low: float
    high: float


def prepare(image: NDArray[np.uint8], margin: float) -> NDArray[np.uint8]:
    """A crop as the net's input, with `margin` added around it."""
    dy, dx = round(image.shape[0] * margin), round(image.shape[1] * margin)
    padded = cv2.copyMakeBorder(image, dy, dy, dx, dx, cv2.BORDER_REPLICATE)
    shrinks = padded.shape[1] > WIDTH
    return np.asarray(
        cv2.resize(padded, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    )


def infer(model: Path, images: NDArray[np.uint8], batch: int = 64) -> Outputs:
    """Run the file on [N, 64, 160] crops, one thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    parts = [session.run(None, {"images": images[i : i + batch, None]}) for i in range(0, len(images), batch)]
    return {name: np.concatenate([part[k] for part in parts]) for k, name in enumerate(names)}


def read(outputs: Outputs, row: int, heads: str = "both") -> tuple[str, float]:
    """Text and confidence of one crop by both heads or one of them."""
    known: dict[str, Head] = {"slots": SlotHead(outputs["slots"][row]), "ctc": CtcHead(outputs["ctc"][row])}
    found = decode([head for name, head in known.items() if heads in (name, "both")], ALPHABET)[0]
    return "".join(c.char for c in found.characters), found.confidence


def matches(text: str, truth: str) -> bool:
    """Equal, where `*` in the truth is a character that was greyed out: anything or nothing may be read there."""
    return re.fullmatch(truth.replace("*", ".?"), text) is not None


def score(model: Path, crops: CropSet, limit: int | None = None, show: int = 0) -> Score:
    """Count what the file reads right; `show` prints that many of the wrong readings."""
    loaded = load_crops(crops)
    loaded = loaded[:: 1 if limit is None else max(1, len(loaded) // limit)]
    margin = MARGIN if crops.tight else 0.0
    outputs = infer(model, np.stack([prepare(crop.image, margin) for crop in loaded]))
    counts: Counter[str] = Counter()
    for row, crop in enumerate(loaded):
        _count(counts, outputs, row, crop, show)
    low, high = wilson(counts["folded"], len(loaded))
    named = {key: counts[key] for key in ("strict", "folded", "slots", "ctc", "region")}
    return Score(crops.name, crops.use, len(loaded), low=low, high=high, **named)


def _count(counts: Counter[str], outputs: Outputs, row: int, crop: Crop, show: int) -> None:
    text, sure = read(outputs, row)
    right = matches(fold(text), fold(crop.text))
    counts["region"] += REGIONS[int(outputs["region"][row].argmax())] == crop.region
    counts["strict"] += matches(text, crop.text)
    counts["folded"] += right
    for head in ("slots", "ctc"):
        counts[head] += matches(fold(read(outputs, row, head)[0]), fold(crop.text))
    if not right and counts["shown"] < show:
        counts["shown"] += 1
        print(f"  {crop.text:10s} read {text:10s} {sure:.2f}  {crop.name}")


def _line(found: Score) -> str:
    share = 100 / found.count
    heads = f"slots {found.slots * share:5.1f}  ctc {found.ctc * share:5.1f}  region {found.region * share:5.1f}"
    interval = f"[{100 * found.low:.1f}, {100 * found.high:.1f}]"
    exact = f"strict {found.strict * share:5.1f}  folded {found.folded * share:5.1f} {interval}"
    return f"{found.name:24s} {found.use:10s} n={found.count:5d} {exact}  {heads}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODELS / "plate-recognizer.onnx")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--sets", help="comma separated; all that lie on this machine where left out")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    scores = []
    for crops in CROP_SETS:
        if args.sets and crops.name not in args.sets.split(","):
            continue
        try:
            scores.append(score(args.model, crops, args.limit, args.show))
        except FileNotFoundError:
            print(f"{crops.name:24s} is not on this machine")
            continue
        print(_line(scores[-1]), flush=True)
    if args.json:
        args.json.write_text(json.dumps([asdict(s) for s in scores], indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
