"""Put the weights of a published ONNX file back into a net, so that training goes on where no checkpoint was kept.

The file holds convolutions with their batch norms folded in. Each norm is set so that on drawn crops it is the identity
but for the folded bias: the net then answers as the file does, and its norms follow their batches from there on.
Modules that the file does not know stay as they were made: a grown net's blocks start as the identity.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from marque_training.compress import expand
from marque_training.recognizer.net import Recognizer

ROOT = "net."
"""what the exporter writes before the names of the net's parameters"""
Weights = dict[str, NDArray[np.float32]]


def published(path: Path) -> tuple[Weights, Weights]:
    """Parameters by their names in the net, and the biases of the folded convolutions by the names of these."""
    graph = expand(onnx.load(str(path))).graph
    stored = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    found = {name.removeprefix(ROOT): value for name, value in stored.items() if name.startswith(ROOT)}
    folded = {}
    for node in graph.node:
        if node.op_type == "Conv":
            found[_module(node) + ".weight"], folded[_module(node)] = (stored[name] for name in node.input[1:3])
        elif node.op_type == "MatMul" and node.input[1] in stored:
            found[_module(node) + ".weight"] = stored[node.input[1]].T
    return found, folded


def _module(node: onnx.NodeProto) -> str:
    """`/net/trunk/trunk.2/first/first.0/Conv_output_0` is what the module `trunk.2.first.0` gives."""
    parts: list[str] = []
    for part in node.output[0].split("/")[2:-1]:
        if parts and part.startswith(parts[-1] + "."):
            parts.pop()
        parts.append(part)
    return ".".join(parts)


@torch.inference_mode()
def warm_start(net: Recognizer, path: Path, crops: NDArray[np.uint8]) -> None:
    """Load the file's weights into `net`; `crops` (uint8 [N, 64, 160]) settle the batch norms. Raises ValueError where
    the file has a weight that the net has no place for."""
    found, folded = published(path)
    own = net.state_dict()
    if strange := sorted(name for name, value in found.items() if name not in own or own[name].shape != value.shape):
        raise ValueError(f"{path.name} does not fit this net: {', '.join(strange)}")
    net.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in found.items()}, strict=False)
    modules = dict(net.named_modules())
    norms = [(modules[_norm(name)], torch.from_numpy(bias.copy())) for name, bias in folded.items()]
    hooks = [norm.register_forward_pre_hook(partial(_settle, bias=bias)) for norm, bias in norms]
    net.eval()(torch.from_numpy(crops)[:, None])
    for hook in hooks:
        hook.remove()
    net.train()


def _norm(convolution: str) -> str:
    """The batch norm behind a convolution: the next of a sequence, or a residual block's own."""
    parent, _, last = convolution.rpartition(".")
    return f"{parent}.{int(last) + 1}" if last.isdigit() else f"{parent}.norm"


def _settle(norm: nn.BatchNorm2d, inputs: tuple[Tensor], bias: Tensor) -> None:
    variance, mean = torch.var_mean(inputs[0].float(), (0, 2, 3), correction=0)
    for running, value in ((norm.running_mean, mean), (norm.running_var, variance)):
        assert running is not None
        running.copy_(value)
    norm.weight.copy_((variance + norm.eps).sqrt())
    norm.bias.copy_(mean + bias)
