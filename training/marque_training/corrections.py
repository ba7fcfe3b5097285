"""Fine-tune the recogniser on what people corrected: `marque export --corrections DIR` writes the folder that it reads.

Most of every batch stays drawn plates, so that the net does not forget what it was not corrected on. Every fifth crop
is held back: the figures before and after are of crops that the net has not seen.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from marque_training.datasets import CLEAN, SLOTS, Crop, CropSet, load_crops
from marque_training.recognizer.evaluate import infer, matches, prepare, read
from marque_training.recognizer.export import MODELS, export, load_average
from marque_training.recognizer.ring import Ring, open_ring
from marque_training.recognizer.train import RUNS, Recipe, Trainer
from marque_training.synth.crop import HEIGHT, WIDTH, Sample, sample

PUBLISHED = MODELS / "plate-recognizer.onnx"
SHARE = 0.3
"""part of the samples that are corrected crops"""
HELD = 5
"""one crop in so many is measured on, not trained on"""


@dataclass(frozen=True)
class Plan:
    """How to fine-tune. `rate` is an eighth of a whole training's; `drawn` plates are drawn beside the corrected."""

    steps: int = 400
    rate: float = 2e-4
    batch: int = 64
    drawn: int = 3000
    seed: int = 1


@dataclass(frozen=True)
class Outcome:
    """Crops read exactly right before and after: of those corrected and held back, and of drawn plates."""

    corrected: int
    corrected_before: int
    corrected_after: int
    drawn: int
    drawn_before: int
    drawn_after: int


def crops_of(folder: Path) -> list[Crop]:
    """The corrected crops of an export whose text the net can say. Raises FileNotFoundError where there is none."""
    loaded = load_crops(CropSet(folder.name, CLEAN), folder.resolve().parent)
    return [crop for crop in loaded if 0 < len(crop.text) <= SLOTS]


def varied(crop: Crop, rng: np.random.Generator) -> Sample:
    """The crop as it might have been cut and lit a little differently."""
    grey = crop.image.astype(np.float32)
    high, wide = grey.shape
    scale, (dx, dy) = rng.uniform(0.94, 1.06), rng.uniform(-0.03, 0.03, 2) * (wide, high)
    moved = np.array([[scale, 0, dx + wide * (1 - scale) / 2], [0, scale, dy + high * (1 - scale) / 2]])
    grey = cv2.warpAffine(grey, moved, (wide, high), borderMode=cv2.BORDER_REPLICATE)
    grey = (grey - 128) * rng.uniform(0.75, 1.25) + 128 + rng.uniform(-25, 25)
    grey += rng.normal(0, rng.uniform(0, 6), grey.shape)
    image = cv2.resize(np.clip(grey, 0, 255).astype(np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return Sample(np.asarray(image, np.uint8), crop.text, crop.region)


def drawn_plates(count: int, rng: np.random.Generator) -> list[Sample]:
    """`count` drawn samples that show a plate."""
    found: list[Sample] = []
    while len(found) < count:
        one = sample(rng)
        if 0 < len(one.text) <= SLOTS:
            found.append(one)
    return found


def mixed(crops: list[Crop], plan: Plan, path: Path) -> Ring:
    """A ring at `path` of drawn plates, and of the crops in enough variations to be their share of it."""
    rng = np.random.default_rng(plan.seed)
    variations = round(plan.drawn * SHARE / (1 - SHARE))
    ring = open_ring(path, capacity=plan.drawn + variations)
    for one in drawn_plates(plan.drawn, rng):
        ring.put(one)
    for number in range(variations):
        ring.put(varied(crops[number % len(crops)], rng))
    return ring


def right(model: Path, images: list[NDArray[np.uint8]], texts: list[str]) -> int:
    """How many of the pictures the file reads exactly."""
    if not images:
        return 0
    outputs = infer(model, np.stack(images))
    return sum(matches(read(outputs, row)[0], text) for row, text in enumerate(texts))


def fine_tune(folder: Path, model: Path, to: Path, plan: Plan) -> Outcome:
    """Train `model` on the folder's crops and write it to `to`. Raises ValueError where there are too few of them."""
    crops = crops_of(folder)
    if len(crops) < 2:
        raise ValueError(f"{folder} holds {len(crops)} corrected crops; correct some more plates first")
    held, kept = crops[::HELD], [crop for number, crop in enumerate(crops) if number % HELD]
    unseen = drawn_plates(min(plan.drawn, 300), np.random.default_rng(plan.seed + 1))
    pictures = [prepare(crop.image, 0.0) for crop in held], [one.image for one in unseen]
    texts = [crop.text for crop in held], [one.text for one in unseen]
    before = [right(model, *each) for each in zip(pictures, texts, strict=True)]
    with tempfile.TemporaryDirectory() as scratch:
        _train(mixed(kept, plan, Path(scratch) / "ring"), model, to, plan, Path(scratch) / "fine.pt")
    after = [right(to, *each) for each in zip(pictures, texts, strict=True)]
    return Outcome(len(held), before[0], after[0], len(unseen), before[1], after[1])


def _train(ring: Ring, model: Path, to: Path, plan: Plan, checkpoint: Path) -> None:
    trainer = Trainer(ring, Recipe(rate=plan.rate, batch=plan.batch, warmup=min(50, plan.steps)), model)
    for step in range(plan.steps):
        trainer.step(step / plan.steps)
    trainer.save(checkpoint)
    to.parent.mkdir(parents=True, exist_ok=True)
    export(load_average(checkpoint), to, fitted(model), version="corrected")


def fitted(model: Path) -> dict[str, float] | None:
    """The temperatures that the file was published with: fine-tuning moves them little."""
    said = {one.key: one.value for one in onnx.load(str(model)).metadata_props}.get("marque.fitted_temperature")
    return json.loads(said) if said else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what `marque export --corrections` wrote")
    parser.add_argument("--model", type=Path, default=PUBLISHED, help="the ONNX file to start from")
    parser.add_argument("--to", type=Path, default=RUNS / "corrected.onnx", help="where the new one goes")
    parser.add_argument("--steps", type=int, default=Plan.steps)
    parser.add_argument("--rate", type=float, default=Plan.rate)
    args = parser.parse_args()
    torch.set_num_threads(1)
    outcome = fine_tune(args.folder, args.model, args.to, Plan(steps=args.steps, rate=args.rate))
    print(json.dumps({"model": str(args.to), **asdict(outcome)}, indent=2))


if __name__ == "__main__":
    main()
