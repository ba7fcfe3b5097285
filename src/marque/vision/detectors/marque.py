"""Marque's own plate detector.

A small anchor-free network that gives each plate a box, its four corners and a score. Pictures are shrunk to
``long_side`` for it; pictures much larger than that are looked at a second time in finer detail, where only plates too
small for the first look count, so that a plate 40 pixels wide in a large photo is found and a small picture costs
nothing more.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from marque.errors import ModelError
from marque.ports import Detector, ModelContext, PluginConfig
from marque.types import Box, Detection, Image
from marque.vision.boxes import Fit, Floats, corners, fit_long_side, letterbox, nms, planes
from marque.vision.chunks import chunks
from marque.vision.models import Contract, Net, open_net, shipped

CONTRACT = Contract("detector", ("marque.version", "marque.classes"), outputs=("boxes", "scores", "quads"))
MULTIPLE = 32
RUN_PIXELS = 4_000_000
"""input pixels of one run at most: it bounds the memory"""
REQUIRES = ""
EXAMPLE = """
type: marque
precision: int8
threshold: 0.4
"""


class Config(PluginConfig):
    """Options; without a value, what the network's own card recommends."""

    path: Path | None = None
    """another network of the same contract; none: the one in the package"""
    precision: Literal["fp32", "int8"] = "fp32"
    threshold: float | None = None
    iou: float = 0.5
    long_side: int | None = None
    """pixels to which a picture is shrunk"""
    detail_side: int | None = None
    """pixels to which a large picture is shrunk for the second look; 0: no second look"""


@dataclass(frozen=True, slots=True)
class Policy:
    """At which sizes pictures are looked at, in pixels of their long side."""

    long_side: float = 640
    small_long_side: float = 640
    """for pictures that ``long_side`` would not shrink: close-ups, whose plates are large"""
    grow: float = 1.0
    """how far a picture smaller than that may be enlarged"""
    detail_side: float = 1920
    detail_above: float = 2.0
    """pictures this many times larger than ``long_side`` get the second look"""
    detail_width: float = 40.0
    """plates that the first look saw wider than this need no second"""

    close_side: float = 0.0
    """pictures without a find are looked at once more at this size, for a plate that fills them; 0: never"""
    close_share: float = 0.3
    """what share of the picture's width such a plate takes at least"""

    @classmethod
    def of(cls, net: Net, config: Config) -> Policy:
        """The defaults, changed by the network's card, changed by the options. Raises ModelError."""
        options = {"long_side": config.long_side, "detail_side": config.detail_side}
        try:
            card = json.loads(net.metadata.get("marque.size", "{}"))
            known = {f.name: float(card[f.name]) for f in fields(cls) if f.name in card}
        except (TypeError, ValueError) as error:
            raise ModelError(
                f"marque.size of {net.path.name} cannot be used: {error}", hint="Export it again."
            ) from error
        return cls(**known | {k: v for k, v in options.items() if v is not None})

    def first(self, side: float) -> float:
        """The long side at which a picture of this long side is looked at first."""
        return self.long_side if side > self.long_side else self.small_long_side

    def second(self, side: float) -> float | None:
        """The long side for the second look, or None where none is needed."""
        large = side > self.detail_above * self.long_side and self.detail_side > self.long_side
        return min(side, self.detail_side) if large else None


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of what one look saw in one picture, in picture pixels: [N, 4] xyxy, [N], [N] class, [N, 8]."""

    boxes: Floats
    scores: Floats
    classes: NDArray[np.intp]
    quads: Floats

    def only(self, keep: NDArray[Any]) -> Found:
        return Found(self.boxes[keep], self.scores[keep], self.classes[keep], self.quads[keep])

    def with_(self, other: Found) -> Found:
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Found(*(np.concatenate(pair) for pair in pairs))


class MarqueDetector:
    """See the module. Holds a network, no state of pictures."""

    def __init__(self, net: Net, config: Config) -> None:
        net.keep(CONTRACT)
        self.version = net.metadata["marque.version"]
        self.policy = Policy.of(net, config)
        self._net = net
        self._classes = net.metadata["marque.classes"].split(",")
        self._threshold = (
            float(net.metadata.get("marque.threshold", 0.4)) if config.threshold is None else config.threshold
        )
        self._iou = config.iou

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        """Plates of each picture, best score first, boxes and quads in its pixels. Raises InferenceError."""
        sides = [float(max(image.shape[:2])) for image in images]
        found = self._look(images, [self.policy.first(side) for side in sides])
        closer = {i: long for i, side in enumerate(sides) if (long := self.policy.second(side))}
        for i, more in zip(closer, self._look([images[i] for i in closer], list(closer.values())), strict=True):
            small = self.policy.detail_width * sides[i] / self.policy.long_side
            # The closer look comes first: it wins a tie, and it sees the borders better.
            found[i] = more.only(more.boxes[:, 2] - more.boxes[:, 0] < small).with_(found[i])
        self._step_back(images, found)
        return [self._detections(f, image) for f, image in zip(found, images, strict=True)]

    def _step_back(self, images: Sequence[Image], found: list[Found]) -> None:
        """Look for a plate that fills the picture where nothing else was found; it was too large for the first look."""
        empty = [i for i, f in enumerate(found) if not f.scores.size] if self.policy.close_side else []
        sizes = [self.policy.close_side] * len(empty)
        for i, seen in zip(empty, self._look([images[i] for i in empty], sizes), strict=True):
            found[i] = seen.only(seen.boxes[:, 2] - seen.boxes[:, 0] >= self.policy.close_share * images[i].shape[1])

    def _look(self, images: Sequence[Image], long_sides: Sequence[float]) -> list[Found]:
        """One look at each picture at its long side; pictures that make inputs of one shape share runs."""
        grow = self.policy.grow
        fits = [
            fit_long_side((i.shape[1], i.shape[0]), s, MULTIPLE, grow) for i, s in zip(images, long_sides, strict=True)
        ]
        batches = defaultdict(list)
        for index, fit in enumerate(fits):
            batches[fit.width, fit.height].append(index)
        found: dict[int, Found] = {}
        for (width, height), members in batches.items():
            for batch in chunks(members, max(1, RUN_PIXELS // (width * height))):
                out = self._net.run(np.stack([planes(letterbox(images[i], fits[i])) for i in batch]))
                found |= {i: self._found(out, row, fits[i]) for row, i in enumerate(batch)}
        return [found[i] for i in range(len(images))]

    def _found(self, out: dict[str, Floats], row: int, fit: Fit) -> Found:
        """What is over the threshold, each row with its best class."""
        scores = out["scores"][row]
        best = scores.max(1)
        keep = np.flatnonzero(best >= self._threshold)
        boxes, quads = fit.back(out["boxes"][row, keep]), fit.back(out["quads"][row, keep])
        return Found(boxes, best[keep], scores[keep].argmax(1), quads)

    def _detections(self, found: Found, image: Image) -> list[Detection]:
        found = found.only(nms(found.boxes, found.scores, found.classes, self._iou))
        height, width = image.shape[:2]
        boxes = found.boxes.clip(0, [width, height, width, height])
        rows = zip(boxes.tolist(), found.scores.tolist(), found.classes.tolist(), found.quads.tolist(), strict=True)
        return [
            Detection(Box(*box), score, self._classes[kind], corners(quad, Box(*box)))
            for box, score, kind, quad in rows
        ]


def build(config: Config, context: ModelContext) -> Detector:
    """The detector of the package, or of ``path``. Raises ModelError."""
    return MarqueDetector(open_net(config.path or shipped("plate-detector", config.precision), context), config)
