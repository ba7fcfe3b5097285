"""Every format of the chosen regions, compiled: by length, so that one look at a reading weighs them all at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marque.plates.catalogue import Region
from marque.plates.evidence import Alphabet, Evidence, Rows
from marque.plates.patterns import Shape, Variant

_SYMBOLS = 36
"""what a text that keeps to no format draws each of its characters from"""
_SWAP = 0.2
"""what overruling a character costs: nets are surer than they should be, but rarely the wrong way round"""
_NEAR = 0.1
"""how likely a second choice is, next to the first, to be worth a candidate: of a character, or of a shape"""


@dataclass(frozen=True, slots=True, eq=False)
class Owner:
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
    """A text of one shape. ``share``: its probability among all texts of the shape; ``swaps``: how many characters
    differ from those read; ``mass``: the probability that the plate has the shape at all, less `_SWAP` for each."""

    text: str
    share: float
    mass: float
    swaps: int


class Weighed(NamedTuple):
    """Per shape: ``bound``, how much it explains at most (0: it cannot have been meant), and the ``best`` of these; per
    place ``inside``, the probability that the shape's class holds the character, its product ``mass``, and ``refused``,
    whether it refuses the one read, and how ``often``. ``read``: the probability of the text as it was read."""

    bound: Rows
    best: float
    inside: Rows
    mass: Rows
    refused: NDArray[np.bool_]
    often: NDArray[np.intp]
    read: float


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
        self.holds = self.masks.T.astype(np.float64)
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
        """Files name their commonest formats first: of those of one length, the second is taken to be a quarter as
        common as the first, the third a ninth. Within a format every text is as likely as another."""
        sizes: Counter[tuple[str, int]] = Counter()
        for shape, owners in zip(self.shapes, self.owners, strict=True):
            for owner in owners:
                sizes[owner.region, owner.rank] += shape.size
        parts = _parts(sizes)
        chance = float(_SYMBOLS) ** self.length
        return [
            [(o, regions.index(o.region), chance * parts[o.region, o.rank] / sizes[o.region, o.rank]) for o in owners]
            for owners in self.owners
        ]

    def owned(self, row: int, prior: Rows) -> list[tuple[Owner, float]]:
        """Who has this shape, and how much likelier each is than chance to write one of its texts."""
        return [(owner, gain * float(prior[region])) for owner, region, gain in self.gains[row]]

    def weigh(self, evidence: Evidence, prior: Rows, swaps: int) -> Weighed:
        """All shapes at once; no more than ``swaps`` characters may be refused."""
        at = (self.places, self.classes)
        inside = (evidence.probability @ self.holds)[at]
        within = ((evidence.choice @ self.holds)[at] > 0).all(axis=1)
        refused = (~self.masks[:, evidence.own].T)[at]
        often = refused.sum(axis=1)
        mass = inside.prod(axis=1)
        bound = (self.gain @ prior) * mass * _SWAP**often * (within & (often <= swaps))
        read = float(evidence.choice[self.places, evidence.own].prod())
        return Weighed(bound, float(bound.max()), inside, mass, refused, often, read)

    def fits(self, row: int, evidence: Evidence, weighed: Weighed) -> Iterator[Fit]:
        """The best text of one shape, then those that differ from it in one character and are not much less likely.

        Nothing when no allowed choice has the shape.
        """
        classes = self.classes[row]
        if self.codes[row] or weighed.often[row]:
            columns, best, mass = self._nearest(row, evidence, weighed)
        else:
            columns, best, mass = evidence.own, weighed.read, float(weighed.mass[row])
        if best <= 0.0:
            return
        share = best / mass
        yield self._fit(columns, share, mass, evidence)
        if weighed.bound[row] < _NEAR * weighed.best:
            return
        for place, column, chance in evidence.rivals:
            own = float(evidence.choice[place, columns[place]])
            if chance > _NEAR * own and column != columns[place] and self.masks[classes[place], column]:
                other = columns.copy()
                other[place] = column
                fit = self._fit(other, share * chance / own, mass, evidence)
                if self.shapes[row].holds(fit.text):
                    yield fit

    def _nearest(self, row: int, evidence: Evidence, weighed: Weighed) -> tuple[NDArray[np.intp], float, float]:
        """The likeliest text of a shape that refuses a character or has code words, as columns; its probability (0:
        there is none), and that of the shape."""
        classes, columns, inside = self.classes[row], evidence.own.copy(), weighed.inside[row].copy()
        for place in weighed.refused[row].nonzero()[0]:
            columns[place] = (evidence.choice[place] * self.masks[classes[place]]).argmax()
        for places, words in self.codes[row]:
            columns[places] = words[evidence.choice[places, words].prod(axis=1).argmax()]
            inside[places] = 1.0
            inside[places[0]] = evidence.probability[places, words].prod(axis=1).sum()
        return columns, float(evidence.choice[self.places, columns].prod()), float(inside.prod())

    def _fit(self, columns: NDArray[np.intp], share: float, mass: float, evidence: Evidence) -> Fit:
        text = "".join([self.alphabet.chars[column] for column in columns.tolist()])
        swaps = 0 if columns is evidence.own else int((columns != evidence.own).sum())
        return Fit(text, share, mass * _SWAP**swaps, swaps)


def _parts(formats: Iterable[tuple[str, int]]) -> dict[tuple[str, int], float]:
    """The part of its region's plates that each (region, rank) has."""
    places: Counter[str] = Counter()
    parts: dict[tuple[str, int], float] = {}
    for region, rank in sorted(formats):
        places[region] += 1
        parts[region, rank] = 1.0 / places[region] ** 2
    whole = {region: sum(1.0 / place**2 for place in range(1, last + 1)) for region, last in places.items()}
    return {(region, rank): part / whole[region] for (region, rank), part in parts.items()}


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
        for rank, (form, variants) in enumerate(region.variants):
            for variant in variants:
                yield Owner(code, rank, form.name, variant)
