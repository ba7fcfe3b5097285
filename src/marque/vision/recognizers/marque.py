"""Marque's own plate recogniser.

A small network with a slot head and a CTC head (one of them is enough), which are decoded together, and a region head.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.ports import ModelContext, PluginConfig, Recognizer
from marque.types import Image, Reading, RegionScore
from marque.vision.decode import decode
from marque.vision.heads import CtcHead, Head, SlotHead
from marque.vision.models import Contract, Net, open_net, shipped

CONTRACT = Contract("recognizer", ("marque.version", "marque.alphabet"), any_output=("slots", "ctc"))
HEADS: dict[str, type[SlotHead] | type[CtcHead]] = {"slots": SlotHead, "ctc": CtcHead}
OTHER = "other"
"""the network's word for a region that is not among its own"""
REGIONS = 5
FAINT = 0.01
REQUIRES = ""
EXAMPLE = """
type: marque
precision: int8
"""


class Config(PluginConfig):
    """Options."""

    path: Path | None = None
    """another network of the same contract; none: the one in the package"""
    precision: Literal["fp32", "int8"] = "fp32"


class MarqueRecognizer:
    """See the module."""

    def __init__(self, net: Net) -> None:
        net.keep(CONTRACT)
        self.version = net.metadata["marque.version"]
        self.margin = float(net.metadata.get("marque.margin", 0.05))
        self.size: tuple[int, int] | None = (int(net.input_shape[3] or 0), int(net.input_shape[2] or 0))
        self._net = net
        self._alphabet = net.metadata["marque.alphabet"]
        self._regions = [code for code in net.metadata.get("marque.regions", "").split(",") if code]
        self._heads = [(name, HEADS[name]) for name in HEADS if name in net.outputs]

    def recognize(self, crops: Sequence[Image]) -> list[Reading]:
        """One reading per rectified crop; crops of another size are fitted. Raises InferenceError."""
        if not crops:
            return []
        out = self._net.run(np.stack([self._grey(crop) for crop in crops])[:, None])
        return [self._reading({name: values[row] for name, values in out.items()}) for row in range(len(crops))]

    def _grey(self, crop: Image) -> NDArray[np.uint8]:
        grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
        fits = (grey.shape[1], grey.shape[0]) == self.size
        return np.asarray(grey if fits else cv2.resize(grey, self.size, interpolation=cv2.INTER_AREA), np.uint8)

    def _reading(self, out: dict[str, NDArray[np.float32]]) -> Reading:
        heads: list[Head] = [make(out[name]) for name, make in self._heads]
        return Reading(decode(heads, self._alphabet), self._region_scores(out.get("region")))

    def _region_scores(self, scores: NDArray[np.float32] | None) -> tuple[RegionScore, ...]:
        if scores is None or not self._regions:
            return ()
        order = np.argsort(-scores)[:REGIONS]
        return tuple(
            RegionScore(self._regions[i], float(scores[i]))
            for i in order
            if scores[i] >= FAINT and self._regions[i] != OTHER
        )


def build(config: Config, context: ModelContext) -> Recognizer:
    """The recogniser of the package, or of ``path``. Raises ModelError."""
    return MarqueRecognizer(open_net(config.path or shipped("plate-recognizer", config.precision), context))
