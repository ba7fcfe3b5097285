"""How alike two plates look to a recogniser."""

from __future__ import annotations

from marque.plates.confusions import confusion
from marque.plates.text import normalize

_FORGIVEN = 0.8
"""the part of a substitution that a perfect confusion takes away: 0 for O is a small difference, not none"""


def similarity(one: str, other: str) -> float:
    """1 for the same plate, 0 for nothing in common: one minus the cheapest edits per character of the longer text.

    Inserting or leaving out a character costs 1, a substitution 1 less what OCR confusion forgives. Symmetric.
    """
    a, b = normalize(one), normalize(other)
    if a == b:
        return 1.0
    return 1.0 - _distance(a, b) / max(len(a), len(b))


def _distance(a: str, b: str) -> float:
    above = [float(column) for column in range(len(b) + 1)]
    for row, char in enumerate(a, 1):
        line = [float(row)]
        for column, wanted in enumerate(b, 1):
            swap = above[column - 1] + _cost(char, wanted)
            line.append(min(swap, above[column] + 1.0, line[column - 1] + 1.0))
        above = line
    return above[-1]


def _cost(one: str, other: str) -> float:
    return 0.0 if one == other else 1.0 - _FORGIVEN * confusion(one, other)
