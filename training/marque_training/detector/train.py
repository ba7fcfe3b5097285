"""Train the detector from the ring until a wall-clock time or for a number of minutes; resumes by itself.

    python -m marque_training.detector.train --minutes 100

A checkpoint and an exported model of the averaged weights are written every few minutes, and at an interruption.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from marque_training.detector.export import export
from marque_training.detector.feed import RING, Batch, Ring
from marque_training.detector.loss import Targets, detection_loss
from marque_training.detector.net import Decoded, DetectorNet, NetSize, decode
from marque_training.detector.warm import restore
from marque_training.device import Device, add_option, on_cpu

PEAK_RATE, WARM_UP, WEIGHT_DECAY = 2e-3, 200, 0.02
AVERAGE = 0.996
SETTLING = 128  # samples that give a net read from an export its batch norms


Loss = Callable[[Decoded, Batch], tuple[Tensor, dict[str, float]]]


@dataclass
class Clock:
    """Share of the training's time that has passed, over all the runs that it took."""

    before: float
    start: float
    total: float

    def share(self, now: float) -> float:
        return min(1.0, (self.before + now - self.start) / self.total)


def rate(share: float, step: int, peak: float = PEAK_RATE) -> float:
    """Warm-up, then level, then straight to zero over the last third."""
    return peak * min(1.0, (step + 1) / WARM_UP) * min(1.0, (1 - share) * 3)


def targets(batch: Batch, device: torch.device | None = None) -> Targets:
    """The ring's rows as tensors."""
    labels = torch.from_numpy(batch.labels)
    most = max(1, int((labels[..., 8] > 0).sum(1).max()))
    labels = labels[:, :most]
    corners = labels[..., :8].view(len(labels), most, 4, 2)
    boxes = torch.cat([corners.amin(2), corners.amax(2)], 2)
    kind = labels[..., 8]
    rows = (boxes, labels[..., :8], kind > 0, kind > 1, torch.from_numpy(batch.ignored))
    return Targets(*(row.to(device) for row in rows))


