"""Vanity plates: how much likelier than chance people choose a text, and the likeliest texts that a reading allows.

People choose words, names, words joined, shortened and spelt with digits. Which character follows which two says most
of it: nobody who has read ``BAIMAN`` doubts that it is ``BATMAN``, and neither need we, where the net hesitates.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from heapq import nlargest
from operator import itemgetter
from pathlib import Path

from marque.plates.evidence import Evidence

CHOSEN = Path(__file__).with_name("vanity.tsv")
"""levels of every character after one or two others, counted by ``training/marque_training/vanity.py``"""
CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
START = "^"
"""what stands before the first character"""
CHANCE, STEP = ord("k"), 0.5
"""the level of a character that is as likely there as any, and how much a level is, as a natural logarithm"""
LENGTHS = range(3, 9)
"""how long such texts are; what is shorter tells nothing of words"""

_STRANGE = -5.0
"""natural logarithm for a character that no vanity plate carries"""
_BEAM = 24


def likelier(text: str) -> float:
    """How many times likelier people choose ``text`` than chance would draw it from 36 characters; 0 where it is
    shorter or longer than vanity texts are."""
    if len(text) not in LENGTHS:
        return 0.0
    before = START + text
    return math.exp(sum(_after(before[max(0, i - 1) : i + 1]).get(c, _STRANGE) for i, c in enumerate(text)))


def texts(evidence: Evidence, chars: list[str]) -> Iterator[tuple[str, float]]:
    """The likeliest texts that the evidence allows, each with its probability by the evidence alone. ``chars`` are its
    columns; what has none ends the search, since nobody chooses what no format knows."""
    own = evidence.own.tolist()
    sure = evidence.choice[range(len(own)), own].tolist()
    options = [
        [(chars[column], chance)] if column < len(chars) else [] for column, chance in zip(own, sure, strict=True)
    ]
    for place, column, chance in evidence.rivals:
        if column != own[place] and column < len(chars):
            options[place].append((chars[column], chance))
    beam = [("", 1.0)]
    for symbols in options:
        grown = [(text + char, whole * chance) for text, whole in beam for char, chance in symbols]
        beam = nlargest(_BEAM, grown, key=itemgetter(1)) if len(grown) > _BEAM else grown
    yield from beam


def _after(context: str) -> dict[str, float]:
    """The row of what stands before; where two characters were seen too rarely together, of the nearer one."""
    table = _table()
    return table.get(context) or table.get(context[-1:], {})


@cache
def _table() -> dict[str, dict[str, float]]:
    rows = (line.split("\t") for line in CHOSEN.read_text("utf-8").splitlines() if not line.startswith("#"))
    return {
        context: {char: STEP * (ord(level) - CHANCE) for char, level in zip(CHARS, levels, strict=True)}
        for context, levels in rows
    }
