"""The detectors' net: small, anchor-free, one output level; scores, a box and, of plates, four corners per cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 8
GREY, SPREAD = 114, 64
"""what is taken from a byte, and what it is divided by"""
BOX_OUTPUTS, CORNER_OUTPUTS = 4, 8  # per cell: centre offset 2, log width and height 2; corner deltas. Scores on top
LOG_SIZE_LIMIT = 6.0


@dataclass(frozen=True)
class NetSize:
    """Channels of the five levels (strides 2 to 32) and of the head, and residual blocks per level."""

    channels: tuple[int, ...] = (16, 32, 48, 96, 160)
    blocks: tuple[int, ...] = (0, 1, 3, 3, 3)
    head: int = 64
    classes: int = 1
    corners: bool = True
    stride: int = STRIDE
    """of the output: 8 for what is small, 16 for what is not"""

    @property
    def shapes(self) -> int:
        """Outputs of a cell beside its scores."""
        return BOX_OUTPUTS + CORNER_OUTPUTS * self.corners

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> NetSize:
        """What :meth:`as_dict` gave, perhaps before there were nets without corners."""
        return cls(**{**stored, "channels": tuple(stored["channels"]), "blocks": tuple(stored["blocks"])})

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Bottleneck(nn.Module):
    """1x1 to half the channels, 3x3 back, added to the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(conv(channels, channels // 2, 1), conv(channels // 2, channels))

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = x + self.body(x)
        return result


class PooledPyramid(nn.Module):
    """SPPF: the same 5x5 maximum pool three times over, joined: a wide view for little work."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.enter = conv(channels, channels // 2, 1)
        self.leave = conv(channels * 2, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        levels = [self.enter(x)]
        for _ in range(3):
            levels.append(functional.max_pool2d(levels[-1], 5, 1, 2))
        result: Tensor = self.leave(torch.cat(levels, 1))
        return result


class Join(nn.Module):
    """Upsample the deeper level and join it with the finer one."""

    def __init__(self, deep: int, fine: int, outputs: int) -> None:
        super().__init__()
        self.lateral = conv(deep, fine, 1)
        self.mix = nn.Sequential(conv(fine * 2, outputs, 1), Bottleneck(outputs))

    def forward(self, deep: Tensor, fine: Tensor) -> Tensor:
        raised = functional.interpolate(self.lateral(deep), scale_factor=2.0, mode="nearest")
        result: Tensor = self.mix(torch.cat([raised, fine], 1))
        return result


class DetectorNet(nn.Module):
    """uint8-valued BGR planes [N, 3, H, W] -> raw maps [N, classes + shapes, H/stride, W/stride]; see
    `decode`."""

    def __init__(self, size: NetSize | None = None) -> None:
        super().__init__()
        self.size = size or NetSize()
        c = self.size.channels
        self.levels = nn.ModuleList(
            nn.Sequential(conv(before, after, 3, 2), *(Bottleneck(after) for _ in range(blocks)))
            for before, after, blocks in zip(c, c[1:], self.size.blocks[1:], strict=False)
        )
        # The first map is the largest by far: without a batch norm there, a training step is a fifth faster.
        self.stem = nn.Sequential(nn.Conv2d(3, c[0], 3, 2, 1), nn.ReLU(inplace=True))
        self.pool = PooledPyramid(c[4])
        head = self.size.head
        if self.size.stride == STRIDE:
            self.join16, self.join8 = Join(c[4], c[3], c[3]), Join(c[3], c[2], head)
        else:
            self.join16 = Join(c[4], c[3], head)
        self.score = nn.Sequential(conv(head, head // 2), nn.Conv2d(head // 2, self.size.classes, 1))
        self.shape = nn.Sequential(conv(head, 3 * head // 4), nn.Conv2d(3 * head // 4, self.size.shapes, 1))
        self._initialise()

    def _initialise(self) -> None:
        last = self.score[-1]
        assert isinstance(last, nn.Conv2d)
        assert last.bias is not None
        nn.init.constant_(last.bias, -5.0)  # one cell in 150 is a plate: start from there
        nn.init.normal_(last.weight, std=0.01)

    def forward(self, images: Tensor) -> Tensor:
        x = self.stem((images - GREY) * (1.0 / SPREAD))
        features = []
        for level in self.levels:
            x = level(x)
            features.append(x)
        x = self.join16(self.pool(features[3]), features[2])
        if self.size.stride == STRIDE:
            x = self.join8(x, features[1])
        return torch.cat([self.score(x), self.shape(x)], 1)


@dataclass(frozen=True)
class Decoded:
    """Per cell: score logits [N, A, K], boxes xyxy [N, A, 4], quads [N, A, 8], centres [A, 2]; pixels of the input."""

    logits: Tensor
    boxes: Tensor
    quads: Tensor
    centres: Tensor
    stride: int = STRIDE


def cell_centres(height: int, width: int, device: torch.device | None = None, stride: int = STRIDE) -> Tensor:
    ys = (torch.arange(height, device=device, dtype=torch.float32) + 0.5) * stride
    xs = (torch.arange(width, device=device, dtype=torch.float32) + 0.5) * stride
    return torch.stack([xs.repeat(height), ys.repeat_interleave(width)], 1)


def decode(maps: Tensor, classes: int = 1, stride: int = STRIDE) -> Decoded:
    """Raw maps to boxes and corners.

    The corners are counted from the box's centre in half widths and heights: an upright plate's are all +-1. A net
    without corners gives the box's own.
    """
    centres = cell_centres(maps.shape[2], maps.shape[3], maps.device, stride)
    flat = maps.flatten(2).transpose(1, 2).float()
    logits, offset, log_size, deltas = torch.split(flat, [classes, 2, 2, flat.shape[2] - classes - BOX_OUTPUTS], 2)
    middle = centres + offset * stride
    half = log_size.clamp(-LOG_SIZE_LIMIT, LOG_SIZE_LIMIT).exp() * (stride / 2)
    boxes = torch.cat([middle - half, middle + half], 2)
    upright = torch.tensor([-1.0, -1, 1, -1, 1, 1, -1, 1], device=maps.device)
    quads = torch.cat([middle] * 4, 2) + torch.cat([half] * 4, 2) * (upright + deltas if deltas.shape[2] else upright)
    return Decoded(logits, boxes, quads, centres, stride)
