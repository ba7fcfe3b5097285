"""Marque's own plate detector.

A small anchor-free network that gives each plate a box, its four corners and a score. Pictures are shrunk to
``long_side`` for it; in pictures much larger than that, places where something small may be a plate are looked at a
second time in finer detail, so that a plate 40 pixels wide in a large photo is found, and an empty scene costs nothing
more. What may be a plate or not is looked at once more by itself, by this network and by the verifier.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marque.errors import ModelError
from marque.ports import Detector, ModelContext
from marque.types import Box, Detection, Image
from marque.vision.boxes import Fit, Floats, batch, corners, fit_long_side, inside, iou, letterbox, nms, windows
from marque.vision.chunks import chunks
from marque.vision.models import Contract, Net, NetConfig, open_net, shipped
from marque.vision.second_look import SecondLook, View, settled

CONTRACT = Contract("detector", ("marque.version", "marque.classes"), outputs=("boxes", "scores", "quads"))
MULTIPLE = 32
RUN_PIXELS = 4_000_000
"""input pixels of one run at most: it bounds the memory"""
DETAIL = 256, 160
"""width and height of the input for the second look at one place"""
EDGE = 2
"""pixels from the edge of such a place up to which a find counts as cut"""
ALONE = 384, 224
"""width and height of its input for a second look at one find"""
REQUIRES = ""
EXAMPLE = """
type: marque
precision: int8
threshold: 0.4
"""


class Config(NetConfig):
    """Options; without a value, what the network's own card recommends."""

    threshold: float | None = None
    iou: float = 0.5
    long_side: int | None = None
    """pixels to which a picture is shrunk"""
    detail_side: int | None = None
    """pixels to which a large picture is shrunk for the second look at parts of it; 0: no second look"""
    verifier: Path | bool = True
    """whether a net of its own looks once more at what may be a plate; a path: another one than that of the package"""

    def open_verifier(self, context: ModelContext) -> Net:
        """The verifier's network. Raises ModelError."""
        path = self.verifier if isinstance(self.verifier, Path) else None
        return open_net(path or shipped("plate-verifier", self.precision, context.device), context)


@dataclass(frozen=True, slots=True)
class Policy:
    """At which sizes pictures are looked at, in pixels of their long side."""

    long_side: float = 640
    small_long_side: float = 640
    """for pictures that ``long_side`` would not shrink: close-ups, whose plates are large"""
    grow: float = 1.0
    """how far a picture smaller than that may be enlarged"""
    detail_side: float = 1920
    detail_above: float = 1.5
    """pictures this many times larger than ``long_side`` get the second look"""
    detail_width: float = 40.0
    """plates that the first look saw wider than this need no second"""
    detail_score: float = 0.15
    """score from which something narrower is worth the second look"""
    detail_places: float = 16
    """how many places get it at most, those of the best scores"""

    unsure_from: float = 0.0
    unsure_to: float = 0.0
    """scores between which a find gets a second look by itself, and the mean of both counts; equal: never"""
    doubt_from: float = 0.0
    doubt_to: float = 1.0
    """scores between which it gets one more after that of the verifier"""
    unsure_width: float = 96.0
    """how wide the detector's own network sees it then, in pixels of its input"""
    unsure_grow: float = 2.5
    """how far the picture may be enlarged for that"""
    unsure_places: float = 8
    """how many of a picture are looked at so at most, those of the best scores"""
    loose: float = 0.0
    """score from which a find is told, as not sure, though it is under the threshold; 0: none is"""

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
        """By how much a picture of this long side is shrunk for the second look, or None where none is needed."""
        large = side > self.detail_above * self.long_side and self.detail_side > self.long_side
        return min(1.0, self.detail_side / side) if large else None


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

    def clipped(self, size: tuple[int, int]) -> Found:
        return replace(self, boxes=self.boxes.clip(0, [*size, *size]))

    def moved(self, x: float, y: float) -> Found:
        by = np.tile(np.array([x, y], np.float32), 4)
        return Found(self.boxes + by[:4], self.scores, self.classes, self.quads + by)


