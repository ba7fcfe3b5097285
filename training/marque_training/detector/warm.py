"""Put the weights of an exported detector back into a net that can be trained.

    python -m marque_training.detector.train --from-model MODEL.onnx

An export folds every batch norm into the convolution before it. Here each convolution takes its folded weights back,
and its batch norm is given the mean and variance of what passes through it, and factors by which it changes nothing.
Blocks that the exported net did not have begin as next to nothing, so that a deeper net starts where the smaller ended.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from marque_training.compress import expand
from marque_training.detector.net import Bottleneck, DetectorNet

ROOT = "net"
FAINT = 0.02


def folded(path: Path) -> dict[str, tuple[Tensor, Tensor]]:
    """Weights and bias of each convolution of an FP32 export, by the name of its module. Raises ValueError."""
    graph = expand(onnx.load(str(path))).graph
    stored = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    nodes = [node for node in graph.node if node.op_type == "Conv"]
    if not nodes or any(len(node.input) != 3 or node.input[1] not in stored for node in nodes):
        raise ValueError(f"{path} is no FP32 export of the detector")
    return {module_name(node.name): (stored[node.input[1]], stored[node.input[2]]) for node in nodes}


def module_name(node: str) -> str:
    """`/net/levels.0/levels.0.1/body/body.0/Conv` -> `levels.0.1.body.0`: containers repeat the name they are in."""
    parts: list[str] = []
    for part in node.strip("/").split("/")[1:-1]:
        if parts and part.startswith(f"{parts[-1]}."):
            parts[-1] = part
        else:
            parts.append(part)
    return ".".join(parts)


@torch.no_grad()
def restore(net: DetectorNet, path: Path, images: Tensor, anew: Collection[str] = ()) -> None:
    """Load `path` into `net`, which has the same or more blocks; `images` [N, 3, H, W] are what it will be trained on.
    The parts of the net that `anew` names begin as they are.

    Raises ValueError where the exported net has a convolution that this one has not.
    """
    weights = {name: value for name, value in folded(path).items() if not within(name, anew)}
    modules = dict(net.named_modules())
    if missing := [name for name, (value, _) in weights.items() if shape(modules.get(name)) != value.shape]:
        raise ValueError(f"{path} does not fit the net: {', '.join(missing)}")
    for name, (value, bias) in weights.items():
        convolution = modules[name]
        assert isinstance(convolution, nn.Conv2d)
        convolution.weight.copy_(value)
        if convolution.bias is not None:
            convolution.bias.copy_(bias)
    fade(net, {name for name, _ in net.named_modules() if within(name, anew)} | set(weights))
    settle(net, {name: bias for name, (_, bias) in weights.items()}, images)


def within(name: str, parts: Collection[str]) -> bool:
    """Whether a module is one of the parts, or in one."""
    return any(f"{name}.".startswith(f"{part}.") for part in parts)


def shape(module: nn.Module | None) -> torch.Size | None:
    return module.weight.shape if isinstance(module, nn.Conv2d) else None


def fade(net: DetectorNet, known: set[str]) -> None:
    """Let blocks that are not known add next to nothing; not nothing, which could not be trained through a ReLU."""
    for name, module in net.named_modules():
        if isinstance(module, Bottleneck) and f"{name}.body.1.0" not in known:
            last = module.body[1][1]  # type: ignore[index]
            assert isinstance(last, nn.BatchNorm2d)
            last.weight.fill_(FAINT)


def settle(net: DetectorNet, biases: dict[str, Tensor], images: Tensor) -> None:
    """One pass over `images`, in which each batch norm learns what comes in and becomes the bias that it was."""

    def measured(name: str) -> nn.Module:
        return net.get_submodule(f"{name.rpartition('.')[0]}.1")

    def take(norm: nn.BatchNorm2d, bias: Tensor | None, x: Tensor) -> None:
        variance, mean = torch.var_mean(x, (0, 2, 3), correction=0)
        norm.running_mean, norm.running_var = mean, variance
        if bias is not None:
            norm.weight.copy_((variance + norm.eps).sqrt())
            norm.bias.copy_(mean + bias)

    owners = {measured(name): bias for name, bias in biases.items() if net.get_submodule(name).bias is None}
    handles = [
        norm.register_forward_pre_hook(lambda norm, x: take(norm, owners.get(norm), x[0]))  # type: ignore[arg-type]
        for norm in net.modules()
        if isinstance(norm, nn.BatchNorm2d)
    ]
    training = net.training
    net.eval()
    net(images)
    net.train(training)
    for handle in handles:
        handle.remove()
