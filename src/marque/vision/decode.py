"""From the probabilities of the recogniser's heads to hypotheses.

Both heads propose texts and both align every proposal; the order is that of the joint log-probability. CTC is better on
low resolution and on layouts it never saw, the slots where position decides between letter and digit; a text that both
hold likely beats the favourite of either, and their agreement makes the confidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from marque.types import Character, Hypothesis
from marque.vision.heads import Head, Probabilities, Text

PROPOSALS = 6
"""texts that each head may propose"""
HYPOTHESES = 5
ALTERNATIVES = 5
TEMPERATURE = 4.0
"""of the joint confidence: above 1, since heads that learnt from softened labels are surer than they say"""
HOPELESS = 1e-4
"""a text that is so much less likely than the best is not told: most plates are read in one way only"""
FAINT = 0.001
"""alternatives less probable than this are left out"""


def decode(heads: Sequence[Head], alphabet: str, temperature: float = TEMPERATURE) -> tuple[Hypothesis, ...]:
    """Up to five hypotheses, best first, never empty. ``alphabet[i]`` is class i + 1 of every head."""
    texts = list(dict.fromkeys(text for head in heads for text in head.propose(PROPOSALS)))
    aligned = [head.align(texts) for head in heads]
    weights = np.stack([each.weights for each in aligned])
    joint = weights.mean(0)
    best = np.argsort(-joint, kind="stable")[:HYPOTHESES]
    best = best[joint[best] >= joint[best[0]] + np.log(HOPELESS)]
    texts, weights = [texts[i] for i in best], weights[:, best]
    shares = _shares(weights)
    standing = [np.concatenate([each.standing(row) for row in best.tolist()]) for each in aligned]
    spread = np.repeat(shares, [len(text) for text in texts], axis=1)
    mixed = (spread[:, :, None] * standing).sum(0)
    characters = iter(_characters(tuple(chain(*texts)), mixed, alphabet))
    sure = _confidences(weights, temperature).tolist()
    return tuple(Hypothesis(tuple(islice(characters, len(t))), c) for t, c in zip(texts, sure, strict=True))


def _confidences(weights: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Per text the probability that it is the right one.

    The geometric mean over heads is as sure as all of them are and low as soon as one objects. What the texts have of
    it together, tempered, is how often one of them is right, and they share that in proportion.
    """
    together = np.exp(weights.mean(0))
    explained = float(together.sum())
    return np.asarray(together / explained * min(1.0, explained) ** (1 / temperature))


def _shares(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much each head has to say about each text's characters: a head that holds the text unlikely is aligned
    with another one. [heads, K], summing to 1 over heads."""
    raised = np.exp(weights - weights.max(0))
    return np.asarray(raised / raised.sum(0))


def _characters(chosen: Text, standing: Probabilities, alphabet: str) -> list[Character]:
    """``standing`` [len(chosen), C+1]: what stands at each; its class 0 (nothing) is no alternative."""
    confidences = np.minimum(standing[np.arange(len(chosen)), list(chosen)], 1.0).tolist()
    order = np.argsort(-standing[:, 1:], axis=1)[:, : ALTERNATIVES + 1] + 1
    shares = np.take_along_axis(standing, order, 1)
    counts = (shares > FAINT).sum(1).tolist()
    rows = zip(chosen, confidences, order.tolist(), shares.tolist(), counts, strict=True)
    return [Character(alphabet[c - 1], p, _others(c, others[:n], parts, alphabet)) for c, p, others, parts, n in rows]


def _others(
    chosen: int, classes: Sequence[int], shares: Sequence[float], alphabet: str
) -> tuple[tuple[str, float], ...]:
    pairs = zip(classes, shares, strict=False)
    return tuple([(alphabet[c - 1], p) for c, p in pairs if c != chosen][:ALTERNATIVES])
