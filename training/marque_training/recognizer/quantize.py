"""INT8 of the convolutions and of the transformer layers' products with weights, calibrated on drawn crops.

Products of activations, the readers and the heads stay in floating point: they take little time.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from marque_training.compress import expand, halve
from marque_training.graph import round_after_relu
from marque_training.recognizer.export import MODELS
from marque_training.recognizer.holdout import QUANTIZATION, images

CROPS, BATCH = 384, 32


class _Crops(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, crops: np.ndarray) -> None:
        self.batches = iter(crops[i : i + BATCH, None] for i in range(0, len(crops), BATCH))

    def get_next(self) -> dict[str, np.ndarray] | None:
        batch = next(self.batches, None)
        return None if batch is None else {"images": batch}


def quantize(model: Path, to: Path, crops: np.ndarray) -> None:
    """Write the INT8 version of `model`, with its metadata."""
    with tempfile.TemporaryDirectory() as folder:
        full, prepared, quantized = (Path(folder) / name for name in ("full.onnx", "prepared.onnx", "int8.onnx"))
        source = onnx.load(str(model))
        onnx.save(expand(source), str(full))
        quant_pre_process(str(full), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(quantized),
            _Crops(crops),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "MatMul"],
            nodes_to_quantize=quantized_nodes(prepared),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        result = round_after_relu(onnx.load(str(quantized)))
        onnx.helper.set_model_props(result, {p.key: p.value for p in source.metadata_props})
        onnx.save(halve(result), str(to))


def quantized_nodes(model: Path) -> list[str]:
    """All convolutions, and the products with weights in the layers between trunk and readers."""
    graph = onnx.load(str(model)).graph
    weights = {tensor.name for tensor in graph.initializer}
    products = [n.name for n in graph.node if n.op_type == "MatMul" and n.input[1] in weights and "/layers." in n.name]
    return [n.name for n in graph.node if n.op_type == "Conv"] + products


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODELS / "plate-recognizer.onnx")
    parser.add_argument("--to", type=Path, default=MODELS / "plate-recognizer.int8.onnx")
    args = parser.parse_args()
    logging.getLogger().setLevel(logging.ERROR)
    quantize(args.model, args.to, images(QUANTIZATION, CROPS))


if __name__ == "__main__":
    main()