def plate_loss(decoded: Decoded, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    """What a batch of labelled plates costs."""
    return detection_loss(decoded, targets(batch, decoded.boxes.device))


def write_plates(net: DetectorNet, path: Path, version: str) -> None:
    export(net, path, version=version)


@dataclass(frozen=True)
class Task:
    """What a net is to learn: its size, what a batch costs, how its weights are written. ``anew``: parts that do not
    take the weights of an export to begin with. ``height``: of the samples, where they are not square."""

    size: NetSize = field(default_factory=NetSize)
    loss: Loss = plate_loss
    write: Callable[[DetectorNet, Path, str], None] = write_plates
    anew: tuple[str, ...] = ()
    height: int | None = None


PLATES = Task()


def groups(net: DetectorNet) -> list[dict[str, object]]:
    """Weight decay on matrices only."""
    matrices = [value for value in net.parameters() if value.ndim > 1]
    vectors = [value for value in net.parameters() if value.ndim <= 1]
    return [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": vectors, "weight_decay": 0.0}]


def planes(images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Tensor:
    """[N, H, W, 3] bytes -> float [N, 3, H, W] in channels-last order, which is how they already lie."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float()


@torch.no_grad()
def follow(average: DetectorNet, net: DetectorNet, step: int) -> None:
    """Move the averaged weights towards the net's."""
    keep = min(AVERAGE, (1 + step) / (10 + step))
    for slow, fast in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
        if slow.dtype.is_floating_point:
            slow.lerp_(fast, 1 - keep)
        else:
            slow.copy_(fast)


def learn(
    net: DetectorNet,
    optimiser: torch.optim.Optimizer,
    batch: Batch,
    *,
    cost: Loss = plate_loss,
    device: Device | None = None,
) -> dict[str, float]:
    """One step; returns the parts of its loss."""
    device = device or Device.named("cpu")
    with device.autocast():
        maps = net(planes(batch.images).to(device.name))
    loss, parts = cost(decode(maps, net.size.classes, net.size.stride), batch)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
    optimiser.step()
    return parts


def save(path: Path, state: dict[str, object]) -> None:
    """Whole or not at all."""
    half = path.with_suffix(".part")
    torch.save(state, half)
    half.replace(path)


def main(arguments: list[str] | None = None) -> int:
    train(parser(str(__doc__), Path("runs/detector"), RING, 416).parse_args(arguments), PLATES)
    return 0


def parser(description: str, runs: Path, ring: Path, side: int) -> argparse.ArgumentParser:
    """The options of a training."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--runs", type=Path, default=runs)
    parser.add_argument("--ring", type=Path, default=ring)
    parser.add_argument("--side", type=int, default=side)
    parser.add_argument("--minutes", type=float, default=100.0, help="whole training time, over all runs")
    parser.add_argument("--until", help="HH:MM today: end then instead")
    parser.add_argument("--peak", type=float, default=PEAK_RATE, help="rate of learning before it falls")
    parser.add_argument("--from-model", type=Path, help="begin with the weights of this export (FP32)")
    parser.add_argument("--frozen", type=int, default=0, help="so many levels, and the stem, stay as they are")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--save-minutes", type=float, default=5.0)
    add_option(parser)
    parser.add_argument("--model", type=Path, help="export the averaged weights here with every checkpoint")
    return parser


def train(options: argparse.Namespace, task: Task) -> None:
    """Train until the time is over or somebody asks to stop, and leave checkpoint and export."""
    torch.set_num_threads(1)
    torch.manual_seed(1)
    options.runs.mkdir(parents=True, exist_ok=True)
    ring = Ring(options.ring, options.side, task.height)
    while ring.written < max(4 * options.batch, SETTLING):
        time.sleep(0.5)
    device = Device.named(options.device)
    net, average = (each.to(device.name) for each in nets(options, ring, task))
    optimiser = torch.optim.AdamW(groups(net), lr=PEAK_RATE)
    path, step, seen, spent = options.runs / "last.pt", 0, 0, 0.0
    if path.exists():
        state = torch.load(path, weights_only=True, map_location=device.name)
        net.load_state_dict(state["net"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        step, seen, spent = state["step"], state["seen"], state["spent"]
    rng = np.random.default_rng(step)
    start = time.time()
    clock = Clock(spent, start, total_seconds(options, spent, start))
    log, saved, sums = (options.runs / "log.jsonl").open("a"), start, dict[str, float]()
    done = False
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    while not done:
        share = clock.share(time.time())
        for group in optimiser.param_groups:
            group["lr"] = rate(share, step, options.peak)
        parts = learn(net, optimiser, ring.take(options.batch, rng), cost=task.loss, device=device)
        step, seen, done = step + 1, seen + options.batch, share >= 1 or bool(stopped)
        follow(average, net, step)
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + value
        if step % 50 == 0:
            line = {name: round(value / 50, 4) for name, value in sums.items()}
            line |= {"step": step, "seen": seen, "fresh": ring.taken, "share": round(share, 4)}
            line |= {"rate": rate(share, step, options.peak), "minute": round((spent + time.time() - start) / 60, 2)}
            log.write(json.dumps(line) + "\n")
            log.flush()
            sums = {}
            if not math.isfinite(line["score"]):
                raise FloatingPointError(f"the loss is no longer a number at step {step}")
        if done or time.time() - saved > options.save_minutes * 60:
            saved = time.time()
            weights = {"net": on_cpu(net.state_dict()), "average": on_cpu(average.state_dict())}
            state = {**weights, "optimiser": optimiser.state_dict(), "size": average.size.as_dict()}
            save(path, {**state, "step": step, "seen": seen, "spent": spent + saved - start})
            if options.model:
                task.write(copy.deepcopy(average).cpu(), options.model, f"step-{step}")


def nets(options: argparse.Namespace, ring: Ring, task: Task) -> tuple[DetectorNet, DetectorNet]:
    """The net that learns, new or with the weights of an export, and its average."""
    net, average = DetectorNet(task.size), DetectorNet(task.size)
    if options.from_model:
        restore(net, options.from_model, planes(ring.images[:SETTLING]), task.anew)
    freeze(net, options.frozen)
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average.load_state_dict(net.state_dict())
    average.eval()
    return net, average


def freeze(net: DetectorNet, levels: int) -> None:
    """Let the stem and the first `levels` levels learn no more; with 0 all of the net learns."""
    for part in [net.stem, *net.levels[:levels]] if levels else []:
        part.requires_grad_(False)


def total_seconds(options: argparse.Namespace, spent: float, now: float) -> float:
    if not options.until:
        return float(options.minutes) * 60
    hour, minute = (int(part) for part in options.until.split(":"))
    today = time.localtime(now)
    end = time.mktime((*today[:3], hour, minute, 0, 0, 0, -1))
    return float(spent + end - now)


if __name__ == "__main__":
    sys.exit(main())
