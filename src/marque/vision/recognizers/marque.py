"""Marque's own plate recogniser.

A small network with a slot head and a CTC head (one of them is enough), which are decoded together, and a region head.
A crop that is not read surely is looked at again, closer, and while that does not settle it, from further away; the
heads of all looks decide together. It mends crops that take in more than the plate, or less.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from marque.errors import ModelError
from marque.ports import ModelContext, Recognizer
from marque.types import Hypothesis, Image, Reading, RegionScore
from marque.vision.chunks import chunks
from marque.vision.decode import TEMPERATURE, decode
from marque.vision.heads import CtcHead, Head, SlotHead
from marque.vision.models import Contract, Net, NetConfig

CONTRACT = Contract("recognizer", ("marque.version", "marque.alphabet"), any_output=("slots", "ctc"))
HEADS: dict[str, type[SlotHead] | type[CtcHead]] = {"slots": SlotHead, "ctc": CtcHead}
OTHER = "other"
"""the network's word for a region that is not among its own"""
REGIONS = 5
RUN_CROPS = 64
"""crops of one run at most: it bounds the memory"""
FAINT = 0.01
LOOKS = ((-0.05,), (0.05, 0.1))
"""margins of the later looks, in parts of the crop's width and height on each side; a look takes place where those
before it were unsure"""
REQUIRES = ""
EXAMPLE = """
type: marque
precision: int8
"""

Grey = NDArray[np.uint8]
Hypotheses = tuple[Hypothesis, ...]


class Config(NetConfig):
    """Options."""

    second_look: float = Field(0.65, ge=0, le=1)
    """confidence below which a crop is looked at again, up to three times; 0: never"""


class MarqueRecognizer:
    """See the module."""

    def __init__(self, net: Net, second_look: float) -> None:
        net.keep(CONTRACT)
        self.version = net.metadata["marque.version"]
        self.margin = float(net.metadata.get("marque.margin", 0.05))
        self.size: tuple[int, int] | None = (int(net.input_shape[3] or 0), int(net.input_shape[2] or 0))
        self._net = net
        self._alphabet = net.metadata["marque.alphabet"]
        self._regions = [code for code in net.metadata.get("marque.regions", "").split(",") if code]
        self._temperature = _temperature(net)
        self._second_look = second_look

    def recognize(self, crops: Sequence[Image]) -> list[Reading]:
        """One reading per rectified crop; crops of another size are fitted. Raises InferenceError."""
        return [reading for chunk in chunks(crops, RUN_CROPS) for reading in self._recognize(chunk)]

    def _recognize(self, crops: Sequence[Image]) -> list[Reading]:
        looks = [self._grey(crop) for crop in crops]
        out, heads = self._look(looks)
        hypotheses = self._look_again(looks, heads, [self._decode(each) for each in heads])
        regions = out.get("region", [None] * len(crops))
        return [Reading(h, self._region_scores(r)) for h, r in zip(hypotheses, regions, strict=True)]

    def _look_again(
        self, looks: Sequence[Grey], heads: Sequence[list[Head]], first: Sequence[Hypotheses]
    ) -> list[Hypotheses]:
        """The hypotheses of the first look, or of all looks where those before are not sure."""
        found, held = list(first), [list(each) for each in heads]
        for margins in LOOKS:
            unsure = [i for i, hypotheses in enumerate(found) if hypotheses[0].confidence < self._second_look]
            if not unsure:
                break
            _, more = self._look([reframed(looks[i], margin) for margin in margins for i in unsure])
            for k, i in enumerate(unsure):
                held[i] += [head for each in more[k :: len(unsure)] for head in each]
                found[i] = self._decode(held[i])
        return found

    def _look(self, looks: Sequence[Grey]) -> tuple[dict[str, NDArray[np.float32]], list[list[Head]]]:
        """The network's outputs, and the heads of each picture."""
        out = self._net.run(np.stack(looks)[:, None])
        made = [[make(row) for row in out[name]] for name, make in HEADS.items() if name in out]
        return out, [list(heads) for heads in zip(*made, strict=True)]

    def _decode(self, heads: Sequence[Head]) -> Hypotheses:
        return decode(heads, self._alphabet, self._temperature)

    def _grey(self, crop: Image) -> Grey:
        grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), np.uint8)
        return grey if (grey.shape[1], grey.shape[0]) == self.size else fitted(grey, self.size)

    def _region_scores(self, scores: NDArray[np.float32] | None) -> tuple[RegionScore, ...]:
        if scores is None or not self._regions:
            return ()
        order = np.argsort(-scores)[:REGIONS]
        return tuple(
            RegionScore(self._regions[i], float(scores[i]))
            for i in order
            if scores[i] >= FAINT and self._regions[i] != OTHER
        )


def fitted(grey: Grey, size: tuple[int, int] | None) -> Grey:
    """A crop at the network's size: averaged where it shrinks, smooth where it grows, as in training."""
    shrinks = size is not None and grey.shape[1] > size[0]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, size, interpolation=way), np.uint8)


def reframed(look: Grey, margin: float) -> Grey:
    """The picture with a margin of repeated edge pixels around it, or without its own where ``margin`` is negative."""
    height, width = look.shape
    dy, dx = round(margin * height), round(margin * width)
    if margin < 0:
        return fitted(look[-dy : height + dy, -dx : width + dx], (width, height))
    wider = cv2.copyMakeBorder(look, dy, dy, dx, dx, cv2.BORDER_REPLICATE)
    return fitted(np.asarray(wider, np.uint8), (width, height))


def _temperature(net: Net) -> float:
    """Of the joint confidence, where the card says one. Raises ModelError."""
    try:
        return float(json.loads(net.metadata.get("marque.temperature", "{}")).get("joint", TEMPERATURE))
    except (AttributeError, TypeError, ValueError) as error:
        raise ModelError(f"marque.temperature of {net.path.name} cannot be used", hint="Export it again.") from error


def build(config: Config, context: ModelContext) -> Recognizer:
    """The recogniser of the package, or of ``path``. Raises ModelError."""
    return MarqueRecognizer(config.open("plate-recognizer", context), config.second_look)
