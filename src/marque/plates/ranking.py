"""From explanations to an answer: candidates in order, and the region that can be named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from marque.plates.shelves import Fit, Owner
from marque.types import Candidate, RegionScore

_LIKELIER = 0.5
"""probability of any known format from which the likeliest one is named"""


class Policy(NamedTuple):
    """How far formats may overrule what was read.

    ``stranger``: prior that the plate keeps to no format of these regions; ``nowhere``: the same, where only the region
    is asked for and the text is settled. ``swaps``: characters overruled at most. ``certain``: probability from which a
    region is named.
    """

    stranger: float
    nowhere: float
    swaps: int
    certain: float


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


class Board:
    """The explanations gathered for one reading: a tally per text, and the weight of all explanations together."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._tallies: dict[str, _Tally] = {}
        self._total = policy.stranger

    def read(self, text: str, chance: float) -> None:
        """A text as it was read, of no format."""
        tally = self._tallies.setdefault(text, _Tally())
        tally.weight = max(tally.weight, self._policy.stranger * chance)

    def fitted(self, fits: Sequence[Fit], weight: float, owners: Sequence[tuple[Owner, float]]) -> None:
        """The texts of one shape, best first, and how much likelier each owner is than chance to write one."""
        for fit in fits:
            plain = weight * fit.mass * fit.share
            tally = self._tallies.setdefault(fit.text, _Tally())
            tally.plain = max(tally.plain, plain)
            for owner, gain in owners:
                tally.weight += plain * gain
                tally.owners[owner] = tally.owners.get(owner, 0.0) + plain * gain
        if fits:
            self._total += weight * fits[0].mass * sum(gain for _, gain in owners)

    def chosen(self, text: str, weight: float) -> None:
        """A text as people choose them, of no format: it tells what was written, but not where."""
        self._tallies.setdefault(text, _Tally()).weight += weight
        self._total += weight

    def match(self, codes: Sequence[str], certain: float) -> Match:
        """Rank the texts; a region among ``codes`` is named from ``certain`` on."""
        ranked = sorted(self._tallies.items(), key=lambda item: -item[1].weight)
        origins = [_origins(tally, self._policy) for _, tally in ranked]
        named = [_named(scores, codes, certain) for scores in origins]
        candidates = tuple(
            _candidate(text, tally, region, sum(scores.values()), min(tally.weight / self._total, 1.0))
            for (text, tally), region, scores in zip(ranked, named, origins, strict=True)
        )
        likely = sorted(origins[0].items(), key=lambda item: -item[1])
        return Match(candidates, tuple(RegionScore(code, score) for code, score in likely), named[0])


def family(code: str) -> str:
    """The country of a state: ``us-ca`` -> ``us``."""
    return code.split("-")[0]


def _origins(tally: _Tally, policy: Policy) -> dict[str, float]:
    """Probability of each region given the text; what is left belongs to regions that we do not have."""
    known = (1.0 - policy.nowhere) / (1.0 - policy.stranger)
    whole = policy.nowhere * tally.plain + known * sum(tally.owners.values())
    scores: dict[str, float] = {}
    for owner, weight in tally.owners.items():
        scores[owner.region] = scores.get(owner.region, 0.0) + known * weight / whole
    return scores


def _named(scores: Mapping[str, float], codes: Sequence[str], certain: float) -> RegionScore | None:
    """The region that is certain enough, or the country whose states are together."""
    if not scores or sum(scores.values()) < certain:
        return None
    best = max(scores, key=scores.__getitem__)
    if scores[best] >= certain:
        return RegionScore(best, scores[best])
    country = family(best)
    score = sum(part for code, part in scores.items() if family(code) == country)
    return RegionScore(country, score) if country in codes and score >= certain else None


def _candidate(text: str, tally: _Tally, region: RegionScore | None, known: float, confidence: float) -> Candidate:
    """``known``: probability that some format of ours was meant. Where several regions share it none may be named, and
    it is the likeliest one's all the same."""
    if region is None:
        shared = known >= _LIKELIER and tally.owners
        form = max(tally.owners, key=tally.owners.__getitem__).format if shared else None
        return Candidate(text, confidence, text, format=form)
    own = {owner: weight for owner, weight in tally.owners.items() if owner.region == region.code}
    states = {owner: weight for owner, weight in tally.owners.items() if family(owner.region) == region.code}
    owners = own or states
    owner = max(owners, key=owners.__getitem__)
    return Candidate(text, confidence, owner.variant.display(text), region.code, owner.format)
