"""What a wrong answer about vehicles costs: the detector's scores and boxes, and the type where it is known."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from marque_training.detector.feed import Batch
from marque_training.detector.loss import Targets, assign, ciou, picked, score_loss
from marque_training.detector.net import Decoded
from marque_training.detector.train import targets

BOX_WEIGHT, TYPE_WEIGHT, SOFT = 4.0, 1.0, 0.05


def vehicle_loss(decoded: Decoded, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    """The sum to minimise and its parts for the log. The first score says vehicle, the others which type."""
    device = decoded.boxes.device
    wanted = targets(batch, device)
    types = torch.from_numpy(batch.labels[:, : wanted.boxes.shape[1], 8].astype("int64")) - 2
    return detection_and_type_loss(decoded, wanted, types.to(device))


def detection_and_type_loss(decoded: Decoded, wanted: Targets, types: Tensor) -> tuple[Tensor, dict[str, float]]:
    """`types` [N, M]: the place of each label's type, negative where it is unknown."""
    assignment = assign(decoded, wanted)
    score, total = score_loss(decoded, assignment)
    weight = assignment.quality[assignment.positive]
    boxes, labels = decoded.boxes[assignment.positive], picked(wanted.boxes, assignment)
    box = ((1 - ciou(boxes, labels)) * weight).sum() / total
    kinds = picked(types[..., None], assignment)[:, 0]
    known = kinds >= 0
    logits = decoded.logits[assignment.positive][:, 1:][known]
    each = functional.cross_entropy(logits, kinds[known], reduction="none", label_smoothing=SOFT)
    kind = (each * weight[known]).sum() / weight[known].sum().clamp(min=1.0)
    loss = score + BOX_WEIGHT * box + TYPE_WEIGHT * kind
    return loss, {name: float(value.detach()) for name, value in (("score", score), ("box", box), ("type", kind))}
