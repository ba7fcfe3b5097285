"""What a reading says about every position: one row of probabilities over all characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marque.plates.confusions import CONFUSIONS, confusable
from marque.types import Character, Hypothesis

Rows = NDArray[np.float64]

_REST = 1e-4
"""probability at least left to the characters a net does not name, however sure it is"""
_FAINT = 0.01
"""probability below which a character is no rival of another"""
_SURE = 0.95
"""confidence from which a character stands, whatever formats would like"""
_UNLIKE = 0.5
"""confusion-table weight of all characters together that nobody has seen confused"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """``probability[i, s]``: how likely position i shows symbol s; ``choice[i, s]``: the same, but 0 where s must not
    be chosen, because the recogniser is too sure of another. ``own[i]``: the symbol that was read. ``rivals``: (i, s,
    probability) of what else it may be, where that is more than next to nothing."""

    probability: Rows
    choice: Rows
    own: NDArray[np.intp]
    rivals: tuple[tuple[int, int, float], ...]


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

    def evidence(self, hypotheses: Sequence[Hypothesis]) -> Evidence:
        """Rows for hypotheses of one length, best first, averaged by their confidence. A character of the best one that
        the recogniser is sure of cannot be chosen otherwise."""
        own = self.columns(hypotheses[0].text)
        weights = [max(h.confidence, _REST) for h in hypotheses]
        views = [
            self._rows(h.characters) * (weight / sum(weights)) for h, weight in zip(hypotheses, weights, strict=True)
        ]
        probability: Rows = sum(views[1:], views[0])
        places = np.arange(len(own))
        standing = probability[places, own] > _SURE
        choice = np.where(standing[:, None], 0.0, probability)
        choice[places, own] = probability[places, own]
        rows, columns = (choice > _FAINT).nonzero()
        rivals = tuple(zip(rows.tolist(), columns.tolist(), choice[rows, columns].tolist(), strict=True))
        return Evidence(probability, choice, own, rivals)

    def _rows(self, characters: Sequence[Character]) -> Rows:
        """What the net leaves over goes to the characters that are confused with the one it chose."""
        own = self.columns("".join(c.char for c in characters))
        named = np.array([c.confidence + sum(chance for _, chance in c.alternatives) for c in characters])
        rows: Rows = np.maximum(1.0 - named, _REST)[:, None] * self.share[own]
        for row, character in zip(rows, characters, strict=True):
            for char, chance in character.alternatives:
                row[self.index.get(char, self.unknown)] = chance
        rows[np.arange(len(own)), own] = [c.confidence for c in characters]
        return rows
