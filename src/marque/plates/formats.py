"""Formats of the world against a reading: what the plate says, and where it is from.

Bayes, with three ideas. A text that keeps to a format of a region is as likely as the format is narrow: one of 457
million Mercosur texts beats one of 78 billion of any seven characters, so the narrow format explains the plate better.
What a format rules out no longer competes: if a position must hold a letter, the digit's share is gone. And a plate may
keep to no format that we know: then what was read stands as it is.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from marque.errors import ConfigError
from marque.plates.catalogue import Region, load_regions
from marque.plates.evidence import Alphabet, Rows
from marque.plates.shelves import Fit, Owner, Shelf, shelve
from marque.plates.text import normalize
from marque.types import Candidate, Hypothesis, Reading, RegionScore


class Policy(NamedTuple):
    """How far formats may overrule what was read.

    ``stranger``: prior that the plate keeps to no format of these regions; ``nowhere``: the same, where only the region
    is asked for and the text is settled. ``sure``: confidence from which a character
    stands. ``swap``: factor for each character overruled. ``swaps``: how many at most.
    """

    stranger: float
    nowhere: float
    sure: float
    swap: float
    swaps: int


GIVEN = Policy(stranger=0.05, nowhere=0.01, sure=0.995, swap=1.0, swaps=3)
"""the caller said where plates are from"""
OPEN = Policy(stranger=0.5, nowhere=0.05, sure=0.95, swap=0.3, swaps=2)
"""somewhere in the world, so that almost any text is near some format"""

_CERTAIN = 0.6
"""probability from which a region is named"""
_LOOK = 0.9
"""trust in the net's look at the plate; the rest is spread over all regions"""
_FAINT = 1e-3
"""part of the best explanation below which another is not worth spelling out"""


@dataclass(frozen=True, slots=True)
class Match:
    """``candidates`` best first, never empty; ``regions`` of the first one, likeliest first, and ``region``: the one
    that can be named, or None."""

    candidates: tuple[Candidate, ...]
    regions: tuple[RegionScore, ...]
    region: RegionScore | None


@dataclass(slots=True)
class _Tally:
    """What speaks for one text: ``weight`` in all, ``plain`` without any format, ``owners``: the part of each region's
    format."""

    weight: float = 0.0
    plain: float = 0.0
    owners: dict[Owner, float] = field(default_factory=dict)


class _Board:
    """The explanations gathered for one reading: a tally per text, and the weight of all explanations together."""

    def __init__(self) -> None:
        self.tallies: dict[str, _Tally] = {}
        self.total = 0.0

    def read(self, text: str, weight: float, chance: float) -> None:
        """The text as read, of no format."""
        self.tallies.setdefault(text, _Tally()).weight += weight * chance
        self.total += weight

    def fitted(self, fit: Fit, weight: float, owners: Sequence[tuple[Owner, float]]) -> None:
        """A text of a shape: ``weight`` without any format, and what each owner's format makes of it."""
        tally = self.tallies.setdefault(fit.text, _Tally())
        tally.plain += weight
        for owner, gain in owners:
            tally.weight += weight * gain
            tally.owners[owner] = tally.owners.get(owner, 0.0) + weight * gain


class _Index(NamedTuple):
    codes: tuple[str, ...]
    families: tuple[str, ...]
    shelves: Mapping[int, Shelf]
    policy: Policy


