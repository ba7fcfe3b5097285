"""Networks of a few nodes that keep the contracts of the real ones, made in a moment by a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
DETECTOR = {
    "marque.kind": "detector",
    "marque.version": "tiny",
    "marque.classes": "plate",
    "marque.threshold": "0.5",
    "marque.size": '{"long_side": 640, "small_long_side": 640}',
}
RECOGNIZER = {
    "marque.kind": "recognizer",
    "marque.version": "tiny",
    "marque.alphabet": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "marque.regions": "other,gb,de",
    "marque.margin": "0.1",
}


VERIFIER = {
    "marque.kind": "verifier",
    "marque.version": "tiny",
    "marque.view": '{"width": 192, "height": 128, "find": 64, "grow": 3}',
}
VEHICLES = {
    "marque.kind": "vehicles",
    "marque.version": "tiny",
    "marque.types": "car,truck",
    "marque.threshold": "0.5",
    "marque.long_side": "320",
}


def save(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[str],
    constants: Mapping[str, NDArray[np.generic]],
    metadata: Mapping[str, str],
) -> Path:
    """Write a graph whose outputs are float32."""
    graph = helper.make_graph(
        list(nodes),
        "tiny",
        list(inputs),
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    helper.set_model_props(model, dict(metadata))
    onnx.save(model, str(path))
    return path


def bright_detector(path: Path, **changes: str | None) -> Path:
    """Finds the one bright thing in each picture: its bounding box, its corners, and 1 where there is one.

    ``changes`` are of the metadata, without their ``marque.``; None leaves a key out.
    """
    constants = {"limit": np.float32(200), "one": np.float32(1), "axis": np.array([1], np.int64)}
    images = helper.make_tensor_value_info("images", TensorProto.UINT8, ["n", 3, "height", "width"])
    arrays = {name: np.asarray(value) for name, value in constants.items()}
    return save(path, _bright(), [images], ["boxes", "scores", "quads"], arrays, _changed(DETECTOR, changes))


def bright_verifier(path: Path, **changes: str | None) -> Path:
    """The same for a close-up: one grid of cells, one of which sees the bright thing. ``changes`` as above."""
    return bright_detector(path, **{**dict.fromkeys(_names(DETECTOR)), **_names(VERIFIER), **changes})


def bright_vehicles(path: Path, types: Sequence[float] = (0.2, 0.8), **changes: str | None) -> Path:
    """Finds the one bright thing in each picture and says how likely it is of each type. ``changes`` as above."""
    nodes = [
        *_bright(),
        helper.make_node("Shape", ["images"], ["n"], start=0, end=1),
        helper.make_node("Concat", ["n", "rest"], ["shape"], axis=0),
        helper.make_node("Expand", ["shares", "shape"], ["types"]),
    ]
    constants = {"limit": np.float32(200), "one": np.float32(1), "axis": np.array([1], np.int64)}
    constants |= {"rest": np.array([1, len(types)], np.int64), "shares": np.array([[types]], np.float32)}
    images = helper.make_tensor_value_info("images", TensorProto.UINT8, ["n", 3, "height", "width"])
    arrays = {name: np.asarray(value) for name, value in constants.items()}
    return save(path, nodes, [images], ["boxes", "scores", "types"], arrays, _changed(VEHICLES, changes))


def _bright() -> list[onnx.NodeProto]:
    """The bounding box of the bright thing, its corners, and 1 where there is one."""
    nodes = [
        helper.make_node("Cast", ["images"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["float"], ["grey"], axes=[1], keepdims=0),
        helper.make_node("Greater", ["grey", "limit"], ["over"]),
        helper.make_node("Cast", ["over"], ["bright"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["bright"], ["columns"], axes=[1], keepdims=0),
        helper.make_node("ReduceMax", ["bright"], ["rows"], axes=[2], keepdims=0),
    ]
    for axis, line in (("x", "columns"), ("y", "rows")):
        nodes += [
            helper.make_node("ArgMax", [line], [f"{axis}_first"], axis=1),
            helper.make_node("Cast", [f"{axis}_first"], [f"{axis}0"], to=TensorProto.FLOAT),
            helper.make_node("ArgMax", [line], [f"{axis}_last"], axis=1, select_last_index=1),
            helper.make_node("Cast", [f"{axis}_last"], [f"{axis}_last_float"], to=TensorProto.FLOAT),
            helper.make_node("Add", [f"{axis}_last_float", "one"], [f"{axis}1"]),
        ]
    nodes += [
        helper.make_node("Concat", ["x0", "y0", "x1", "y1"], ["box"], axis=1),
        helper.make_node("Unsqueeze", ["box", "axis"], ["boxes"]),
        helper.make_node("Concat", ["x0", "y0", "x1", "y0", "x1", "y1", "x0", "y1"], ["quad"], axis=1),
        helper.make_node("Unsqueeze", ["quad", "axis"], ["quads"]),
        helper.make_node("ReduceMax", ["columns"], ["score"], axes=[1], keepdims=1),
        helper.make_node("Unsqueeze", ["score", "axis"], ["scores"]),
    ]
    return nodes


def sure_of(text: str, alphabet: str, steps: int, every: int, sure: float = 0.998) -> NDArray[np.float32]:
    """[steps, C+1] probabilities that say ``text``, a character at every ``every``-th step from ``every // 2`` on."""
    classes = np.zeros(steps, np.intp)
    classes[every // 2 :: every][: len(text)] = [alphabet.index(char) + 1 for char in text]
    spread = np.full((steps, len(alphabet) + 1), (1 - sure) / len(alphabet), np.float32)
    spread[np.arange(steps), classes] = sure
    return spread


def constant_recognizer(path: Path, text: str, **changes: str | None) -> Path:
    """Reads every picture as ``text`` from region gb. ``changes`` as above."""
    alphabet = RECOGNIZER["marque.alphabet"]
    answers = {
        "slots": sure_of(text, alphabet, 12, 1)[None],
        "ctc": sure_of(text, alphabet, 80, 4)[None],
        "region": np.array([[0.1, 0.8, 0.1]], np.float32),
    }
    constants: dict[str, NDArray[np.generic]] = {f"{name}_one": value for name, value in answers.items()}
    constants |= {f"{name}_rest": np.array(value.shape[1:], np.int64) for name, value in answers.items()}
    nodes = [helper.make_node("Shape", ["images"], ["n"], start=0, end=1)]
    for name in answers:
        nodes += [
            helper.make_node("Concat", ["n", f"{name}_rest"], [f"{name}_shape"], axis=0),
            helper.make_node("Expand", [f"{name}_one", f"{name}_shape"], [name]),
        ]
    images = helper.make_tensor_value_info("images", TensorProto.UINT8, ["n", 1, 64, 160])
    return save(path, nodes, [images], list(answers), constants, _changed(RECOGNIZER, changes))


def constant_yolo(
    path: Path, rows: NDArray[np.float32], names: str | None, shape: Sequence[int | str], kind: int = TensorProto.FLOAT
) -> Path:
    """Answers every input of ``shape`` with ``rows``, one copy per picture; ``names`` is the metadata of that name."""
    constants: dict[str, NDArray[np.generic]] = {"one": rows[None], "rest": np.array(rows.shape, np.int64)}
    nodes = [
        helper.make_node("Shape", ["images"], ["n"], start=0, end=1),
        helper.make_node("Concat", ["n", "rest"], ["shape"], axis=0),
        helper.make_node("Expand", ["one", "shape"], ["output0"]),
    ]
    images = helper.make_tensor_value_info("images", kind, list(shape))
    return save(path, nodes, [images], ["output0"], constants, {} if names is None else {"names": names})


def _names(metadata: Mapping[str, str]) -> dict[str, str]:
    """Metadata without its ``marque.``."""
    return {key.removeprefix("marque."): value for key, value in metadata.items()}


def _changed(metadata: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    mixed = {**metadata, **{f"marque.{key}": value for key, value in changes.items()}}
    return {key: value for key, value in mixed.items() if value is not None}
