"""Fit the palette that names a vehicle's colour, and write it with its card.

    python -m marque_training.vehicle.color

The names in colors.json were given by eye to crops of the clean sets. What is reported was measured crosswise: the
crops are split in two by photograph, each half is named by a palette fitted to the other. The palette that is written
has seen both.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from marque.types import Box, Image
from marque.vision.paint import FILE, Floats, Palette, crop, features
from marque_training.datasets import data_folder
from marque_training.detector.export import MODELS
from marque_training.detector.sets import load
from marque_training.identity import commit
from marque_training.shares import wilson
from marque_training.vehicle.sets import LABELLED, cleared

NAMES = ("black", "white", "gray", "silver", "red", "blue", "green", "yellow", "orange", "brown", "beige")
LABELS = Path(__file__).with_name("colors.json")
NEAR = ({"gray", "silver"}, {"white", "silver"}, {"black", "gray"}, {"yellow", "orange"}, {"brown", "beige"})
"""names between which people differ themselves"""
VIEWS, STEPS, RATE, DECAY, SOFT = 12, 400, 0.01, 3.0, 0.1
THRESHOLD = 0.5
CURVE = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7)


@dataclass(frozen=True)
class Named:
    """A crop that somebody named: the photograph's part around it, its box there, the name's place in NAMES."""

    photo: str
    image: Image
    box: Box
    name: int

    @property
    def half(self) -> int:
        """Which half of the crosswise test it is in."""
        return hashlib.sha256(self.photo.encode()).digest()[1] % 2


def gather(root: Path, labels: Path = LABELS) -> list[Named]:
    """Every named crop: a vehicle by its place among the labels of its set."""
    names = json.loads(labels.read_text())
    found = []
    for source in LABELLED:
        for picture in load(root, source, halve=False):
            photo = f"{source}/{picture.name}"
            if photo not in names:
                continue
            image = cleared(picture)
            for index, name in names[photo].items():
                box = Box(*(float(v) for v in picture.vehicles[int(index)]))
                found.append(Named(photo, image, box, NAMES.index(name)))
    return found


def shaken(rng: np.random.Generator, named: Named) -> NDArray[np.float32]:
    """One view of a crop as a detector and another camera might give it: its features."""
    box, wide, high = named.box, named.box.width, named.box.height
    dx0, dy0, dx1, dy1 = rng.normal(0, 0.05, 4)
    moved = Box(box.x0 + dx0 * wide, box.y0 + dy0 * high, box.x1 + dx1 * wide, box.y1 + dy1 * high)
    small = crop(named.image, moved)
    assert small is not None
    light = small.astype(np.float32) * np.exp(rng.normal(0, 0.1) + rng.normal(0, 0.02, 3))
    small = np.clip(light, 0, 255).astype(np.uint8)
    return features(small[:, ::-1] if rng.random() < 0.5 else small)


def fit(crops: Sequence[Named], seed: int = 1) -> Palette:
    """The palette that these crops teach; names that are rare among them count for more, but not for as much more."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    views = np.stack([np.stack([shaken(rng, named) for _ in range(VIEWS)]) for named in crops])
    mean, deviation = views.mean((0, 1)), views.std((0, 1)) + 1e-3
    seen, wanted = torch.from_numpy((views - mean) / deviation), torch.tensor([named.name for named in crops])
    rarity = torch.bincount(wanted, minlength=len(NAMES)).clamp(min=1).float().pow(-0.5)
    net = nn.Linear(views.shape[-1], len(NAMES))
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, STEPS)
    for _ in range(STEPS):
        rows = torch.randint(len(crops), (128,))
        logits = net(seen[rows, torch.randint(VIEWS, (128,))])
        cost = functional.cross_entropy(logits, wanted[rows], rarity, label_smoothing=SOFT)
        optimiser.zero_grad()
        cost.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        plan.step()
    parts = {"weights": net.weight.T, "bias": net.bias}
    arrays: dict[str, Any] = {name: part.detach().numpy().round(5) for name, part in parts.items()}
    arrays |= {"mean": mean.round(5), "deviation": deviation.round(5)}
    return Palette(names=NAMES, temperature=1.0, threshold=THRESHOLD, **arrays)


def shares(palette: Palette, crops: Sequence[Named]) -> Floats:
    """What the palette says of each crop as it is, [N, names]."""
    rows = []
    for named in crops:
        small = crop(named.image, named.box)
        assert small is not None
        rows.append(palette.shares(features(small)))
    return np.stack(rows)


def crosswise(crops: Sequence[Named]) -> tuple[Floats, NDArray[np.intp]]:
    """Shares and true names of all crops, each half by the palette of the other."""
    halves = [[named for named in crops if named.half == half] for half in (0, 1)]
    said = [shares(fit(halves[1 - half]), halves[half]) for half in (0, 1)]
    return np.concatenate(said), np.array([named.name for half in halves for named in half], np.intp)


def tempered(said: Floats, true: NDArray[np.intp]) -> float:
    """The temperature at which the shares are right as often as they say."""

    def cost(temperature: float) -> float:
        powers = np.log(said + 1e-9) / temperature
        powers -= np.log(np.exp(powers).sum(1, keepdims=True))
        return -float(powers[np.arange(len(true)), true].mean())

    return float(min(np.arange(0.3, 2.01, 0.05), key=cost))


def figures(said: Floats, true: NDArray[np.intp]) -> dict[str, Any]:
    """How often the first name is the right one: in all, by name, and of those that are told."""
    best, told = said.argmax(1), said.max(1) >= THRESHOLD
    right = best == true
    near = right | np.array([{NAMES[a], NAMES[b]} in NEAR for a, b in zip(best, true, strict=True)])
    return {
        "all": counted(right, np.ones(len(true), bool)),
        "told": counted(right, told),
        "told, or the name beside it": counted(near, told),
        "curve": {f"{least:g}": counted(right, said.max(1) >= least) for least in CURVE},
        "by_name": {name: counted(right, told & (true == index)) for index, name in enumerate(NAMES)},
        "mistakes": mistakes(best[told & ~right], true[told & ~right]),
    }


def counted(right: NDArray[np.bool_], among: NDArray[np.bool_]) -> dict[str, Any]:
    hits, count = int((right & among).sum()), int(among.sum())
    return {"hits": hits, "count": count, "interval": list(wilson(hits, count))}


def mistakes(said: NDArray[np.intp], true: NDArray[np.intp]) -> dict[str, int]:
    pairs = [f"{NAMES[b]} called {NAMES[a]}" for a, b in zip(said, true, strict=True)]
    return {pair: pairs.count(pair) for pair in sorted(set(pairs), key=lambda pair: -pairs.count(pair))}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--models", type=Path, default=MODELS)
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    crops = gather(options.data)
    said, true = crosswise(crops)
    temperature = tempered(said, true)
    powers = said ** (1 / temperature)
    metrics = figures(powers / powers.sum(1, keepdims=True), true)
    fitted = fit(crops)
    stored = {name: getattr(fitted, name).tolist() for name in ("mean", "deviation", "weights", "bias")}
    content: dict[str, Any] = {"kind": "vehicle-color", "license": "Apache-2.0", "commit": commit(), "metrics": metrics}
    content |= {"names": NAMES, "temperature": round(temperature, 2), "threshold": THRESHOLD, **stored}
    (options.models / FILE).write_text(json.dumps(content) + "\n", "utf-8")
    print(json.dumps(metrics, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
