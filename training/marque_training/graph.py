"""Exported graphs, made cheaper without another answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper

TOP = 255
"""of a byte"""


def take_bytes(model: onnx.ModelProto, zero: int, step: float) -> onnx.ModelProto:
    """Let a net that begins with ``(float(bytes) - zero) * step`` do so in one DequantizeLinear; changes and returns
    `model`.

    The numbers are the same. In float it is one pass over the pixels instead of three; in INT8 it is none, since the
    bytes are the first convolution's quantised input as they come.
    """
    graph, source = model.graph, model.graph.input[0].name
    chain = _chain(graph, source, ("Cast", "Sub", "Mul"))
    constants = {"bytes.step": np.float32(step), "bytes.zero": np.uint8(zero)}
    graph.initializer.extend(numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items())
    node = helper.make_node("DequantizeLinear", [source, *constants], [chain[-1].output[0]], "bytes")
    for old in chain:
        graph.node.remove(old)
    graph.node.insert(0, node)
    return _swept(model)


def round_after_relu(model: onnx.ModelProto) -> onnx.ModelProto:
    """Quantise what a convolution gives after its ReLU alone, not before it as well; changes and returns `model`.

    Half of what a byte before the ReLU can say is negative and lost: rounding once, after it, is twice as fine, and
    runtimes then do convolution, ReLU and rounding in one step.
    """
    graph = model.graph
    made = {name: node for node in graph.node for name in node.output}
    read = _readers(graph)
    for relu in [node for node in graph.node if node.op_type == "Relu"]:
        back = made[relu.input[0]]
        if back.op_type != "DequantizeLinear" or len(read[back.output[0]]) > 1:
            continue
        rounding = made[back.input[0]]
        relu.input[0] = rounding.input[0]
        if any(node.op_type == "QuantizeLinear" for node in read[relu.output[0]]):
            graph.node.remove(rounding)
            graph.node.remove(back)
        else:
            _move_behind(graph, relu, rounding, back)
    return _swept(model)


def _move_behind(graph: onnx.GraphProto, relu: NodeProto, rounding: NodeProto, back: NodeProto) -> None:
    """The pair that rounded before the ReLU rounds behind it, over the positive part of its range."""
    held = {tensor.name: tensor for tensor in graph.initializer}
    step, zero = (numpy_helper.to_array(held[name]) for name in rounding.input[1:3])
    positive = np.asarray(step * (TOP - int(zero)) / TOP, np.float32)
    held[rounding.input[1]].CopyFrom(numpy_helper.from_array(positive, rounding.input[1]))
    held[rounding.input[2]].CopyFrom(numpy_helper.from_array(np.zeros_like(zero), rounding.input[2]))
    for node in graph.node:
        node.input[:] = [back.output[0] if name == relu.output[0] else name for name in node.input]
    rounding.input[0] = relu.output[0]
    graph.node.remove(relu)
    graph.node.insert(list(graph.node).index(rounding), relu)


def _chain(graph: onnx.GraphProto, source: str, kinds: Sequence[str]) -> list[NodeProto]:
    """The nodes that follow one another from ``source`` on, each the only reader of the one before. Raises ValueError
    where they are of other kinds."""
    read, chain = _readers(graph), list[NodeProto]()
    for kind in kinds:
        if [node.op_type for node in read[source]] != [kind]:
            raise ValueError(f"{source} should be read by one {kind}, not by {[n.op_type for n in read[source]]}")
        chain += read[source]
        source = chain[-1].output[0]
    return chain


def _readers(graph: onnx.GraphProto) -> dict[str, list[NodeProto]]:
    read = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            read[name].append(node)
    return read


def _swept(model: onnx.ModelProto) -> onnx.ModelProto:
    """Without the constants that nothing reads any more."""
    graph = model.graph
    used = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
    for node in [n for n in graph.node if n.op_type == "Constant" and n.output[0] not in used]:
        graph.node.remove(node)
    for tensor in [t for t in graph.initializer if t.name not in used]:
        graph.initializer.remove(tensor)
    onnx.checker.check_model(model)
    return model
