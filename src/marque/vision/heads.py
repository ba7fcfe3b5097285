"""The two heads of the recogniser, each able to propose texts and to lay any text along what it saw, which says how
likely the text is and what stands where.

A text here is a tuple of class numbers; class 0 is "nothing" (an empty slot, the blank of CTC). Probabilities are
floored, so that one unlucky step does not rule out a text that the other head is sure of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
Text = tuple[int, ...]

FLOOR = 1e-6
LIKELY = 0.02
"""symbols less probable than this at a step are not proposed"""
MOST_SYMBOLS = 4


class Alignment(Protocol):
    """Some texts along what a head saw."""

    @property
    def weights(self) -> Probabilities:
        """[K] log-probabilities of the texts."""

    def standing(self, row: int) -> Probabilities:
        """[L, C+1]: what stands at each character of one of them."""


class Head(Protocol):
    """What the decoder needs of a head."""

    def propose(self, width: int) -> list[Text]:
        """Up to ``width`` texts, about best first."""

    def align(self, texts: Sequence[Text]) -> Alignment:
        """The texts along what the head saw."""


class SlotHead:
    """``slots`` [S, C+1]: slot i holds character i, empty slots follow the text."""

    def __init__(self, slots: NDArray[np.floating]) -> None:
        self.slots = np.maximum(slots, FLOOR, dtype=np.float64)

    def propose(self, width: int) -> list[Text]:
        going: dict[Text, float] = {(): 1.0}
        ended: dict[Text, float] = {}
        for symbols in _likely(self.slots):
            empty = dict(symbols).get(0, 0.0)
            ended = _best({text: p * empty for text, p in (ended | going).items()}, width) if empty else {}
            going = _best({(*text, c): p * q for text, p in going.items() for c, q in symbols if c}, width)
        texts = ended | going
        return sorted(texts, key=lambda text: -texts[text])[:width]

    def align(self, texts: Sequence[Text]) -> SlotAlignment:
        return SlotAlignment(self.slots, texts)


@dataclass(frozen=True, slots=True)
class SlotAlignment:
    """Each character in its slot; those beyond the last one count as what the slots hold nearly impossible."""

    slots: Probabilities
    texts: Sequence[Text]

    @property
    def weights(self) -> Probabilities:
        count, logs = len(self.slots), np.log(self.slots)
        padded = _padded([text[:count] for text in self.texts], count)
        beyond = np.array([max(0, len(text) - count) for text in self.texts])
        return np.asarray(logs[np.arange(count), padded].sum(1) + beyond * np.log(FLOOR))

    def standing(self, row: int) -> Probabilities:
        length, (count, classes) = len(self.texts[row]), self.slots.shape
        beyond = np.full((max(0, length - count), classes), FLOOR)
        return np.concatenate([self.slots[:length], beyond])


class CtcHead:
    """``ctc`` [T, C+1]: one distribution per column of the picture, repeated symbols and blanks to be merged."""

    def __init__(self, ctc: NDArray[np.floating], quiet: float = 0.995) -> None:
        steps = np.maximum(ctc, FLOOR, dtype=np.float64)
        blank = steps[:, 0] > quiet
        # Of neighbouring steps that are surely blank one says all: it saves most of the work below.
        self.steps = steps[~(blank & np.concatenate([[False], blank[:-1]]))]

    def propose(self, width: int) -> list[Text]:
        """Prefix beam search: per prefix the probability that it ends in a blank, and that it does not."""
        beam: dict[Text, tuple[float, float]] = {(): (1.0, 0.0)}
        for symbols in _likely(self.steps):
            grown: dict[Text, list[float]] = defaultdict(lambda: [0.0, 0.0])
            for prefix, (blank, solid) in beam.items():
                for c, p in symbols:
                    if c == 0:
                        grown[prefix][0] += (blank + solid) * p
                    elif prefix and c == prefix[-1]:
                        grown[prefix][1] += solid * p
                        grown[*prefix, c][1] += blank * p
                    else:
                        grown[*prefix, c][1] += (blank + solid) * p
            beam = {t: (b, s) for t, (b, s) in sorted(grown.items(), key=lambda e: -sum(e[1]))[:width]}
        return list(beam)

    def align(self, texts: Sequence[Text]) -> CtcAlignment:
        states, skips = _states([*texts, *(t[::-1] for t in texts)])
        emitted = self.steps[:, states]
        emitted[:, len(texts) :] = emitted[::-1, len(texts) :]
        both = _forward(emitted, skips)
        lengths = np.array([len(t) for t in texts])
        return CtcAlignment(self.steps, lengths, states, both[:, : len(texts)], both[::-1, len(texts) :])


@dataclass(frozen=True, slots=True)
class CtcAlignment:
    """Texts of these lengths [K] along the steps: their states [K, 2L+1], and how likely each state is reached at each
    step from the first on, and from the last back by the reversed texts, [T, K, 2L+1]."""

    steps: Probabilities
    lengths: NDArray[np.intp]
    states: NDArray[np.intp]
    there: Probabilities
    back: Probabilities

    @property
    def weights(self) -> Probabilities:
        last, ends, rows = self.there[-1], 2 * self.lengths, np.arange(len(self.lengths))
        whole = last[rows, ends] + np.where(ends > 0, last[rows, ends - 1], 0.0)
        return np.asarray(np.log(np.maximum(whole, 1e-300)))

    def standing(self, row: int) -> Probabilities:
        """Each character's own step: where the alignments of the text most likely place it."""
        length = int(self.lengths[row])
        if not length:
            return self.steps[:0]
        # The reversed text passes its states in the opposite order; blanks are left out.
        at = np.arange(1, 2 * length, 2)
        passing = self.there[:, row, at] * self.back[:, row, 2 * length - at] / self.steps[:, self.states[row, at]]
        return np.asarray(self.steps[passing.argmax(0)])


