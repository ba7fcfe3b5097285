"""The recogniser: one small trunk, a slot head and a CTC head that correct each other, and a region head.

The slot head knows positions, so it tells a letter from a digit by where it stands; the CTC head does not count, so one
glyph too many costs one letter, not the rest of the text. The CTC head also breaks the plateau on which the slot head
alone would stay for a long time.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

HEIGHT, WIDTH, ROWS, COLUMNS = 64, 160, 4, 20


@dataclass(frozen=True)
class NetConfig:
    """Sizes that make the net; kept in every checkpoint. `deep` counts the residual blocks on the token grid."""

    classes: int
    regions: int
    slots: int = 12
    channels: tuple[int, int, int, int] = (24, 48, 96, 128)
    layers: int = 2
    heads: int = 4
    deep: int = 1

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def conv_bn(inputs: int, outputs: int, stride: int | tuple[int, int] = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv_bn(channels, channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        nn.init.zeros_(self.norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        return relu(x + self.norm(self.second(self.first(x))))


class Attention(nn.Module):
    """Multi-head attention written out, so that it exports to plain matrix products."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.kv, self.out = nn.Linear(width, width), nn.Linear(width, 2 * width), nn.Linear(width, width)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        batch, length, width = x.shape
        q = self.q(x).reshape(batch, length, self.heads, -1).transpose(1, 2)
        k, v = self.kv(memory).reshape(batch, memory.shape[1], 2, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        # Written out: on a CPU the fused kernel's backward pass takes a third of a training step.
        mixed = (q @ k.transpose(-1, -2) * k.shape[-1] ** -0.5).softmax(-1).to(v.dtype) @ v
        joined: Tensor = self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        return joined


class Layer(nn.Module):
    """Pre-norm transformer layer; with `memory` it attends there first."""

    def __init__(self, width: int, heads: int, *, cross: bool = False) -> None:
        super().__init__()
        self.cross = Attention(width, heads) if cross else None
        self.cross_norm = nn.LayerNorm(width) if cross else None
        self.attend, self.norm = Attention(width, heads), nn.LayerNorm(width)
        self.feed = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.ReLU(inplace=True), nn.Linear(3 * width, width)
        )

    def start_as_identity(self) -> None:
        """Give nothing but the input until training says otherwise: a layer added to a trained net costs it nothing."""
        for last in (self.attend.out, self.feed[3]):
            for value in last.parameters():
                nn.init.zeros_(value)

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        if self.cross is not None and self.cross_norm is not None and memory is not None:
            x = x + self.cross(self.cross_norm(x), memory)
        normed = self.norm(x)
        x = x + self.attend(normed, normed)
        fed: Tensor = x + self.feed(x)
        return fed


class Recognizer(nn.Module):
    """uint8 [N, 1, 64, 160] grey -> logits: slots [N, S, C+1], ctc [N, 80, C+1], region [N, R]."""

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        self.config = config
        a, b, c, d = config.channels
        self.trunk = nn.Sequential(
            conv_bn(1, a, 2), conv_bn(a, b, 2), Residual(b), conv_bn(b, c, 2), Residual(c), conv_bn(c, d, (2, 1)),
            *(Residual(d) for _ in range(config.deep)),
        )  # fmt: skip
        self.position = nn.Parameter(torch.randn(1, ROWS * COLUMNS, d) * 0.02)
        self.layers = nn.ModuleList([Layer(d, config.heads) for _ in range(config.layers)])
        self.norm = nn.LayerNorm(d)
        self.queries = nn.Parameter(torch.randn(1, config.slots, d) * 0.2)
        self.reader = Layer(d, config.heads, cross=True)
        self.slot_head = nn.Sequential(nn.LayerNorm(d), nn.Linear(d, config.classes))
        self.lines = nn.Linear(d * ROWS // 2, 2 * d)
        self.ctc_head = nn.Linear(d, config.classes)
        self.region_head = nn.Linear(d, config.regions)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = images.float()
        mean = x.mean((1, 2, 3), keepdim=True)
        deviation = ((x - mean) ** 2).mean((1, 2, 3), keepdim=True).sqrt()
        x = (x - mean) / (deviation + 4.0)
        grid = self.trunk(x.contiguous(memory_format=torch.channels_last))
        tokens = grid.permute(0, 2, 3, 1).reshape(-1, ROWS * COLUMNS, grid.shape[1]) + self.position
        for layer in self.layers:
            tokens = layer(tokens)
        tokens = self.norm(tokens)
        slots = self.slot_head(self.reader(self.queries.expand(tokens.shape[0], -1, -1), tokens))
        return slots, self.ctc_head(self.steps(tokens)), self.region_head(tokens.mean(1))

    def steps(self, tokens: Tensor) -> Tensor:
        """The token grid as one line: top half, then bottom half, each twice as wide: [N, 80, D]."""
        batch, _, depth = tokens.shape
        grid = tokens.reshape(batch, 2, ROWS // 2, COLUMNS, depth).permute(0, 1, 3, 2, 4)
        halves = grid.reshape(batch, 2 * COLUMNS, ROWS // 2 * depth)
        return relu(self.lines(halves).reshape(batch, 4 * COLUMNS, depth))


class Deployed(nn.Module):
    """The net as it ships: probabilities out, temperatures folded in."""

    def __init__(self, net: Recognizer, slot_temperature: float = 1.0, ctc_temperature: float = 1.0) -> None:
        super().__init__()
        self.net, self.slot_temperature, self.ctc_temperature = net, slot_temperature, ctc_temperature

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        slots, ctc, region = self.net(images)
        return (
            (slots / self.slot_temperature).softmax(-1),
            (ctc / self.ctc_temperature).softmax(-1),
            region.softmax(-1),
        )
