"""From the probabilities of the recogniser's heads to hypotheses.

Both heads propose texts and both weigh every proposal; the order is that of the joint log-probability. CTC is better on
low resolution and on layouts it never saw, the slots where position decides between letter and digit; a text that both
hold likely beats the favourite of either, and their agreement makes the confidence.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from marque.types import Character, Hypothesis
from marque.vision.heads import Head, Probabilities, Text

PROPOSALS = 6
"""texts that each head may propose"""
HYPOTHESES = 5
ALTERNATIVES = 5
FAINT = 0.001
"""alternatives less probable than this are left out"""


def decode(heads: Sequence[Head], alphabet: str) -> tuple[Hypothesis, ...]:
    """Up to five hypotheses, best first, never empty. ``alphabet[i]`` is class i + 1 of every head."""
    texts = list(dict.fromkeys(text for head in heads for text in head.propose(PROPOSALS)))
    weights = np.stack([head.weigh(texts) for head in heads])
    best = np.argsort(-weights.sum(0), kind="stable")[:HYPOTHESES]
    texts, weights = [texts[i] for i in best], weights[:, best]
    shares = _shares(weights)
    standing = [head.positions(texts) for head in heads]
    mixed = [sum(share * p[k] for share, p in zip(shares[:, k], standing, strict=True)) for k in range(len(texts))]
    # The geometric mean: as sure as both heads are, low as soon as one objects.
    sure = np.exp(weights.mean(0))
    return tuple(_hypothesis(*each, alphabet) for each in zip(texts, mixed, sure.tolist(), strict=True))


def _shares(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much each head has to say about each text's characters: a head that holds the text unlikely is aligned
    with another one. [heads, K], summing to 1 over heads."""
    raised = np.exp(weights - weights.max(0))
    return np.asarray(raised / raised.sum(0))


def _hypothesis(text: Text, standing: Probabilities, confidence: float, alphabet: str) -> Hypothesis:
    return Hypothesis(tuple(_character(c, p, alphabet) for c, p in zip(text, standing, strict=True)), confidence)


def _character(chosen: int, standing: Probabilities, alphabet: str) -> Character:
    """``standing`` [C+1]: what stands there; its class 0 (nothing) is no alternative."""
    order = np.argsort(-standing[1:])[: ALTERNATIVES + 1] + 1
    others = [(alphabet[c - 1], float(standing[c])) for c in order if c != chosen and standing[c] > FAINT]
    return Character(alphabet[chosen - 1], min(1.0, float(standing[chosen])), tuple(others[:ALTERNATIVES]))