class Formats:
    """All region files, or those of ``regions``. Matching touches no state: one object serves all threads.

    Raises ConfigError for a region that has no file.
    """

    def __init__(self, regions: Sequence[str] | None = None) -> None:
        self._regions: Mapping[str, Region] = load_regions()
        self._alphabet = Alphabet(
            char
            for region in self._regions.values()
            for form in region.formats
            for variant in region.variants(form)
            for chars in variant.shape.classes
            for char in chars
        )
        self._default = tuple(regions or ())
        self._index = lru_cache(maxsize=64)(self._build)
        self._index(self._default)

    @property
    def codes(self) -> tuple[str, ...]:
        """The regions that are considered, sorted."""
        return self._index(self._default).codes

    def match(self, reading: Reading, regions: Sequence[str] = ()) -> tuple[Candidate, ...]:
        """The candidates of :meth:`look`."""
        return self.look(reading, regions).candidates

    def look(self, reading: Reading, regions: Sequence[str] = ()) -> Match:
        """Weigh every hypothesis against every format of ``regions`` (a country takes in its states; none: the
        formats' own).

        The text as read is always among the candidates, and the only one when no format fits. Raises ConfigError for an
        unknown region.
        """
        index = self._index(tuple(regions) or self._default)
        board = _Board()
        prior = (1.0 - index.policy.stranger) * _prior(index, reading.regions)
        total = sum(h.confidence for h in reading.hypotheses)
        for hypothesis in reading.hypotheses:
            weight = hypothesis.confidence / total if total > 0 else 1.0
            self._explain(board, index, hypothesis, weight, prior)
        return _ranked(board, index)

    def _explain(self, board: _Board, index: _Index, hypothesis: Hypothesis, weight: float, prior: Rows) -> None:
        text, policy = normalize(hypothesis.text), index.policy
        board.read(text, weight * policy.stranger, hypothesis.confidence)
        shelf = index.shelves.get(len(text))
        if shelf is None or len(text) != len(hypothesis.characters):
            return
        evidence = self._alphabet.evidence(hypothesis.characters, policy.sure)
        bounds = shelf.bounds(evidence, prior, policy.swap, policy.swaps)
        floor = _FAINT * max(float(bounds.max()), policy.stranger * hypothesis.confidence)
        for row in np.flatnonzero(bounds > floor):
            owners = shelf.owned(int(row), prior)
            fits = [fit for fit in shelf.fits(int(row), evidence) if fit.swaps <= policy.swaps]
            for fit in fits:
                board.fitted(fit, weight * fit.mass * fit.share * policy.swap**fit.swaps, owners)
            if fits:
                board.total += weight * fits[0].mass * policy.swap ** fits[0].swaps * sum(gain for _, gain in owners)

    def _build(self, regions: tuple[str, ...]) -> _Index:
        chosen = {code: self._regions[code] for code in _chosen(regions, tuple(self._regions))}
        codes = tuple(chosen)
        families = tuple(_family(code) for code in codes)
        return _Index(codes, families, shelve(chosen, self._alphabet), GIVEN if regions else OPEN)


def _chosen(wanted: Sequence[str], known: Sequence[str]) -> list[str]:
    """The codes that ``wanted`` names, sorted; a country takes in its states."""
    for code in wanted:
        if code not in known:
            close = difflib.get_close_matches(code, known, 1)
            guess = f"Did you mean {close[0]!r}? " if close else ""
            raise ConfigError([f"there is no region {code!r}"], hint=f"{guess}Known: {', '.join(known)}.")
    return [code for code in known if not wanted or code in wanted or _family(code) in wanted]


def _prior(index: _Index, looks: Sequence[RegionScore]) -> Rows:
    """How likely each region is before its formats speak: the net's look, a country's shared by its states."""
    even = np.full(len(index.codes), 1.0 / len(index.codes))
    scores = {look.code: look.confidence for look in looks}
    seen = np.array(
        [
            scores.get(code, scores.get(family, 0.0) / index.families.count(family))
            for code, family in zip(index.codes, index.families, strict=True)
        ]
    )
    return _LOOK * seen / seen.sum() + (1.0 - _LOOK) * even if seen.sum() > 0 else even


def _ranked(board: _Board, index: _Index) -> Match:
    ranked = sorted(board.tallies.items(), key=lambda item: -item[1].weight)
    origins = [_origins(tally, index.policy) for _, tally in ranked]
    named = [_named(scores, index.codes) for scores in origins]
    candidates = tuple(
        _candidate(text, tally, region, tally.weight / board.total)
        for (text, tally), region in zip(ranked, named, strict=True)
    )
    likely = sorted(origins[0].items(), key=lambda item: -item[1])
    return Match(candidates, tuple(RegionScore(code, score) for code, score in likely if score > _FAINT), named[0])


def _origins(tally: _Tally, policy: Policy) -> dict[str, float]:
    """Probability of each region given the text; what is left belongs to regions that we do not have."""
    known = (1.0 - policy.nowhere) / (1.0 - policy.stranger)
    whole = policy.nowhere * tally.plain + known * sum(tally.owners.values())
    scores: dict[str, float] = {}
    for owner, weight in tally.owners.items():
        scores[owner.region] = scores.get(owner.region, 0.0) + known * weight / whole
    return scores


def _named(scores: Mapping[str, float], codes: Sequence[str]) -> RegionScore | None:
    """The region that is certain enough, or the country whose states are together."""
    families: dict[str, float] = {}
    for code, score in scores.items():
        families[_family(code)] = families.get(_family(code), 0.0) + score
    for group in (scores, families):
        code = max(group, key=group.__getitem__, default="")
        if code in codes and group[code] >= _CERTAIN:
            return RegionScore(code, group[code])
    return None


def _candidate(text: str, tally: _Tally, region: RegionScore | None, confidence: float) -> Candidate:
    if region is None:
        return Candidate(text, confidence, text)
    owner = max(
        tally.owners, key=lambda o: (o.region == region.code, _family(o.region) == region.code, tally.owners[o])
    )
    return Candidate(text, confidence, owner.variant.display(text), region.code, owner.format)


def _family(code: str) -> str:
    """The country of a state: ``us-ca`` -> ``us``."""
    return code.split("-")[0]