def _forward(emitted: Probabilities, skips: Probabilities) -> Probabilities:
    """[T, K, 2L+1]: the probability of every beginning that reaches a state at a step, from that of each state's symbol
    at each step."""
    steps, texts, states = emitted.shape
    reached = np.zeros((steps, texts, states + 2))
    reached[0, :, 2:4] = emitted[0, :, :2]
    sums, skipped = np.empty((texts, states)), np.empty((texts, states))
    for before, now, emit in zip(reached[:-1], reached[1:], emitted[1:], strict=True):
        np.add(before[:, 2:], before[:, 1:-1], out=sums)
        np.multiply(skips, before[:, :-2], out=skipped)
        sums += skipped
        np.multiply(sums, emit, out=now[:, 2:])
    return reached[:, :, 2:]


def _states(texts: Sequence[Text]) -> tuple[NDArray[np.intp], Probabilities]:
    """Texts with blanks around every character, [K, 2L+1], and 1 where the blank before a character may be left out."""
    length = max(1, *map(len, texts), 1)
    states = np.zeros((len(texts), 2 * length + 1), np.intp)
    states[:, 1::2] = _padded(texts, length)
    skips = np.zeros(states.shape)
    skips[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    return states, skips


def _padded(texts: Sequence[Text], length: int) -> NDArray[np.intp]:
    return np.array([(*text, *(0,) * (length - len(text))) for text in texts], np.intp).reshape(len(texts), length)


def _likely(steps: Probabilities) -> list[list[tuple[int, float]]]:
    """Per step the classes worth proposing and their probabilities, best first, always at least the best."""
    order = np.argsort(-steps, axis=1)[:, :MOST_SYMBOLS]
    sorted_ = np.take_along_axis(steps, order, 1).tolist()
    counts = np.maximum(1, (steps > LIKELY).sum(1)).tolist()
    return [list(zip(c[:n], p[:n], strict=True)) for c, p, n in zip(order.tolist(), sorted_, counts, strict=True)]


def _best(texts: dict[Text, float], width: int) -> dict[Text, float]:
    if len(texts) <= width:
        return texts
    return dict(sorted(texts.items(), key=lambda entry: -entry[1])[:width])
