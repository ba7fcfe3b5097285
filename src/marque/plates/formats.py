"""Formats of the world against a reading: what the plate says, and where it is from.

Bayes, with three ideas. A text that keeps to a format of a region is as likely as the format is narrow: one of 457
million Mercosur texts beats one of 78 billion of any seven characters, so the narrow format explains the plate better.
What a format rules out no longer competes: if a position must hold a letter, the digit's share is gone. And a plate may
keep to no format that we know: then what was read stands as it is, but for texts that people choose where they may.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marque.errors import ConfigError
from marque.plates import vanity
from marque.plates.catalogue import known_regions
from marque.plates.evidence import Alphabet, Evidence, Rows
from marque.plates.ranking import Board, Match, Policy, family
from marque.plates.shelves import Shelf, shelve
from marque.plates.text import normalize
from marque.types import Candidate, Character, Hypothesis, Reading, RegionScore

GIVEN = Policy(stranger=0.1, nowhere=0.01, swaps=3, certain=0.6)
"""the caller said where plates are from"""
OPEN = Policy(stranger=0.2, nowhere=0.05, swaps=2, certain=0.9)
"""somewhere in the world, so that almost any text is near some format"""

_VANITY = 0.4
"""part of the plates of no format that carry a text of their owner's choice, where people may choose"""
_SEEN = 0.7
"""probability from which a region is named when the net has looked at the plate, too"""
_LOOK = 0.9
"""trust in the net's look at the plate; the rest is spread over all regions"""
_FAINT = 5e-3
"""part of the best explanation below which another is not worth spelling out"""


class _Index(NamedTuple):
    """Chosen regions, compiled. ``crowd``: how likely each is when nothing else is known; ``within``: the same where a
    region is known, its own place or, of a country, also its states' (nothing: it is not chosen). ``vanity``: where
    people may choose texts."""

    codes: tuple[str, ...]
    crowd: Rows
    within: Mapping[str, Rows]
    vanity: NDArray[np.bool_]
    shelves: Mapping[int, Shelf]
    policy: Policy


class Formats:
    """All region files, or those of ``regions``. One object serves all threads.

    Raises ConfigError for a region that has no file.
    """

    def __init__(self, regions: Sequence[str] | None = None) -> None:
        self._default = tuple(regions or ())
        _index(self._default)

    @property
    def codes(self) -> tuple[str, ...]:
        """The regions that are considered, sorted."""
        return _index(self._default).codes

    def match(self, reading: Reading, regions: Sequence[str] = ()) -> tuple[Candidate, ...]:
        """The candidates of :meth:`look`."""
        return self.look(reading, regions).candidates

    def look(self, reading: Reading, regions: Sequence[str] = ()) -> Match:
        """Weigh every hypothesis against every format of ``regions``: a country takes in its states; none: those that
        this object was made with.

        What was read is always among the candidates, and all there is when no format fits. Raises ConfigError for an
        unknown region.
        """
        index = _index(tuple(regions) or self._default)
        board = Board(index.policy)
        prior = (1.0 - index.policy.stranger) * _prior(index, reading.regions)
        hypotheses = [_normalized(hypothesis) for hypothesis in reading.hypotheses]
        whole = sum(h.confidence for h in hypotheses) or 1.0
        for hypothesis in hypotheses:
            board.read(hypothesis.text, hypothesis.confidence)
        # hypotheses of one length are views of one thing; those of another length are another thing
        groups = [list(group) for _, group in groupby(sorted(hypotheses, key=_order), key=_length)]
        for group in groups:
            weight = sum(h.confidence for h in group) / whole
            if weight > _FAINT and group[0].text:
                evidence = _alphabet().evidence(group)
                self._explain(board, index, evidence, weight, prior, group[0].confidence)
                self._wish(board, index, evidence, weight, prior)
        certain = min(index.policy.certain, _SEEN) if reading.regions else index.policy.certain
        return board.match(index.codes, certain)

    def _explain(
        self, board: Board, index: _Index, evidence: Evidence, weight: float, prior: Rows, sure: float
    ) -> None:
        """What formats make of it; ``sure``: how sure the recogniser is of the text it read."""
        policy, shelf = index.policy, index.shelves.get(len(evidence.own))
        if shelf is None:
            return
        weighed = shelf.weigh(evidence, prior, policy.swaps)
        floor = _FAINT * max(weighed.best, policy.stranger * sure)
        for row in (weighed.bound > floor).nonzero()[0].tolist():
            fits = [fit for fit in shelf.fits(row, evidence, weighed) if fit.swaps <= policy.swaps]
            board.fitted(fits, weight, shelf.owned(row, prior))

    def _wish(self, board: Board, index: _Index, evidence: Evidence, weight: float, prior: Rows) -> None:
        """What people make of it, where they may choose their texts."""
        odds = _VANITY * index.policy.stranger / (1.0 - index.policy.stranger) * float(prior[index.vanity].sum())
        if odds and len(evidence.own) in vanity.LENGTHS:
            for text, chance in vanity.texts(evidence, _alphabet().chars):
                board.chosen(text, weight * odds * chance * vanity.likelier(text))


