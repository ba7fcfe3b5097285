"""Where nets are trained: the first CUDA card, or the CPU."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True)
class Device:
    """`half`: whether bfloat16 is faster there; a CPU without instructions for it takes three times as long."""

    name: torch.device
    half: bool

    @classmethod
    def named(cls, name: str) -> Device:
        """`auto`, or what torch calls it. Raises RuntimeError for a CUDA card that is not there."""
        cuda = torch.cuda.is_available()
        kind = torch.device(("cuda" if cuda else "cpu") if name == "auto" else name)
        if kind.type == "cuda" and not cuda:
            raise RuntimeError("torch finds no CUDA card here: train with --device cpu")
        cpu = torch.cpu.get_capabilities()
        return cls(kind, kind.type != "cpu" or bool(cpu.get("avx512_bf16", False) or cpu.get("amx_bf16", False)))

    def autocast(self) -> AbstractContextManager[object]:
        """In which a net runs in half precision, where that pays."""
        return torch.autocast(self.name.type, torch.bfloat16, enabled=self.half)


def add_option(parser: ArgumentParser) -> None:
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default: a CUDA card, if any)")


def on_cpu(state: Mapping[str, Any]) -> dict[str, Any]:
    """A net's weights for a checkpoint that any machine can open."""
    return {name: value.cpu() for name, value in state.items()}
