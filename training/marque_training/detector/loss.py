"""Which cells answer for which plate, and what a wrong answer costs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from marque_training.detector.net import Decoded

TOP = 9
SCORE_POWER, IOU_POWER = 0.5, 4.0
ENOUGH = 0.7  # overlap from which on a find is as right as it can be: labels are drawn no closer than that
BOX_WEIGHT, CORNER_WEIGHT, TOUCH_WEIGHT = 2.0, 1.5, 0.3


@dataclass
class Targets:
    """Labels of a batch: boxes [N, M, 4], quads [N, M, 8], real [N, M] (a label, not padding), exact [N, M] (its
    corners are known), ignored [N, I, 4] (all zero: padding)."""

    boxes: Tensor
    quads: Tensor
    real: Tensor
    exact: Tensor
    ignored: Tensor


@dataclass
class Assignment:
    """Per cell [N, A]: the label's index, whether the cell is positive, its wanted score; `free`: anything goes."""

    label: Tensor
    positive: Tensor
    quality: Tensor
    free: Tensor


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Overlap of broadcastable boxes [..., 4] -> [...]."""
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    inside = (high - low).clamp(min=0).prod(-1)
    areas = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1)
    return inside / (areas - inside).clamp(min=1e-6)


def ciou(a: Tensor, b: Tensor) -> Tensor:
    """Complete IoU of paired boxes [P, 4]: overlap, less the distance of centres and the difference of shape."""
    overlap = iou(a, b)
    span = torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])
    apart = ((a[:, :2] + a[:, 2:] - b[:, :2] - b[:, 2:]) / 2).square().sum(1) / span.square().sum(1).clamp(min=1e-6)
    side_a, side_b = (a[:, 2:] - a[:, :2]).clamp(min=1e-3), (b[:, 2:] - b[:, :2]).clamp(min=1e-3)
    turn = torch.atan(side_a[:, 0] / side_a[:, 1]) - torch.atan(side_b[:, 0] / side_b[:, 1])
    shape = turn.square() * 0.405
    with torch.no_grad():
        weight = shape / (1 - overlap + shape).clamp(min=1e-6)
    return overlap - apart - weight * shape


def contains(boxes: Tensor, points: Tensor, margin: float = 0.0) -> Tensor:
    """Boxes [N, M, 4], points [A, 2] -> [N, M, A]."""
    x, y = points[:, 0], points[:, 1]
    left, top, right, bottom = (side[..., None] for side in boxes.unbind(-1))
    return (x > left - margin) & (x < right + margin) & (y > top - margin) & (y < bottom + margin)


@torch.no_grad()
def assign(decoded: Decoded, targets: Targets) -> Assignment:
    """Task-aligned: each label takes the TOP cells in it where score^.5 x IoU^4 is largest.

    A label thinner than a cell may hold no cell's centre: half a cell around it counts as inside.
    """
    scores = decoded.logits[..., 0].sigmoid()
    overlap = iou(decoded.boxes[:, None], targets.boxes[:, :, None])
    inside = contains(targets.boxes, decoded.centres, decoded.stride / 2) & targets.real[..., None]
    metric = scores[:, None] ** SCORE_POWER * overlap**IOU_POWER
    # Far from trained, every overlap is nothing: let nearness to the middle of the label break ties.
    middle = (targets.boxes[..., :2] + targets.boxes[..., 2:]) / 2
    near = torch.cdist(middle, decoded.centres.expand(len(middle), -1, -1))
    ranked = torch.where(inside, metric + 1e-9 / (1 + near), torch.full_like(metric, -1.0))
    best, cells = ranked.topk(min(TOP, ranked.shape[-1]), -1)
    chosen = torch.zeros_like(inside).scatter_(-1, cells, best > 0)
    label = torch.where(chosen, overlap + 1e-6, torch.zeros_like(overlap)).argmax(1)
    positive = chosen.any(1)
    metric = torch.where(chosen, metric, torch.zeros_like(metric))
    scale = (torch.where(chosen, overlap, torch.zeros_like(overlap)).amax(-1, keepdim=True) / ENOUGH).clamp(max=1)
    scaled = metric / metric.amax(-1, keepdim=True).clamp(min=1e-9) * scale
    quality = scaled.gather(1, label[:, None])[:, 0] * positive
    free = contains(targets.ignored, decoded.centres).any(1) & ~positive
    return Assignment(label, positive, quality.clamp(0, 1), free)


def picked(values: Tensor, assignment: Assignment) -> Tensor:
    """Label values [N, M, D] of the positive cells -> [P, D]."""
    index = assignment.label[..., None].expand(-1, -1, values.shape[-1])
    return values.gather(1, index)[assignment.positive]


def corner_loss(quads: Tensor, wanted: Tensor, exact: Tensor) -> tuple[Tensor, Tensor]:
    """Distance of corners in half sides of the label; and for labels that know only their box, how far the outermost
    corners are from touching it. Quads [P, 8], exact [P] -> two losses [P]; each is zero where the other applies."""
    corners, truth = quads.view(-1, 4, 2), wanted.view(-1, 4, 2)
    low, high = truth.amin(1), truth.amax(1)
    half = ((high - low) / 2).clamp(min=2.0)
    known = functional.smooth_l1_loss(corners / half[:, None], truth / half[:, None], beta=0.1, reduction="none").mean(
        (1, 2)
    )
    touch_low = functional.smooth_l1_loss(corners.amin(1) / half, low / half, beta=0.1, reduction="none")
    touch_high = functional.smooth_l1_loss(corners.amax(1) / half, high / half, beta=0.1, reduction="none")
    touch = (touch_low + touch_high).mean(1)
    return known * exact, touch * ~exact


def score_loss(decoded: Decoded, assignment: Assignment) -> tuple[Tensor, Tensor]:
    """Quality-focal loss of the first scores, and the sum of qualities that it was divided by."""
    logits, quality = decoded.logits[..., 0], assignment.quality
    focus = (logits.sigmoid() - quality).abs().square() * ~assignment.free
    total = quality.sum().clamp(min=1.0)
    each = functional.binary_cross_entropy_with_logits(logits, quality, reduction="none")
    return (each * focus).sum() / total, total


def detection_loss(decoded: Decoded, targets: Targets) -> tuple[Tensor, dict[str, float]]:
    """The sum to minimise and its parts for the log."""
    assignment = assign(decoded, targets)
    score, total = score_loss(decoded, assignment)
    weight = assignment.quality[assignment.positive]
    boxes, wanted = decoded.boxes[assignment.positive], picked(targets.boxes, assignment)
    box = ((1 - ciou(boxes, wanted)) * weight).sum() / total
    exact = picked(targets.exact[..., None], assignment)[:, 0]
    known, touch = corner_loss(decoded.quads[assignment.positive], picked(targets.quads, assignment), exact)
    corner, touched = (known * weight).sum() / total, (touch * weight).sum() / total
    loss = score + BOX_WEIGHT * box + CORNER_WEIGHT * corner + TOUCH_WEIGHT * touched
    parts = {"score": score, "box": box, "corner": corner, "touch": touched}
    return loss, {name: float(value.detach()) for name, value in parts.items()}
