"""Confidences against what is right, and misses by their cause. Needs torch, as what they measure does."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from marque.types import Character, Hypothesis, Reading
from marque.vision.reader import Reader
from marque_training.datasets import Crop
from marque_training.recognizer.misses import Miss, cause, look, sheet
from marque_training.recognizer.reliability import Answer, bins, counts, error, kept

GREY = np.zeros((40, 160), np.uint8)


class Told(Reader):
    """Reads what it is told, whatever the picture."""

    def __init__(self, *texts: str, confidence: float = 0.95) -> None:
        super().__init__()
        self.texts, self.confidence = list(texts), confidence

    def recognize(self, crops: object) -> list[Reading]:  # noqa: ARG002
        text = self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]
        characters = tuple(Character(char, self.confidence) for char in text)
        return [Reading((Hypothesis(characters, self.confidence),))]


def test_a_confidence_that_means_what_it_says_has_no_error() -> None:
    honest = [(0.75, k % 4 > 0) for k in range(40)]
    assert error(honest) == pytest.approx(0)
    assert error([(0.75, True)] * 8) == pytest.approx(0.25)
    assert error([]) == 0


def test_what_is_right_is_counted_to_the_letter_and_folded() -> None:
    [row] = counts({"gate": [Answer(0.9, True, True), Answer(0.8, True, False), Answer(0.2, False, False)]})
    assert (row["name"], row["count"], row["strict"], row["folded"]) == ("gate", 3, 1, 2)
    assert row["interval95"] == [0.2077, 0.9385]


def test_bins_say_how_many_and_how_sure() -> None:
    [low, high] = bins([(0.31, False), (0.39, True), (1.0, True)])
    assert (low.low, low.count, low.sure, low.right) == (0.3, 2, 0.35, 1)
    assert (high.high, high.count, high.right) == (1.0, 1, 1)


def test_the_surest_are_kept_until_too_many_are_wrong() -> None:
    assert kept([(0.9, True), (0.8, True), (0.7, False), (0.6, True)], 0.75) == 1.0
    assert kept([(0.9, True), (0.8, True), (0.7, False), (0.6, False)], 0.95) == 0.5
    assert kept([(0.9, False)]) == 0


@pytest.mark.parametrize(
    ("read", "others", "expected"),
    [
        ("AB12CDE", ["AB12CDE"], "format"),
        ("AB12CDF", ["AB12CDF", "AB12CDE"], "cut"),
        ("AB12CDF", ["AB12CDF"], "label"),
        ("AB12CDF", ["AB12CDG"], "net"),
    ],
)
def test_a_miss_has_a_cause(read: str, others: list[str], expected: str) -> None:
    image = np.zeros((40, 160, 3), np.uint8)
    assert cause(Told(*others), Crop("a.png", GREY, "AB12CDE", "gb"), look(Told(read), image, 0.0)) == expected


def test_a_contact_sheet_shows_eight_misses_a_row() -> None:
    crop = Crop("a.png", GREY, "AB12CDE", "gb")
    read = look(Told("AB12CDF"), np.zeros((40, 160, 3), np.uint8), 0.0)
    assert sheet([Miss(crop, read, "net")] * 9).shape == (220, 1600)
