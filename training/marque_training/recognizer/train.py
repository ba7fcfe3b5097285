"""Train the recogniser on the ring's samples until a wall-clock time; resumes from its last checkpoint."""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from marque_training.datasets import ALPHABET, REGIONS
from marque_training.device import Device, add_option, on_cpu
from marque_training.recognizer.net import NetConfig, Recognizer
from marque_training.recognizer.ring import UNKNOWN, Ring, wait_for_ring
from marque_training.recognizer.warm import warm_start

FIRST = 1000
"""samples that must have been drawn before training starts"""
RUNS = Path(__file__).parents[2] / "runs"


@dataclass(frozen=True)
class Recipe:
    """What the card calls the recipe."""

    rate: float = 1.6e-3
    warmup: int = 300
    batch: int = 128
    decay: float = 0.03
    clip: float = 2.0
    smoothing: float = 0.05
    ema: float = 0.998
    slot_weight: float = 2.0
    ctc_weight: float = 0.5
    region_weight: float = 0.2
    seed: int = 1


CONFIG = NetConfig(len(ALPHABET) + 1, len(REGIONS), channels=(24, 48, 96, 160), layers=4, deep=3)
SETTLING = 512
"""samples that settle the batch norms of published weights"""


def build() -> Recognizer:
    return Recognizer(CONFIG)


def continued(path: Path, ring: Ring, rng: np.random.Generator) -> Recognizer:
    """The net with the weights of a published file; what the file has no weights for starts as the identity."""
    net = build()
    for layer in net.layers:
        layer.start_as_identity()  # type: ignore[operator]
    warm_start(net, path, ring.take(SETTLING, rng)["image"])
    return net


def losses(outputs: tuple[Tensor, Tensor, Tensor], text: Tensor, region: Tensor, recipe: Recipe) -> tuple[Tensor, ...]:
    """Slot cross-entropy, CTC per character, region cross-entropy."""
    slots, ctc, regions = (o.float() for o in outputs)
    slot = functional.cross_entropy(slots.flatten(0, 1), text.flatten(), label_smoothing=recipe.smoothing)
    lengths = (text > 0).sum(1)
    steps = torch.full_like(lengths, ctc.shape[1])
    line = functional.ctc_loss(ctc.log_softmax(-1).transpose(0, 1), text, steps, lengths, zero_infinity=True)
    return slot, line, functional.cross_entropy(regions, region, ignore_index=UNKNOWN)


