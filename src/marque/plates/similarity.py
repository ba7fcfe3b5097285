"""How alike two plates look to a recogniser."""

from __future__ import annotations

from marque.plates.alignment import distance
from marque.plates.confusions import confusion
from marque.plates.text import normalize

_FORGIVEN = 0.8
"""the part of a substitution that a perfect confusion takes away: 0 for O is a small difference, not none"""


def similarity(one: str, other: str) -> float:
    """1 for the same plate, 0 for nothing in common: one minus the cheapest edits per character of the longer text.

    Inserting or leaving out a character costs 1, a substitution 1 less what OCR confusion forgives. Symmetric, for two
    readings of what may be one plate; what a search asks is :func:`marque.plates.likeness.likeness`.
    """
    a, b = normalize(one), normalize(other)
    if a == b:
        return 1.0
    return 1.0 - distance(a, b, _cost) / max(len(a), len(b))


def _cost(one: str, other: str) -> float:
    if not one or not other:
        return 1.0
    return 0.0 if one == other else 1.0 - _FORGIVEN * confusion(one, other)
