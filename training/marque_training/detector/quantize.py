"""Write the INT8 copy of an exported detector: convolutions quantised, decoding left in float.

    python -m marque_training.detector.quantize --data DIR --model MODEL.onnx --out MODEL.int8.onnx

Calibrated on composed samples: held-out clean pictures, with plates pasted in.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from marque_training.compress import expand
from marque_training.datasets import data_folder
from marque_training.detector.compose import Composer
from marque_training.detector.feed import one_plate
from marque_training.detector.sets import CLEAN, Image, load
from marque_training.graph import round_after_relu

SAMPLES, SIDE = 96, 416
PERCENTILE = 99.999
"""of what passes is kept within a byte; cutting off more of the strong makes every score weaker"""


def composed(data: Path, seed: int = 7) -> Iterator[Image]:
    """Pictures that the net is calibrated on."""
    rng = np.random.default_rng(seed)
    pictures = [picture for source in CLEAN for picture in load(data, source, held=True)]
    composer = Composer(rng, pictures, [one_plate(rng) for _ in range(60)])
    return (composer.sample(SIDE).image for _ in range(SAMPLES))


class Samples(CalibrationDataReader):  # type: ignore[misc]
    """Pictures HxWx3, one at a time."""

    def __init__(self, pictures: Iterable[Image]) -> None:
        self._left = ({"images": np.ascontiguousarray(one.transpose(2, 0, 1)[None])} for one in pictures)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        return next(self._left, None)


def quantize(model: Path, out: Path, pictures: Iterable[Image]) -> None:
    """Write the INT8 copy of `model`, calibrated on `pictures`, to `out`: whole or not at all."""
    half, source = out.with_suffix(".part"), onnx.load(str(model))
    onnx.save(expand(source), str(half))
    quant_pre_process(str(half), str(half), skip_symbolic_shape=True)
    quantize_static(
        str(half),
        str(half),
        Samples(pictures),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        nodes_to_exclude=output_convolutions(half),
        calibrate_method=CalibrationMethod.Percentile,
        extra_options={"CalibPercentile": PERCENTILE},
    )
    result = with_steps(round_after_relu(onnx.load(str(half))))
    del result.metadata_props[:]
    result.metadata_props.extend(source.metadata_props)
    onnx.save(result, str(half))
    half.replace(out)


def with_steps(model: onnx.ModelProto) -> onnx.ModelProto:
    """Let what is always zero be rounded in steps of one: steps of zero, which it gets, no runtime can divide by."""
    steps = {node.input[1] for node in model.graph.node if node.op_type == "QuantizeLinear"}
    for tensor in model.graph.initializer:
        value = numpy_helper.to_array(tensor)
        if tensor.name in steps and not value.any():
            tensor.CopyFrom(numpy_helper.from_array(np.ones_like(value), tensor.name))
    return model


def output_convolutions(model: Path) -> list[str]:
    """The last convolutions give scores and shapes: they stay exact, as does what decodes them."""
    graph = onnx.load(str(model)).graph
    readers = {name: node for node in graph.node for name in node.input}
    following = {node.name: readers.get(node.output[0]) for node in graph.node if node.op_type == "Conv"}
    return [name for name, after in following.items() if after is not None and after.op_type == "Concat"]


def main(arguments: list[str] | None = None) -> int:
    return run(str(__doc__), composed, arguments)


def run(description: str, pictures: Callable[[Path], Iterable[Image]], arguments: list[str] | None) -> int:
    """The command line of it; ``pictures`` are composed of a folder's sets."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    quantize(options.model, options.out, pictures(options.data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