@cache
def _alphabet() -> Alphabet:
    """Of all regions, whichever are chosen."""
    return Alphabet(char for region in known_regions().values() for char in region.alphabet)


@lru_cache(maxsize=64)
def _index(regions: tuple[str, ...]) -> _Index:
    known = known_regions()
    chosen = {code: known[code] for code in _chosen(regions, tuple(known))}
    # a camera is likelier to stand where more vehicles are; the root, because small countries have cameras too
    crowd = np.sqrt([region.vehicles for region in chosen.values()])
    origins = [(code, family(code)) for code in chosen]
    within = {code: _within(code, origins, crowd) for code in known}
    wishes = np.array([region.vanity for region in chosen.values()])
    shelves = shelve(chosen, _alphabet())
    return _Index(tuple(chosen), crowd / crowd.sum(), within, wishes, shelves, GIVEN if regions else OPEN)


def _length(hypothesis: Hypothesis) -> int:
    return len(hypothesis.characters)


def _order(hypothesis: Hypothesis) -> tuple[int, float]:
    return _length(hypothesis), -hypothesis.confidence


def _normalized(hypothesis: Hypothesis) -> Hypothesis:
    """Without the separators that some recognisers read, and in upper case."""
    if normalize(hypothesis.text) == hypothesis.text:
        return hypothesis
    kept = [(normalize(c.char), c) for c in hypothesis.characters]
    characters = tuple(Character(char, c.confidence, c.alternatives) for char, c in kept if len(char) == 1)
    return Hypothesis(characters, hypothesis.confidence)


def _chosen(wanted: Sequence[str], known: Sequence[str]) -> list[str]:
    """The codes that ``wanted`` names, sorted; a country takes in its states."""
    for code in wanted:
        if code not in known:
            close = difflib.get_close_matches(code, known, 1)
            guess = f"Did you mean {close[0]!r}? " if close else ""
            raise ConfigError([f"there is no region {code!r}"], hint=f"{guess}Known: {', '.join(known)}.")
    return [code for code in known if not wanted or code in wanted or family(code) in wanted]


def _within(code: str, origins: Sequence[tuple[str, str]], crowd: Rows) -> Rows:
    """How likely each of the chosen regions, given with its country, is where ``code`` is known; nothing where none
    belongs to it."""
    own = crowd * [code in origin for origin in origins]
    return np.asarray(own / max(float(own.sum()), 1e-9))


def _prior(index: _Index, looks: Sequence[RegionScore]) -> Rows:
    """How likely each region is before its formats speak: where vehicles are, and the net's look. What it gives to
    regions that have no file may be anywhere; what it gives to those not asked for says nothing."""
    seen = np.zeros(len(index.codes))
    for look in looks:
        seen += look.confidence * index.within.get(look.code, index.crowd)
    return _LOOK * seen / seen.sum() + (1.0 - _LOOK) * index.crowd if seen.any() else index.crowd
