"""Every format of the chosen regions, compiled: by length, so that one look at a reading weighs them all at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marque.plates.catalogue import Region
from marque.plates.evidence import Alphabet, Evidence, Rows
from marque.plates.patterns import Shape, Variant

_SYMBOLS = 36
"""what a text that keeps to no format draws each of its characters from"""


_NEAR = 0.05
"""how likely a second choice of a character is, next to the first, to be worth a candidate"""


class Owner(NamedTuple):
    """A region's format (its ``rank``-th) that has a shape, and how it writes it."""

    region: str
    rank: int
    format: str
    variant: Variant


class Code(NamedTuple):
    """Code words of a shape as columns: ``words[k, j]`` stands at ``places[j]``."""

    places: NDArray[np.intp]
    words: NDArray[np.intp]


class Fit(NamedTuple):
    """A text of one shape. ``share``: its probability among all texts of the shape; ``mass``: the probability that the
    plate has the shape at all; ``swaps``: how many characters differ from those read."""

    text: str
    share: float
    mass: float
    swaps: int


class Shelf:
    """All shapes of one length. ``gain[v, r]``: how much likelier region r is than chance to write a given text of
    shape v."""

    def __init__(self, owners: Mapping[Shape, Sequence[Owner]], regions: Sequence[str], alphabet: Alphabet) -> None:
        self.shapes = list(owners)
        self.owners = [tuple(owners[shape]) for shape in self.shapes]
        self.alphabet = alphabet
        self.length = len(self.shapes[0].classes)
        names = sorted({chars for shape in self.shapes for chars in shape.classes})
        self.masks = np.array([alphabet.mask(chars) for chars in names])
        self.classes = np.array([[names.index(chars) for chars in shape.classes] for shape in self.shapes])
        self.codes = [self._codes(shape) for shape in self.shapes]
        self.gains = self._gains(regions)
        self.gain = np.zeros((len(self.shapes), len(regions)))
        for row, gains in enumerate(self.gains):
            for _, region, gain in gains:
                self.gain[row, region] += gain
        self.places = np.arange(self.length)

    def _codes(self, shape: Shape) -> tuple[Code, ...]:
        return tuple(
            Code(
                np.arange(code.offset, code.offset + len(code.words[0])),
                np.array([self.alphabet.columns(word) for word in code.words]),
            )
            for code in shape.codes
        )

    def _gains(self, regions: Sequence[str]) -> list[list[tuple[Owner, int, float]]]:
        """Files name their commonest formats first: of one length, each is taken to be twice as common as the next.
        Within a format every text is as likely as another."""
        sizes: Counter[tuple[str, int]] = Counter()
        for shape, owners in zip(self.shapes, self.owners, strict=True):
            for owner in owners:
                sizes[owner.region, owner.rank] += shape.size
        parts = _parts(sizes)
        chance = float(_SYMBOLS) ** self.length
        return [
            [(o, regions.index(o.region), chance * parts[o[:2]] / sizes[o[:2]]) for o in owners] for owners in self.owners
        ]

    def owned(self, row: int, prior: Rows) -> list[tuple[Owner, float]]:
        """Who has this shape, and how much likelier each is than chance to write one of its texts."""
        return [(owner, gain * float(prior[region])) for owner, region, gain in self.gains[row]]

    def bounds(self, evidence: Evidence, prior: Rows, swap: float, swaps: int) -> Rows:
        """Per shape: at most how much it explains, each refused character costing a factor ``swap``; 0 where more
        than ``swaps`` are, or an allowed choice cannot have the shape."""
        at = (self.places, self.classes)
        inside = (evidence.probability @ self.masks.T)[at].prod(axis=1)
        within = ((evidence.choice @ self.masks.T)[at] > 0).all(axis=1)
        refused = (~self.masks[:, evidence.own].T)[at].sum(axis=1)
        bound: Rows = (self.gain @ prior) * inside * swap**refused * (within & (refused <= swaps))
        return bound

    def fits(self, row: int, evidence: Evidence) -> Iterator[Fit]:
        """The best text of one shape, then those that differ from it in one character and are not much less likely.

        Nothing when no allowed choice has the shape.
        """
        masks = self.masks[self.classes[row]]
        choice = evidence.choice * masks
        columns = choice.argmax(axis=1)
        mass = (evidence.probability * masks).sum(axis=1)
        for places, words in self.codes[row]:
            columns[places] = words[evidence.choice[places, words].prod(axis=1).argmax()]
            mass[places] = 1.0
            mass[places[0]] = evidence.probability[places, words].prod(axis=1).sum()
        best = choice[self.places, columns]
        if best.min() <= 0.0:
            return
        total = float(mass.prod())
        share = float(best.prod()) / total
        yield self._fit(columns, share, total, evidence)
        likely = choice / best[:, None]
        likely[self.places, columns] = 0.0
        for place, column in np.argwhere(likely > _NEAR):
            other = columns.copy()
            other[place] = column
            fit = self._fit(other, share * float(likely[place, column]), total, evidence)
            if self.shapes[row].holds(fit.text):
                yield fit

    def _fit(self, columns: NDArray[np.intp], share: float, mass: float, evidence: Evidence) -> Fit:
        text = "".join([self.alphabet.chars[column] for column in columns])
        return Fit(text, share, mass, int((columns != evidence.own).sum()))


def _parts(formats: Iterable[tuple[str, int]]) -> dict[tuple[str, int], float]:
    """The part of its region's plates that each (region, rank) has."""
    ranks: dict[str, list[int]] = {}
    for region, rank in sorted(formats):
        ranks.setdefault(region, []).append(rank)
    return {
        (region, rank): 0.5**place / (2.0 - 2.0 * 0.5 ** len(own))
        for region, own in ranks.items()
        for place, rank in enumerate(own)
    }


def shelve(regions: Mapping[str, Region], alphabet: Alphabet) -> dict[int, Shelf]:
    """The shelves of these regions by length of text."""
    owners: dict[int, dict[Shape, list[Owner]]] = {}
    for owner in _owners(regions):
        shape = owner.variant.shape
        owners.setdefault(len(shape.classes), {}).setdefault(shape, []).append(owner)
    codes = list(regions)
    return {length: Shelf(shapes, codes, alphabet) for length, shapes in owners.items()}


def _owners(regions: Mapping[str, Region]) -> Iterator[Owner]:
    for code, region in regions.items():
        for rank, form in enumerate(region.formats):
            for variant in region.variants(form):
                yield Owner(code, rank, form.name, variant)