def optimizer(net: Recognizer, recipe: Recipe) -> torch.optim.AdamW:
    matrices = [p for p in net.parameters() if p.ndim >= 2]
    vectors = [p for p in net.parameters() if p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": recipe.decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, recipe.rate, (0.9, 0.98))


def rate_at(step: int, share: float, recipe: Recipe) -> float:
    """Warm-up by steps, then a cosine over the share of wall time that is used up."""
    warm = min(1.0, (step + 1) / recipe.warmup)
    return recipe.rate * warm * max(0.004, 0.5 * (1 + math.cos(math.pi * min(1.0, share))))


class Trainer:
    """The run's whole state, and one step of it."""

    def __init__(
        self, ring: Ring, recipe: Recipe, model: Path | None = None, freeze: int = 0, device: Device | None = None
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.ring, self.device = recipe, ring, device or Device.named("cpu")
        self.rng = np.random.default_rng(recipe.seed)
        net = continued(model, ring, self.rng) if model else build()
        self.net = net.to(device=self.device.name, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = {k: v.detach().clone().float() for k, v in self.net.state_dict().items()}
        self.optimizer = optimizer(self.net, recipe)
        for module in self.net.trunk[:freeze]:
            module.requires_grad_(False).eval()
        self.step_count, self.spent = 0, 0.0

    def step(self, share: float) -> list[float]:
        recipe = self.recipe
        taken = self.ring.take(recipe.batch, self.rng)
        images = torch.from_numpy(np.ascontiguousarray(taken["image"]))[:, None].to(self.device.name)
        text, region = (
            torch.from_numpy(taken[name].astype(np.int64)).to(self.device.name) for name in ("text", "region")
        )
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(self.step_count, share, recipe)
        with self.device.autocast():
            outputs = self.net(images)
        slot, line, place = losses(outputs, text, region, recipe)
        total = recipe.slot_weight * slot + recipe.ctc_weight * line + recipe.region_weight * place
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), recipe.clip)
        if torch.isfinite(norm):
            self.optimizer.step()
        self.step_count += 1
        self._follow()
        exact = (outputs[0].argmax(-1) == text).all(1).float().mean()
        return [slot.item(), line.item(), place.item(), exact.item()]

    def _follow(self) -> None:
        keep = min(self.recipe.ema, (1 + self.step_count) / (10 + self.step_count))
        for name, value in self.net.state_dict().items():
            if value.dtype.is_floating_point:
                self.average[name].lerp_(value.float(), 1 - keep)
            else:
                self.average[name] = value.clone()

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {
            "net": on_cpu(self.net.state_dict()),
            "average": on_cpu(self.average),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step_count,
            "spent": self.spent,
            "config": self.net.config.to_dict(),
            "rng": self.rng.bit_generator.state,
        }
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def resume(self, path: Path) -> None:
        state = torch.load(path, weights_only=False, map_location=self.device.name)
        self.net.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average, self.step_count, self.spent = state["average"], state["step"], state["spent"]
        self.rng.bit_generator.state = state["rng"]


def until_time(text: str) -> float:
    """Seconds from now until the next HH:MM (UTC)."""
    now = datetime.now(UTC)
    hour, minute = (int(part) for part in text.split(":"))
    at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (at + timedelta(days=1 if at <= now else 0) - now).total_seconds()


def run(trainer: Trainer, folder: Path, seconds: float, save_every: float = 180.0) -> None:
    """Train for `seconds` more; the cosine spans the time already spent and the time to come."""
    checkpoint, log = folder / "recognizer.pt", folder / "recognizer.jsonl"
    start = saved = shown = time.monotonic()
    before, whole, recent = trainer.spent, trainer.spent + seconds, []
    while (passed := time.monotonic() - start) < seconds:
        recent.append(trainer.step((before + passed) / whole))
        now = time.monotonic()
        if now - shown > 30:
            speed = len(recent) * trainer.recipe.batch / (now - shown)
            _report(log, trainer, np.mean(recent, 0), speed)
            recent, shown = [], now
        if now - saved > save_every:
            trainer.spent, saved = before + now - start, now
            trainer.save(checkpoint)
    trainer.spent = whole
    trainer.save(checkpoint)


def _report(log: Path, trainer: Trainer, means: np.ndarray, speed: float) -> None:
    slot, line, place, exact = (round(float(v), 4) for v in means)
    row = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "step": trainer.step_count,
        "slot": slot,
        "ctc": line,
        "region": place,
        "exact": exact,
        "pictures_per_s": round(speed, 1),
        "drawn": int(trainer.ring.written[0]),
        "rate": trainer.optimizer.param_groups[0]["lr"],
    }
    with log.open("a", encoding="utf-8") as out:
        out.write(json.dumps(row) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ring", type=Path, default=Path("/dev/shm/marque-recognizer.ring"))
    parser.add_argument("--folder", type=Path, default=RUNS)
    parser.add_argument("--until", help="HH:MM, wall clock: when the learning rate reaches zero")
    parser.add_argument("--minutes", type=float, default=95.0, help="how long, where --until is not given")
    parser.add_argument("--rate", type=float, default=Recipe.rate, help="the learning rate after the warm-up")
    parser.add_argument("--fresh", action="store_true", help="start anew, even where a checkpoint lies")
    parser.add_argument("--from-model", type=Path, help="a published ONNX file to go on from where no checkpoint lies")
    add_option(parser)
    parser.add_argument("--freeze", type=int, default=0, help="so many first modules of the trunk stay as they are")
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.folder.mkdir(parents=True, exist_ok=True)
    ring, device = wait_for_ring(args.ring, FIRST), Device.named(args.device)
    trainer = Trainer(ring, Recipe(rate=args.rate), args.from_model, args.freeze, device)
    checkpoint = args.folder / "recognizer.pt"
    if checkpoint.exists() and not args.fresh:
        trainer.resume(checkpoint)
    run(trainer, args.folder, until_time(args.until) if args.until else args.minutes * 60)


if __name__ == "__main__":
    main()
