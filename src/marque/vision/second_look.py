"""Second looks at finds that score neither high nor low, each find by itself and about as wide as all others.

The verifier looks, which has learnt nothing but such close-ups of what the detector takes for plates, right or wrong;
where that leaves doubts the detector's own network looks too, at a larger picture.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from marque.errors import ModelError
from marque.types import Image
from marque.vision.boxes import Fit, Floats, batch, fit_inside, iou, letterbox, windows
from marque.vision.models import Contract, Net

CONTRACT = Contract("verifier", ("marque.version", "marque.view"), outputs=("boxes", "scores", "quads"))
SAME = 0.4
"""overlap from which both looks mean the same thing"""
SURE = 1e-4
"""what a score of 0 or 1 lacks to what it says: nothing is certain"""


@dataclass(frozen=True, slots=True)
class View:
    """How a find is shown to a network."""

    width: int
    height: int
    """of the network's input, in pixels"""
    find: float
    """how wide a find is seen in it, if it is not too high for that"""
    grow: float
    """how far a picture is enlarged for it at most"""

    def place(self, box: Floats, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """The part xyxy of a picture of ``size`` (width, height) in which a find at ``box`` xyxy is looked at."""
        width, height = box[2:] - box[:2]
        scale = min(self.find / width, self.height / 2 / height, self.grow)
        return windows(box[None], size, (round(self.width / scale), round(self.height / scale)), 1)[0]

    def close_up(self, image: Image, box: Floats) -> tuple[Image, Fit, Floats]:
        """What is shown of a find at ``box``, how the part of the picture lies in it, and that part's corner x, y."""
        x0, y0, x1, y1 = self.place(box, (image.shape[1], image.shape[0]))
        fit = fit_inside((x1 - x0, y1 - y0), (self.width, self.height), self.grow)
        return letterbox(image[y0:y1, x0:x1], fit), fit, np.array([x0, y0], np.float32)

    def as_dict(self) -> dict[str, float]:
        return asdict(self)

    @classmethod
    def of(cls, net: Net) -> Self:
        """What the network's card says. Raises ModelError."""
        try:
            card = json.loads(net.metadata["marque.view"])
            kinds = {"width": int, "height": int, "find": float, "grow": float}
            return cls(**{f.name: kinds[f.name](card[f.name]) for f in fields(cls)})
        except (KeyError, TypeError, ValueError) as error:
            problem = f"marque.view of {net.path.name} cannot be used: {error}"
            raise ModelError(problem, hint="Export it again.") from error


@dataclass(frozen=True, slots=True)
class SecondLook:
    """A network that finds plates, and how finds are shown to it."""

    net: Net
    view: View

    @classmethod
    def by(cls, verifier: Net) -> Self:
        """By a network that was made for it. Raises ModelError."""
        verifier.keep(CONTRACT)
        return cls(verifier, View.of(verifier))

    def at(self, image: Image, boxes: Floats, quads: Floats) -> tuple[Floats, Floats, Floats]:
        """Scores [N], boxes [N, 4] xyxy and quads [N, 8] of finds that lie there in a picture, as the network sees
        them; of those that it does not see the score is 0. Raises InferenceError."""
        shown, fits, corners = zip(*(self.view.close_up(image, box) for box in boxes), strict=True)
        out = self.net.run(batch(shown))
        scores, boxes, quads = np.zeros(len(boxes), np.float32), boxes.copy(), quads.copy()
        for i, (fit, corner) in enumerate(zip(fits, corners, strict=True)):
            seen = fit.back(out["boxes"][i]) + np.tile(corner, 2)
            near = np.flatnonzero(iou(boxes[i], seen) > SAME)
            if near.size:
                best = near[out["scores"][i, near].max(1).argmax()]
                scores[i] = out["scores"][i, best].max()
                boxes[i] = seen[best]
                quads[i] = fit.back(out["quads"][i, best]) + np.tile(corner, 4)
        return scores, boxes, quads


def settled(
    image: Image, first: tuple[Floats, Floats, Floats], looks: Sequence[SecondLook], doubt: tuple[float, float]
) -> tuple[Floats, Floats, Floats]:
    """Scores [N], boxes [N, 4] and quads [N, 8] of finds in a picture after second looks: the mean of all looks at
    each, for scores that of their log-odds. After the first of the looks only what still scores between ``doubt`` gets
    another. Raises InferenceError."""
    scores, boxes, quads = first
    odds, sides, corners = log_odds(scores), boxes.copy(), quads.copy()
    counts, asked = np.ones(len(scores), np.float32), np.arange(len(scores))
    for look in looks:
        if not asked.size:
            break
        seen = look.at(image, boxes[asked], quads[asked])
        odds[asked] += log_odds(seen[0])
        sides[asked] += seen[1]
        corners[asked] += seen[2]
        counts[asked] += 1
        now = score(odds / counts)
        asked = np.flatnonzero((now >= doubt[0]) & (now < doubt[1]))
    return score(odds / counts), sides / counts[:, None], corners / counts[:, None]


def log_odds(scores: Floats) -> NDArray[np.float64]:
    bounded = np.clip(scores.astype(np.float64), SURE, 1 - SURE)
    return np.asarray(np.log(bounded / (1 - bounded)))


def score(odds: NDArray[Any]) -> Floats:
    """What log-odds are as a score."""
    return np.asarray(1 / (1 + np.exp(-odds)), np.float32)
