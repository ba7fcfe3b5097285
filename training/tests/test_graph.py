"""A cheaper graph gives the same answers."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from marque_training.graph import round_after_relu, take_bytes

BYTES = np.random.default_rng(3).integers(0, 256, (1, 3, 8, 8), dtype=np.uint8)


def graph(nodes: list[onnx.NodeProto], constants: dict[str, NDArray[np.generic]]) -> onnx.ModelProto:
    """From bytes ``x`` to ``y``."""
    body = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, "c", "h", "w"])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def answer(model: onnx.ModelProto) -> NDArray[np.float32]:
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": BYTES})[0], np.float32)


def normalised(last: str = "Relu") -> onnx.ModelProto:
    nodes = [
        helper.make_node("Cast", ["x"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["f", "grey"], ["s"]),
        helper.make_node("Mul", ["s", "step"], ["m"]),
        helper.make_node(last, ["m"], ["y"]),
    ]
    return graph(nodes, {"grey": np.float32(114), "step": np.float32(1 / 64)})


def test_bytes_are_taken_in_one_step() -> None:
    before = answer(normalised())
    cheaper = take_bytes(normalised(), 114, 1 / 64)
    assert [node.op_type for node in cheaper.graph.node] == ["DequantizeLinear", "Relu"]
    assert [tensor.name for tensor in cheaper.graph.initializer] == ["bytes.step", "bytes.zero"]
    np.testing.assert_array_equal(answer(cheaper), before)


def test_a_net_that_begins_otherwise_is_refused() -> None:
    with pytest.raises(ValueError, match="x should be read by one Cast, not by "):
        take_bytes(take_bytes(normalised(), 114, 1 / 64), 114, 1 / 64)


def rounded(again: bool) -> onnx.ModelProto:
    """A convolution, rounded, its ReLU, and what reads that: a second rounding, or a plain node."""
    rounding = [
        helper.make_node("QuantizeLinear", ["c", "wide", "middle"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "wide", "middle"], ["d"]),
        helper.make_node("Relu", ["d"], ["r"]),
    ]
    second = [
        helper.make_node("QuantizeLinear", ["r", "fine", "none"], ["q2"]),
        helper.make_node("DequantizeLinear", ["q2", "fine", "none"], ["y"]),
    ]
    constants: dict[str, NDArray[np.generic]] = {
        "w": np.random.default_rng(1).normal(0, 0.02, (4, 3, 3, 3)).astype(np.float32),
        "wide": np.asarray(np.float32(0.1)),
        "middle": np.asarray(np.uint8(128)),
        "fine": np.asarray(np.float32(0.05)),
        "none": np.asarray(np.uint8(0)),
    }
    nodes = [helper.make_node("Cast", ["x"], ["f"], to=TensorProto.FLOAT), helper.make_node("Conv", ["f", "w"], ["c"])]
    return graph([*nodes, *rounding, *(second if again else [helper.make_node("Neg", ["r"], ["y"])])], constants)


@pytest.mark.parametrize(("again", "left"), [(True, 1), (False, 1)], ids=["rounded again", "read as it is"])
def test_what_a_relu_gives_is_rounded_once_and_finer(again: bool, left: int) -> None:
    plain = graph(
        [n for n in rounded(False).graph.node if n.op_type in ("Cast", "Conv")]
        + [helper.make_node("Relu", ["c"], ["r"]), helper.make_node("Neg" if not again else "Identity", ["r"], ["y"])],
        {t.name: numpy_helper.to_array(t) for t in rounded(False).graph.initializer if t.name == "w"},
    )
    cheaper = round_after_relu(rounded(again))
    kinds = [node.op_type for node in cheaper.graph.node]
    assert kinds.count("QuantizeLinear") == left
    assert kinds.index("Relu") == kinds.index("Conv") + 1
    true = answer(plain).clip(-255 * 0.05, 255 * 0.05)
    assert abs(answer(cheaper) - true).mean() < 0.6 * abs(answer(rounded(again)) - true).mean()
