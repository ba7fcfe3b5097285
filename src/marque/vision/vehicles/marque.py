"""Marque's own vehicle finder.

A small network of the same make as the plate detector. It looks at a picture shrunk to 224 pixels, gives each vehicle a
box and a score, and says which of five types it may be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from marque.ports import ModelContext, VehicleFinder
from marque.types import Attribute, Box, Detection, Image, SeenVehicle
from marque.vision.boxes import Fit, Floats, batch, fit_long_side, letterbox, nms
from marque.vision.chunks import chunks
from marque.vision.models import Contract, Net, NetConfig

CONTRACT = Contract(
    "vehicles", ("marque.version", "marque.types", "marque.long_side"), outputs=("boxes", "scores", "types")
)
MULTIPLE = 32
AT_ONCE = 16
"""pictures in one run at most"""
KIND = "vehicle"
REQUIRES = ""
EXAMPLE = """
type: marque
precision: int8
threshold: 0.4
"""


class Config(NetConfig):
    """Options; without a value, what the network's own card recommends."""

    threshold: float | None = None
    """score a vehicle needs"""
    iou: float = 0.55
    """overlap from which two boxes are one vehicle"""
    long_side: int | None = None
    """pixels to which a picture is shrunk"""


class MarqueVehicles:
    """See the module. Holds a network, no state of pictures."""

    def __init__(self, net: Net, config: Config) -> None:
        net.keep(CONTRACT)
        facts = net.metadata
        self.version = facts["marque.version"]
        self._net = net
        self._types = facts["marque.types"].split(",")
        self._side = config.long_side or int(facts["marque.long_side"])
        self._least = float(facts.get("marque.threshold", 0.4)) if config.threshold is None else config.threshold
        self._iou = config.iou

    def find(self, images: Sequence[Image]) -> list[list[SeenVehicle]]:
        """The vehicles of each picture, best score first, boxes in its pixels. Raises InferenceError."""
        small = [halved(image, self._side) for image in images]
        fits = [fit_long_side((one.shape[1], one.shape[0]), self._side, MULTIPLE) for one in small]
        alike = defaultdict(list)
        for index, fit in enumerate(fits):
            alike[fit.width, fit.height].append(index)
        found: dict[int, list[SeenVehicle]] = {}
        for members in alike.values():
            for some in chunks(members, AT_ONCE):
                out = self._net.run(batch([letterbox(small[i], fits[i]) for i in some]))
                found |= {i: self._seen(out, row, fits[i], images[i]) for row, i in enumerate(some)}
        return [found[i] for i in range(len(images))]

    def _seen(self, out: dict[str, Floats], row: int, fit: Fit, image: Image) -> list[SeenVehicle]:
        """What scores enough in one picture, the best of those that overlap."""
        scores = out["scores"][row, :, 0]
        keep = np.flatnonzero(scores >= self._least)
        whole = replace(fit, scale=min(1.0, self._side / max(image.shape[:2])))
        boxes = whole.back(out["boxes"][row, keep])
        order = nms(boxes, scores[keep], np.zeros(len(keep), np.intp), self._iou)
        limit = [image.shape[1], image.shape[0]] * 2
        rows = zip(boxes[order].clip(0, limit).tolist(), scores[keep][order].tolist(), keep[order], strict=True)
        return [
            SeenVehicle(Detection(Box(*box), score, KIND), self._kinds(out["types"][row, cell]))
            for box, score, cell in rows
        ]

    def _kinds(self, shares: Floats) -> tuple[Attribute, ...]:
        """Every type with its share, likeliest first."""
        return tuple(Attribute(self._types[i], float(shares[i])) for i in np.argsort(-shares, kind="stable"))


def halved(image: Image, long_side: float) -> Image:
    """The picture, halved as long as it stays at least as large as it will be seen: a mean of four pixels is a third of
    the work of a mean of five and a half.
    """
    while max(image.shape[:2]) >= 2 * long_side and min(image.shape[:2]) > 1:
        size = image.shape[1] // 2, image.shape[0] // 2
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return image


def build(config: Config, context: ModelContext) -> VehicleFinder:
    """The finder of the package, or of ``path``. Raises ModelError."""
    return MarqueVehicles(config.open("vehicle-detector", context), config)
