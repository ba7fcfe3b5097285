"""Store large weights in half precision and cast them when the file is opened: half the size, FP32 arithmetic.

ONNX Runtime folds the casts while it loads, so that a run costs nothing more.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import numpy_helper

LARGE = 512
"""values"""
_STORED = ".half"


def halve(model: onnx.ModelProto) -> onnx.ModelProto:
    """Replace each large float32 initializer by a float16 one and a Cast; changes and returns `model`."""
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) > LARGE:
            name = tensor.name
            values = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(values, name + _STORED))
            casts.append(
                onnx.helper.make_node("Cast", [name + _STORED], [name], name + ".cast", to=onnx.TensorProto.FLOAT)
            )
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)
    return model


def expand(model: onnx.ModelProto) -> onnx.ModelProto:
    """Undo `halve`: plain float32 initializers again; changes and returns `model`."""
    stored = {t.name: t for t in model.graph.initializer if t.name.endswith(_STORED)}
    nodes = [n for n in model.graph.node if not (n.op_type == "Cast" and n.input[0] in stored)]
    for name, tensor in stored.items():
        values = numpy_helper.to_array(tensor).astype(np.float32)
        tensor.CopyFrom(numpy_helper.from_array(values, name.removesuffix(_STORED)))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model
