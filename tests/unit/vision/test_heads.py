"""Each head weighs texts exactly: it is checked against the sum over all alignments, written out."""

from __future__ import annotations

from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from marque.vision.heads import CtcHead, SlotHead, Text

NO_QUIET = 2.0
"""keeps every step"""


def distributions(steps: int, classes: int, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).dirichlet(np.full(classes, 0.4), steps)


def by_enumeration(probabilities: NDArray[np.float64]) -> dict[Text, float]:
    """CTC's definition: every path, repeats merged, blanks left out."""
    floored = np.maximum(probabilities, 1e-6)
    found: dict[Text, float] = {}
    for path in product(range(probabilities.shape[1]), repeat=len(probabilities)):
        text = tuple(symbol for symbol, _ in groupby(path) if symbol)
        found[text] = found.get(text, 0.0) + float(np.prod(floored[range(len(path)), path]))
    return found


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_ctc_weighs_a_text_as_the_sum_over_its_alignments(seed: int) -> None:
    probabilities = distributions(5, 3, seed)
    truth = by_enumeration(probabilities)
    texts = list(truth)
    weights = CtcHead(probabilities, NO_QUIET).align(texts).weights
    assert np.allclose(np.exp(weights), [truth[t] for t in texts])


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_ctc_proposes_the_likeliest_text(seed: int) -> None:
    probabilities = distributions(5, 3, seed)
    truth = by_enumeration(probabilities)
    assert max(truth, key=lambda t: truth[t]) in CtcHead(probabilities, NO_QUIET).propose(8)


def test_a_text_too_long_for_the_steps_is_all_but_impossible() -> None:
    assert CtcHead(distributions(3, 3, 1)).align([(1, 2, 1, 2)]).weights[0] < -600


def test_merging_quiet_steps_changes_next_to_nothing() -> None:
    probabilities = np.full((40, 4), 0.0005)
    probabilities[:, 0] = 0.9985
    probabilities[[10, 20, 30]] = [[0.1, 0.8, 0.05, 0.05], [0.02, 0.38, 0.58, 0.02], [0.1, 0.05, 0.05, 0.8]]
    texts = [(1, 2, 3), (1, 1, 3), (1, 3), (2, 3)]
    short, whole = CtcHead(probabilities), CtcHead(probabilities, NO_QUIET)
    assert len(short.steps) == 7
    difference = short.align(texts).weights - whole.align(texts).weights
    assert np.ptp(difference) < 0.1
    assert short.propose(2) == whole.propose(2) == [(1, 2, 3), (1, 1, 3)]


def test_ctc_says_what_stands_at_each_character() -> None:
    probabilities = np.tile([0.97, 0.01, 0.01, 0.01], (9, 1))
    probabilities[2] = [0.1, 0.7, 0.2, 0.0]
    probabilities[6] = [0.0, 0.1, 0.3, 0.6]
    aligned = CtcHead(probabilities).align([(1, 3), (2,), ()])
    first, second, third = (aligned.standing(row) for row in range(3))
    assert first.argmax(1).tolist() == [1, 3]
    assert first[0, 2] == pytest.approx(0.2)
    assert second.tolist() == [probabilities[6].clip(1e-6).tolist()]
    assert third.shape == (0, 4)


SLOTS = np.array([[0.01, 0.9, 0.09], [0.05, 0.35, 0.6], [0.8, 0.1, 0.1]])


def test_slots_weigh_characters_and_the_empty_places_after_them() -> None:
    expected = np.log([0.9 * 0.6 * 0.8, 0.9 * 0.35 * 0.8, 0.9 * 0.05 * 0.8, 0.9 * 0.6 * 0.1])
    assert SlotHead(SLOTS).align([(1, 2), (1, 1), (1,), (1, 2, 1)]).weights == pytest.approx(expected)


def test_slots_propose_best_first() -> None:
    assert SlotHead(SLOTS).propose(3) == [(1, 2), (1, 1), (1, 2, 1)]


def test_slots_may_all_be_full_or_empty() -> None:
    assert SlotHead(np.array([[0.0, 1.0], [0.0, 1.0]])).propose(1) == [(1, 1)]
    assert SlotHead(np.array([[1.0, 0.0], [1.0, 0.0]])).propose(1) == [()]


def test_slots_hold_a_longer_text_all_but_impossible() -> None:
    head = SlotHead(SLOTS)
    assert head.align([(1, 2, 1, 2)]).weights[0] < head.align([(1, 2, 1)]).weights[0] - 10
    assert head.align([(1, 2, 1, 2)]).standing(0).shape == (4, 3)