class MarqueDetector:
    """See the module. Holds a network, no state of pictures."""

    def __init__(self, net: Net, config: Config, verifier: Net | None = None) -> None:
        net.keep(CONTRACT)
        self.version = "+".join(each.metadata["marque.version"] for each in (net, verifier) if each)
        self.policy = Policy.of(net, config)
        view = View(*ALONE, self.policy.unsure_width, self.policy.unsure_grow)
        self._second_looks = [*([SecondLook.by(verifier)] if verifier else []), SecondLook(net, view)]
        self._net = net
        self._classes = net.metadata["marque.classes"].split(",")
        self._threshold = (
            float(net.metadata.get("marque.threshold", 0.4)) if config.threshold is None else config.threshold
        )
        # What scores less may be a plate all the same, unless the options say from where on one is wanted.
        loose = 0.0 < self.policy.loose < self._threshold and config.threshold is None
        self._floor = self.policy.loose if loose else self._threshold
        self._worth = min(self._threshold, self.policy.unsure_from or 1.0)
        self._iou = config.iou

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        """Plates of each picture, best score first, boxes and quads in its pixels, and what is not surely one. Raises
        InferenceError."""
        sides = [float(max(image.shape[:2])) for image in images]
        floor = min(self._worth, self.policy.detail_score)
        found = self._look(images, [self.policy.first(side) for side in sides], floor)
        for i, side in enumerate(sides):
            if scale := self.policy.second(side):
                found[i] = self._closer(images[i], found[i], scale)
            found[i] = self._verified(images[i], found[i])
        found = [f.only(f.scores >= self._floor) for f in found]
        self._step_back(images, found)
        return [self._detections(f, image) for f, image in zip(found, images, strict=True)]

    def _closer(self, image: Image, found: Found, scale: float) -> Found:
        """What is found once small things have been looked at in finer detail: there the second look decides."""
        size = width, height = image.shape[1], image.shape[0]
        limit = self.policy.detail_width * max(size) / self.policy.long_side
        # One plate is seen by many cells, and some of them take it for narrower than it is.
        found = self._distinct(found)
        small = found.boxes[:, 2] - found.boxes[:, 0] < limit
        doubtful, found = found.only(small).clipped(size), found.only(~small)
        order = np.argsort(-doubtful.scores, kind="stable")
        window = round(DETAIL[0] / scale), round(DETAIL[1] / scale)
        places = windows(doubtful.boxes[order], size, window, int(self.policy.detail_places))
        looks = self._look([image[y0:y1, x0:x1] for x0, y0, x1, y1 in places], [DETAIL[0]] * len(places), self._worth)
        for place, seen in zip(places, looks, strict=True):
            doubtful = doubtful.only(~inside(doubtful.boxes, place))
            x0, y0, x1, y1 = place
            # What the edge of the place cuts is no plate; what the picture's cuts may be one.
            whole = x0 and x0 + EDGE, y0 and y0 + EDGE, x1 - EDGE * (x1 < width), y1 - EDGE * (y1 < height)
            seen = seen.moved(x0, y0).clipped(size)
            found = found.with_(seen.only(inside(seen.boxes, whole)))
        return found.with_(doubtful)

    def _verified(self, image: Image, found: Found) -> Found:
        """What scores neither high nor low has had its second looks."""
        if self._unsure(found).size:
            found = self._distinct(found)
        unsure = self._unsure(found)  # a sure find beside them may have left none
        if not unsure.size:
            return found
        first = found.scores[unsure], found.boxes[unsure], found.quads[unsure]
        doubt = self.policy.doubt_from, self.policy.doubt_to
        scores, boxes, quads = settled(image, first, self._second_looks, doubt)
        found.scores[unsure], found.boxes[unsure], found.quads[unsure] = scores, boxes, quads
        return found

    def _unsure(self, found: Found) -> NDArray[np.intp]:
        """The first rows that score neither high nor low, as many as get second looks."""
        between = (found.scores >= self.policy.unsure_from) & (found.scores < self.policy.unsure_to)
        return np.flatnonzero(between)[: int(self.policy.unsure_places)]

    def _step_back(self, images: Sequence[Image], found: list[Found]) -> None:
        """Look for a plate that fills the picture where nothing else was found; it was too large for the first look."""
        if not self.policy.close_side:
            return
        empty = [i for i, f in enumerate(found) if not (f.scores >= self._threshold).any()]
        sizes = [self.policy.close_side] * len(empty)
        for i, seen in zip(empty, self._look([images[i] for i in empty], sizes), strict=True):
            large = seen.only(seen.boxes[:, 2] - seen.boxes[:, 0] >= self.policy.close_share * images[i].shape[1])
            found[i] = large if large.scores.size else found[i]

    def _look(self, images: Sequence[Image], long_sides: Sequence[float], floor: float | None = None) -> list[Found]:
        """One look at each picture at its long side, for what scores over the floor (none: the threshold); pictures
        that make inputs of one shape share runs."""
        floor = self._threshold if floor is None else floor
        grow = self.policy.grow
        fits = [
            fit_long_side((i.shape[1], i.shape[0]), s, MULTIPLE, grow) for i, s in zip(images, long_sides, strict=True)
        ]
        batches = defaultdict(list)
        for index, fit in enumerate(fits):
            batches[fit.width, fit.height].append(index)
        found: dict[int, Found] = {}
        for (width, height), members in batches.items():
            for some in chunks(members, max(1, RUN_PIXELS // (width * height))):
                out = self._net.run(batch([letterbox(images[i], fits[i]) for i in some]))
                found |= {i: self._found(out, row, fits[i], floor) for row, i in enumerate(some)}
        return [found[i] for i in range(len(images))]

    def _found(self, out: dict[str, Floats], row: int, fit: Fit, floor: float) -> Found:
        """What is over the floor, each row with its best class."""
        scores = out["scores"][row]
        best = scores.max(1)
        keep = np.flatnonzero(best >= floor)
        boxes, quads = fit.back(out["boxes"][row, keep]), fit.back(out["quads"][row, keep])
        return Found(boxes, best[keep], scores[keep].argmax(1), quads)

    def _distinct(self, found: Found) -> Found:
        """The best of those that overlap."""
        return found.only(nms(found.boxes, found.scores, found.classes, self._iou))

    def _apart(self, found: Found) -> Found:
        """Without what is not sure and lies on what is."""
        sure = found.scores >= self._threshold
        if sure.all():
            return found
        kept = [sure[i] or not (iou(box, found.boxes[sure]) > 0).any() for i, box in enumerate(found.boxes)]
        return found.only(np.array(kept))

    def _detections(self, found: Found, image: Image) -> list[Detection]:
        found = self._apart(self._distinct(found)).clipped((image.shape[1], image.shape[0]))
        rows = zip(
            found.boxes.tolist(), found.scores.tolist(), found.classes.tolist(), found.quads.tolist(), strict=True
        )
        return [
            Detection(Box(*box), score, self._classes[kind], corners(quad, Box(*box)), score >= self._threshold)
            for box, score, kind, quad in rows
        ]


def build(config: Config, context: ModelContext) -> Detector:
    """The detector of the package, or of ``path``. Raises ModelError."""
    verifier = config.open_verifier(context) if config.verifier else None
    return MarqueDetector(config.open("plate-detector", context), config, verifier)
