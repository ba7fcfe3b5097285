"""Any detector exported by Ultralytics to ONNX: YOLOv8, v11 and their like, with or without NMS inside.

The file says its class names and input size itself. Classes whose name has the word "plate" in it are taken for plates;
``kinds`` says otherwise, and keeps only the classes that it names.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from marque.errors import InferenceError, ModelError
from marque.ports import Detector, ModelContext, PluginConfig
from marque.types import Box, Detection, Image
from marque.vision.boxes import Fit, Floats, fit_centred, letterbox, nms, planes
from marque.vision.models import Net, open_net

REQUIRES = ""
EXAMPLE = """
type: yolo
path: plates-yolo11n.onnx
threshold: 0.35
kinds: {license-plate: plate, car: car}
"""
PLATE = "plate"
SIZE = 640
ROW = 6
"""numbers per detection where NMS is inside: x0, y0, x1, y1, score, class"""


class Config(PluginConfig):
    """Options."""

    path: Path
    """the ONNX file"""
    threshold: float = Field(0.35, ge=0, le=1)
    iou: float = Field(0.5, ge=0, le=1)
    size: int | None = Field(None, ge=32)
    """side of the square input in pixels, where the file leaves it open"""
    kinds: Mapping[str, str] = Field(default_factory=dict)
    """class name in the file -> kind for Marque; plates are ``plate``"""


class YoloDetector:
    """See the module."""

    def __init__(self, net: Net, config: Config) -> None:
        self.version = f"{net.path.name} {net.metadata.get('version', '')}".strip()
        self._net, self._config = net, config
        names = _names(net)
        self._classes = len(names)
        self._kinds = {i: kind for i, name in names.items() if (kind := _kind(name, config.kinds))}
        if not self._kinds:
            raise ModelError(
                f"{net.path.name} knows none of {sorted(config.kinds)}", hint=f"It knows {list(names.values())}."
            )
        batch, _, height, width = net.input_shape
        self._size = _side(width, net, config), _side(height, net, config)
        self._one_by_one = isinstance(batch, int)

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        """What was found, best score first, boxes in picture pixels, no quads. Raises InferenceError."""
        if not images:
            return []
        fits = [fit_centred((image.shape[1], image.shape[0]), self._size) for image in images]
        inputs = np.stack([self._input(image, fit) for image, fit in zip(images, fits, strict=True)])
        rows = self._run(inputs)
        return [self._detections(r, fit, image) for r, fit, image in zip(rows, fits, images, strict=True)]

    def _input(self, image: Image, fit: Fit) -> NDArray[np.floating]:
        half = self._net.input_type == np.float16
        rgb = planes(letterbox(image, fit))[::-1]
        return (rgb / np.float32(255)).astype(np.float16 if half else np.float32)

    def _run(self, inputs: NDArray[np.floating]) -> list[Floats]:
        batches = [inputs[i : i + 1] for i in range(len(inputs))] if self._one_by_one else [inputs]
        outputs = [self._net.run(batch)[self._net.outputs[0]] for batch in batches]
        return [row.astype(np.float32) for output in outputs for row in output]

    def _detections(self, rows: Floats, fit: Fit, image: Image) -> list[Detection]:
        boxes, scores, classes = self._decoded(rows)
        keep = np.flatnonzero((scores >= self._config.threshold) & np.isin(classes, list(self._kinds)))
        keep = keep[nms(boxes[keep], scores[keep], classes[keep], self._config.iou)]
        height, width = image.shape[:2]
        found = fit.back(boxes[keep]).clip(0, [width, height, width, height])
        rows_ = zip(found.tolist(), scores[keep].tolist(), classes[keep].tolist(), strict=True)
        return [Detection(Box(*box), score, self._kinds[c]) for box, score, c in rows_]

    def _decoded(self, rows: Floats) -> tuple[Floats, Floats, NDArray[np.intp]]:
        """xyxy boxes in input pixels, scores and classes of one picture's output."""
        if rows.ndim == 2 and rows.shape[0] >= 4 + self._classes and rows.shape[1] != ROW:
            # [4 + K (+ masks or key points), A]: centre, size, a score per class.
            centres, sizes, scores = rows[:2].T, rows[2:4].T, rows[4 : 4 + self._classes]
            return np.hstack([centres - sizes / 2, centres + sizes / 2]), scores.max(0), scores.argmax(0)
        if rows.ndim == 2 and rows.shape[1] >= ROW:
            return rows[:, :4], rows[:, 4], rows[:, 5].astype(np.intp)
        raise InferenceError(
            f"{self._net.path.name} gave an output of shape {rows.shape}, which is none of YOLO's",
            hint=f"Its metadata names {self._classes} classes: expected are [{4 + self._classes}, A] or [M, 6].",
        )


def _names(net: Net) -> dict[int, str]:
    """Class number -> name, as the export wrote it: ``{0: 'plate'}``. Raises ModelError."""
    try:
        names = ast.literal_eval(net.metadata["names"])
        return {int(i): str(name) for i, name in (names.items() if isinstance(names, dict) else enumerate(names))}
    except (KeyError, ValueError, SyntaxError, TypeError) as error:
        raise ModelError(
            f"{net.path.name} does not say its class names",
            hint="Export it with Ultralytics (`yolo export format=onnx`), which writes `names` into the metadata.",
        ) from error


def _kind(name: str, kinds: Mapping[str, str]) -> str | None:
    if kinds:
        return kinds.get(name)
    return PLATE if PLATE in name.lower() else name


def _side(side: int | None, net: Net, config: Config) -> int:
    """A side of the input: fixed in the graph, or wanted by the options, or what the export's ``imgsz`` says."""
    if isinstance(side, int):
        return side
    return config.size or int(max(ast.literal_eval(net.metadata.get("imgsz", f"[{SIZE}]"))))


def build(config: Config, context: ModelContext) -> Detector:
    """The detector in ``path``. Raises ModelError."""
    return YoloDetector(open_net(config.path, context), config)
