"""How likely a stored text is a misreading of the plate that is looked for, and all texts that are likely enough."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import cache
from heapq import nsmallest

from marque.plates.alignment import align, distance
from marque.plates.misreading import CHARS, cost
from marque.plates.text import fold, normalize
from marque.queries import Likeness

NEVER = math.log(1e6)
"""cost at which the score is 0: a million times less likely than the right text"""
REACH = 12.5
"""cost up to which a text counts as alike: any one character wrong, or two of those our recogniser often errs in"""
VARIANTS = 3_000
"""skeletons that one search looks up at most; those of a long text beyond are the least likely ones"""

_SKELETON = str.maketrans("DQLBSZGA", "00185264")


def skeleton(text: str) -> str:
    """The text with the letters that recognisers confuse with digits folded onto those digits."""
    return fold(text).translate(_SKELETON)


def misreading(stored: str, asked: str) -> float:
    """How much less likely our recogniser reads ``stored`` than ``asked`` where ``asked`` is there, as a natural
    logarithm; 0 for the same plate. Texts of one skeleton are never further apart than :data:`REACH`: people who write
    a plate down confuse those characters, too."""
    one, other = normalize(stored), normalize(asked)
    if one == other:
        return 0.0
    far = distance(one, other, cost)
    return min(far, REACH) if far > REACH and skeleton(one) == skeleton(other) else far


def likeness(stored: str, asked: str) -> Likeness:
    """Score 1 for the same plate, a sixth less for every ten times less likely it is read so; reasons from left to
    right, with the characters too many or too few counted at the end."""
    return Likeness(score(misreading(stored, asked)), reasons(stored, asked))


def score(far: float) -> float:
    """What a cost is as a score from 0 to 1."""
    return max(0.0, 1.0 - far / NEVER)


def reasons(stored: str, asked: str) -> tuple[str, ...]:
    """What differs: ``8~B`` (stored, then asked), ``+1`` (stored has one more), ``-1``."""
    pairs = align(normalize(stored), normalize(asked), cost)
    swaps = [f"{read}~{there}" for read, there in pairs if read and there and read != there]
    more, fewer = (sum(not pair[side] for pair in pairs) for side in (1, 0))
    counts = [f"{sign}{count}" for sign, count in (("+", more), ("-", fewer)) if count]
    return (*swaps, *counts)


def variants(asked: str, reach: float = REACH) -> list[str]:
    """The skeletons of all texts within ``reach`` of ``asked``, likeliest first, at most :data:`VARIANTS`.

    Every text as near as that has its skeleton among them: a class of characters costs what its cheapest member does.
    Raises nothing; an empty text has no variants.
    """
    text = normalize(asked)
    if not text:
        return []
    found = {"": 0.0}
    for char in text:
        found = dict(_nearest(_read(found, char, reach)))
    found = dict(_nearest(_inserted(found, reach)))
    return sorted(found, key=found.__getitem__)


def _nearest(ways: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """The cheapest way to each beginning, and the cheapest beginnings."""
    best: dict[str, float] = {}
    for text, far in ways:
        if far < best.get(text, math.inf):
            best[text] = far
    return nsmallest(VARIANTS, best.items(), key=lambda item: item[1])


def _read(found: dict[str, float], char: str, reach: float) -> Iterator[tuple[str, float]]:
    """Every beginning with what may be read for the next character."""
    options = _options(char)
    for text, far in _inserted(found, reach):
        for more, step in options:
            if far + step > reach:
                break
            yield text + more, far + step


def _inserted(found: dict[str, float], reach: float) -> Iterator[tuple[str, float]]:
    """Every beginning as it is, and with one character invented after it."""
    options = _options("")
    for text, far in found.items():
        yield text, far
        for more, step in options:
            if far + step > reach:
                break
            yield text + more, far + step


@cache
def _options(char: str) -> tuple[tuple[str, float], ...]:
    """What may be read for a character that is there, as skeletons, cheapest first."""
    best: dict[str, float] = {}
    for read in ["", char, *CHARS] if char else CHARS:
        folded = skeleton(read)
        best[folded] = min(best.get(folded, math.inf), cost(read, char))
    return tuple(sorted(best.items(), key=lambda option: option[1]))
