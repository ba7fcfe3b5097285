"""How likely our recogniser reads one character for another: what was measured, and the hand-made table as a prior."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from marque.plates.confusions import confusable
from marque.plates.text import plain

MEASURED = Path(__file__).with_name("confusions.tsv")
"""what the shipped recogniser reads for what is there, counted by ``training/marque_training/confusions.py``"""
CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ÄÖÜČŠŽĆĐ"
"""every character that the recogniser can say"""

_BELIEF = 300.0
"""as many characters of a kind the prior counts for"""
_WRONG, _LOST, _INVENTED = 0.03, 0.004, 0.002
"""what the prior takes for the shares of characters misread, overlooked and, per character that is there, invented"""
_UNSEEN = 0.5
"""weight in the prior of all characters together that nobody has seen confused with this one"""
_NEARLY, _FARTHEST = 0.05, math.log(1e5)
"""least and largest cost of a difference: the same text stays the likeliest one, and what was measured cannot tell
apart what is rarer than one in a hundred thousand"""
_STRANGER = 9.2
"""cost of a character that the recogniser cannot say: one in ten thousand"""

Counts = Mapping[tuple[str, str], float]
"""(read, there) -> how often; an empty string is no character"""


def cost(read: str, there: str) -> float:
    """How much less likely ``read`` is than what is there, as a natural logarithm: 2.3 is ten times less likely.

    An empty string is no character: ``cost("", "B")`` for losing a B, ``cost("8", "")`` for inventing an 8.
    """
    if read == there:
        return 0.0
    known = _costs().get((read, there))
    if known is not None:
        return known
    return _NEARLY if plain(read) == plain(there) else _STRANGER


@cache
def _costs() -> Mapping[tuple[str, str], float]:
    counts = _counted(MEASURED.read_text("utf-8"))
    characters = sum(times for (_, there), times in counts.items() if there)
    costs = {}
    for there in CHARS:
        chances = _read_for(there, counts)
        costs.update({(read, there): _less_likely(chance, chances[there]) for read, chance in chances.items()})
    for read in CHARS:
        chance = (counts.get((read, ""), 0.0) + _BELIEF * _INVENTED) / (characters + _BELIEF * len(CHARS))
        costs[read, ""] = _less_likely(chance, 1.0)
    return MappingProxyType(costs)


def _counted(text: str) -> Counts:
    """Lines of what is there, what was read and how often; ``-`` is no character."""
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return {(read.strip("-"), there.strip("-")): float(times) for there, read, times in rows}


def _read_for(there: str, counts: Counts) -> dict[str, float]:
    """The probability of everything that may be read for one character."""
    prior = _prior(there)
    total = sum(counts.get((read, there), 0.0) for read in prior) + _BELIEF
    return {read: (counts.get((read, there), 0.0) + _BELIEF * share) / total for read, share in prior.items()}


def _prior(there: str) -> dict[str, float]:
    others = confusable(there)
    whole, rest = sum(others.values()) + _UNSEEN, [c for c in CHARS if c != there]
    wrong = {read: _WRONG * (others.get(read, 0.0) + _UNSEEN / len(rest)) / whole for read in rest}
    return {there: 1.0 - _WRONG - _LOST, "": _LOST, **wrong}


def _less_likely(chance: float, than: float) -> float:
    return min(max(_NEARLY, math.log(than / chance)), _FARTHEST)
