"""Each plate that is lost is put down to one stage: the first without which it would have been read."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest

from marque.types import Box, Detection, Image, Quad
from marque_training.budget import Outcome, judge, sheet, tile

TRUE = Quad(((20.0, 20.0), (100.0, 20.0), (100.0, 40.0), (20.0, 40.0)))
PICTURE = np.full((80, 120, 3), 90, np.uint8)


class Stand:
    """A reader whose answers are given: the finds, the text of what was found, of the true cut, and after matching."""

    def __init__(self, box: Box | None, ours: str, ideal: str, matched: str) -> None:
        self.box, self.texts, self.matched = box, [ours, ideal], matched

    def detect(self, _images: Sequence[Image]) -> list[list[Detection]]:
        return [[Detection(self.box, 0.9)] if self.box else []]

    def crop(self, image: Image, _detection: Detection) -> Image:
        return image[20:40, 20:100]

    def recognize(self, _crops: Sequence[Image]) -> list[SimpleNamespace]:
        return [SimpleNamespace(text=text) for text in self.texts]

    def plate_read(self, _reading: SimpleNamespace, _detection: Detection) -> SimpleNamespace:
        return SimpleNamespace(text=self.matched)


@pytest.mark.parametrize(
    ("box", "ours", "ideal", "matched", "outcome"),
    [
        (TRUE.box, "AB12", "AB12", "AB12", Outcome.RIGHT),
        (TRUE.box, "AB1Z", "AB1Z", "AB12", Outcome.RIGHT),
        (None, "", "", "", Outcome.UNDETECTED),
        (Box(60, 20, 140, 40), "", "", "", Outcome.UNDETECTED),
        (TRUE.box, "AB12", "AB12", "AB1Z", Outcome.SPOILED),
        (TRUE.box, "AB1", "AB12", "AB1", Outcome.CUT),
        (TRUE.box, "AB1Z", "AB1Z", "AB1Z", Outcome.MISREAD),
    ],
)
def test_a_loss_is_put_down_to_one_stage(
    box: Box | None, ours: str, ideal: str, matched: str, outcome: Outcome
) -> None:
    reader = Stand(box, ours, ideal, matched)
    loss = judge(reader, PICTURE, TRUE, "AB12")  # type: ignore[arg-type]
    assert loss.outcome == outcome
    assert sheet([tile(reader, loss)] * 7).shape == (300, 1440, 3)  # type: ignore[arg-type]
