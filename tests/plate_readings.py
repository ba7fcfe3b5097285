"""Readings as a recogniser would give them, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from marque.types import Character, Hypothesis, Reading, RegionScore

Others = Mapping[int, Sequence[tuple[str, float]]]


def hypothesis(
    text: str, sure: float = 0.97, unsure: Mapping[int, float] | None = None, others: Others | None = None
) -> Hypothesis:
    """``text`` with every character ``sure``, but for the positions in ``unsure``; ``others``: their alternatives."""
    characters = tuple(
        Character(char, (unsure or {}).get(at, sure), tuple((others or {}).get(at, ()))) for at, char in enumerate(text)
    )
    return Hypothesis(characters, prod(c.confidence for c in characters))


def reading(
    text: str,
    sure: float = 0.97,
    unsure: Mapping[int, float] | None = None,
    others: Others | None = None,
    looks: Sequence[tuple[str, float]] = (),
) -> Reading:
    """One hypothesis and the net's look at the region."""
    regions = tuple(RegionScore(code, score) for code, score in looks)
    return Reading((hypothesis(text, sure, unsure, others),), regions)


def misread(raw: str, text: str) -> Reading:
    """``raw`` where ``text`` was meant: unsure exactly where they differ, the truth being the second choice."""
    wrong = [at for at, (a, b) in enumerate(zip(raw, text, strict=True)) if a != b]
    return reading(raw, unsure=dict.fromkeys(wrong, 0.55), others={at: [(text[at], 0.3)] for at in wrong})
