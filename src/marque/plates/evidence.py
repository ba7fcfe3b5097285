"""What a reading says about every position: one row of probabilities over all characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marque.plates.confusions import CONFUSIONS, confusable
from marque.types import Character

Rows = NDArray[np.float64]

_REST = 1e-4
"""probability at least left to the characters a net does not name, however sure it is"""
_UNLIKE = 0.5
"""confusion-table weight of all characters together that nobody has seen confused"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """``probability[i, s]``: how likely position i shows symbol s; ``choice[i, s]``: the same, but 0 where s must not
    be chosen, because the recogniser is too sure of another. ``own[i]``: the symbol that was read."""

    probability: Rows
    choice: Rows
    own: NDArray[np.intp]

    @property
    def joint(self) -> float:
        """Probability of the text as it was read."""
        return float(self.probability[np.arange(len(self.own)), self.own].prod())


class Alphabet:
    """Symbols as columns; the last column stands for every character that no format knows."""

    def __init__(self, chars: Iterable[str]) -> None:
        self.chars = sorted(set(chars) | set(CONFUSIONS))
        self.index = {char: column for column, char in enumerate(self.chars)}
        self.unknown = len(self.chars)
        self.share = np.zeros((self.unknown + 1, self.unknown + 1))
        for char, row in self.index.items():
            others = confusable(char)
            for other, weight in others.items():
                self.share[row, self.index[other]] = weight / (sum(others.values()) + _UNLIKE)

    def columns(self, text: str) -> NDArray[np.intp]:
        return np.array([self.index.get(char, self.unknown) for char in text], dtype=np.intp)

    def mask(self, chars: str) -> NDArray[np.bool_]:
        """A row that is True at these characters."""
        row = np.zeros(self.unknown + 1, dtype=np.bool_)
        row[self.columns(chars)] = True
        return row

    def evidence(self, characters: Sequence[Character], sure: float) -> Evidence:
        """Rows for one hypothesis. What the net leaves over goes to the characters that are confused with the one it
        chose; a character whose confidence is over ``sure`` cannot be chosen otherwise."""
        own = self.columns("".join(c.char for c in characters))
        named = np.array([c.confidence + sum(p for _, p in c.alternatives) for c in characters])
        probability = np.maximum(1.0 - named, _REST)[:, None] * self.share[own]
        for row, character in enumerate(characters):
            for char, chance in character.alternatives:
                probability[row, self.index.get(char, self.unknown)] = chance
            probability[row, own[row]] = character.confidence
        choice = probability.copy()
        for row, character in enumerate(characters):
            if character.confidence > sure:
                choice[row] = 0.0
                choice[row, own[row]] = character.confidence
        return Evidence(probability, choice, own)
