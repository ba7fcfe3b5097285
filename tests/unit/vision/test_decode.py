"""Two heads decide together: each mends what the other cannot see, and their agreement is the confidence."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from marque.types import Hypothesis
from marque.vision.decode import decode
from marque.vision.heads import CtcHead, SlotHead
from tiny_nets import sure_of

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
Spread = NDArray[np.float32]


def slots(text: str) -> Spread:
    return sure_of(text, ALPHABET, 12, 1)


def ctc(text: str) -> Spread:
    return sure_of(text, ALPHABET, 80, 4)


def doubt(spread: Spread, step: int, **shares: float) -> Spread:
    """The step says these characters with these probabilities, and all else hardly."""
    spread[step] = 0.001
    for char, share in shares.items():
        spread[step, 0 if char == "nothing" else ALPHABET.index(char.strip("_")) + 1] = share
    return spread


def read(slot_spread: Spread, ctc_spread: Spread) -> tuple[Hypothesis, ...]:
    return decode([SlotHead(slot_spread), CtcHead(ctc_spread)], ALPHABET)


def test_what_both_say_is_read_with_confidence() -> None:
    best = read(slots("AB12CDE"), ctc("AB12CDE"))[0]
    assert best.text == "AB12CDE"
    assert best.confidence > 0.7
    assert [c.confidence > 0.9 for c in best.characters] == [True] * 7


def test_disagreement_lowers_the_confidence() -> None:
    hypotheses = read(slots("AB12CDE"), ctc("AB12CDF"))
    assert {h.text for h in hypotheses[:2]} == {"AB12CDE", "AB12CDF"}
    assert hypotheses[0].confidence < 0.5


def test_the_surer_head_decides_between_letter_and_digit() -> None:
    best, second = read(doubt(slots("AO12"), 1, O=0.9, _0=0.1), doubt(ctc("AO12"), 6, O=0.4, _0=0.6))[:2]
    assert (best.text, second.text) == ("AO12", "A012")
    assert dict(best.characters[1].alternatives)["0"] > 0.1


def test_zero_is_never_made_of_o_blindly() -> None:
    assert read(slots("O0O0"), ctc("O0O0"))[0].text == "O0O0"


def test_a_text_that_is_nobodys_favourite_can_win() -> None:
    hypotheses = read(doubt(slots("ABCD"), 3, D=0.52, O=0.4, Q=0.02), doubt(ctc("ABCD"), 14, Q=0.52, O=0.4, D=0.02))
    assert hypotheses[0].text == "ABCO"


def test_ctc_mends_a_letter_that_the_slots_counted_twice() -> None:
    assert read(doubt(slots("ABCDD"), 4, nothing=0.45, D=0.5), ctc("ABCD"))[0].text == "ABCD"


def test_hypotheses_are_ordered_different_and_few() -> None:
    unsure = doubt(doubt(ctc("AB12"), 2, A=0.4, B=0.3, _4=0.2), 6, B=0.5, _8=0.4)
    hypotheses = read(doubt(slots("AB12"), 2, _1=0.6, I=0.3), unsure)
    confidences = [h.confidence for h in hypotheses]
    assert confidences == sorted(confidences, reverse=True)
    assert len({h.text for h in hypotheses}) == len(hypotheses) == 5


def test_what_is_hopelessly_less_likely_than_the_best_is_not_told() -> None:
    assert [h.text for h in read(slots("AB12"), ctc("AB12"))] == ["AB12"]


def test_alternatives_leave_out_the_character_itself_and_nothing() -> None:
    for hypothesis in read(doubt(slots("A1"), 1, _1=0.5, I=0.3, L=0.1, nothing=0.05), ctc("A1")):
        for character in hypothesis.characters:
            others = [char for char, _ in character.alternatives]
            assert character.char not in others
            assert len(set(others)) == len(others) <= 5
            assert 0 <= character.confidence <= 1


def test_an_empty_plate_is_a_hypothesis_too() -> None:
    best = read(slots(""), ctc(""))[0]
    assert best.text == ""
    assert best.confidence > 0.5


@pytest.mark.parametrize("head", [SlotHead(slots("XY99")), CtcHead(ctc("XY99"))])
def test_one_head_is_enough(head: SlotHead | CtcHead) -> None:
    assert decode([head], ALPHABET)[0].text == "XY99"
