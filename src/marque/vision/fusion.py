"""Many frames' readings of one plate, made one. Pure functions.

Every reading votes for its characters, position by position, after its text was aligned to the text that most agree
on; so an extra or missing letter does not shift the rest. A vote weighs more with its confidence and its sharpness, but
always between 0.51 and 1: one frame, however sure of itself, never outvotes two that agree. What is reported as
confidence is not the vote but the mean probability, so that agreement cannot inflate it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from marque.types import Character, Hypothesis, Reading, RegionScore

FLOOR = 0.51
"""the least weight of a vote; above one half, so that two votes always beat one"""
BELOW = 0.95
"""an alternative is given at most this share of the winner's probability"""
SILENCE = 0.2
"""weight of a frame that says nothing, beside one that says something"""
KEPT = 5
"""hypotheses and alternatives kept"""
GAP = ""

Votes = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Ballot:
    """One frame's reading and how sharp its crop was, 0 to 1."""

    reading: Reading
    sharpness: float = 1.0

    @property
    def vote(self) -> float:
        """Weight of the whole text, FLOOR to 1."""
        return FLOOR + (1 - FLOOR) * self.reading.confidence * self.sharpness

    @property
    def trust(self) -> float:
        """Weight in means of probabilities: squared, since a dozen blurred readings from afar know less than a good
        one."""
        return 1e-4 + self.reading.confidence**2 * self.sharpness


def fuse(ballots: Sequence[Ballot]) -> Reading:
    """One reading from several frames' (at least one). Empty texts count only when there is nothing else."""
    said = [b for b in ballots if b.reading.text] or list(ballots)
    if len(said) == 1:
        return said[0].reading
    columns = _columns(_leader(said), said)
    characters = tuple(c for c in (_elect(column) for column in columns) if c is not None)
    first = Hypothesis(characters, _belief(characters, said))
    return Reading((first, *_others(first.text, said)), _regions(said))


def mean(readings: Sequence[Reading]) -> Reading:
    """What readings (at least one) of different pictures of one plate hold likely on average; unlike frames, each of
    these pictures shows the whole of what is known. Regions are the first one's."""
    if len(readings) == 1:
        return readings[0]
    likeliest = [{h.text: h for h in reversed(r.hypotheses)} for r in readings]
    chances = {
        text: sum(h[text].confidence for h in likeliest if text in h) / len(readings) for h in likeliest for text in h
    }
    ranked = sorted(chances, key=lambda text: (-chances[text], text))
    surest = {t: max((h[t] for h in likeliest if t in h), key=lambda h: h.confidence) for t in ranked[:KEPT]}
    return Reading(tuple(Hypothesis(h.characters, chances[t]) for t, h in surest.items()), readings[0].regions)


def doubted(reading: Reading, ballots: Sequence[Ballot]) -> Reading:
    """The reading as sure as the frames (at least one) that say nothing leave it: a text that one frame of many shows
    is a guess. Far frames say nothing of a good plate, too, so their silence weighs less than a text."""
    said = sum(b.trust for b in ballots if b.reading.text)
    silent = SILENCE * sum(b.trust for b in ballots if not b.reading.text)
    if not said or not silent:
        return reading
    share = said / (said + silent)
    return Reading(tuple(replace(h, confidence=share * h.confidence) for h in reading.hypotheses), reading.regions)


def align(text: str, leader: str) -> list[int | None]:
    """For every position of ``leader`` the position in ``text`` that stands there, or None; fewest edits."""
    costs = _edit_costs(text, leader)
    pairs: list[int | None] = [None] * len(leader)
    i, j = len(text), len(leader)
    while i and j:
        if costs[i][j] == costs[i - 1][j - 1] + (text[i - 1] != leader[j - 1]):
            i, j = i - 1, j - 1
            pairs[j] = i
        elif costs[i][j] == costs[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
    return pairs


def _edit_costs(a: str, b: str) -> list[list[int]]:
    """Levenshtein's table: cost of making ``a[:i]`` from ``b[:j]``."""
    costs = [[i + j for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            swap = costs[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            costs[i][j] = min(swap, costs[i - 1][j] + 1, costs[i][j - 1] + 1)
    return costs


def _nearness(a: str, b: str) -> float:
    longest = max(len(a), len(b))
    return 1.0 if a == b else 1 - _edit_costs(a, b)[-1][-1] / longest


def _leader(ballots: Sequence[Ballot]) -> str:
    """The text nearest to all votes; of equals, the one that comes first in the alphabet."""
    votes: dict[str, float] = defaultdict(float)
    for ballot in ballots:
        votes[ballot.reading.text] += ballot.vote
    return max(sorted(votes), key=lambda text: sum(w * _nearness(text, other) for other, w in votes.items()))


@dataclass(frozen=True, slots=True)
class _Column:
    """One position of the leader: what was voted there, and the mean probabilities."""

    votes: Votes
    chances: Votes


def _columns(leader: str, ballots: Sequence[Ballot]) -> list[_Column]:
    """Votes and mean probabilities for every position of ``leader``."""
    aligned = [(b, align(b.reading.text, leader)) for b in ballots]
    trust = sum(b.trust for b in ballots)
    return [_column([(b, pairs[position]) for b, pairs in aligned], trust) for position in range(len(leader))]


def _column(entries: Sequence[tuple[Ballot, int | None]], trust: float) -> _Column:
    votes: dict[str, float] = defaultdict(float)
    chances: dict[str, float] = defaultdict(float)
    for ballot, place in entries:
        if place is None:
            votes[GAP] += ballot.vote
            continue
        character = ballot.reading.characters[place]
        votes[character.char] += FLOOR
        for char, chance in ((character.char, character.confidence), *character.alternatives):
            votes[char] += (1 - FLOOR) * min(chance, character.confidence) * ballot.sharpness
            chances[char] += chance * ballot.trust / trust
    return _Column(votes, chances)


def _elect(column: _Column) -> Character | None:
    """The position's character, or None where most votes are for nothing standing there."""
    winner = max(sorted(column.votes), key=lambda char: column.votes[char])
    if winner == GAP:
        return None
    confidence = min(column.chances[winner], 1.0)
    ranked = sorted(((c, p) for c, p in column.chances.items() if c != winner), key=lambda e: -e[1])
    alternatives = tuple((c, min(p, BELOW * confidence)) for c, p in ranked[:KEPT])
    return Character(winner, confidence, alternatives)


def _belief(characters: Sequence[Character], ballots: Sequence[Ballot]) -> float:
    """Probability of the fused text: what the readings gave it on average, or, where none read just this text, the
    product of its characters.
    """
    text = "".join(c.char for c in characters)
    return _mean_chances(ballots).get(text) or prod(c.confidence for c in characters)


def _mean_chances(ballots: Sequence[Ballot]) -> dict[str, float]:
    """Mean probability of every text that some reading holds possible."""
    total = sum(b.trust for b in ballots)
    chances: dict[str, float] = defaultdict(float)
    for ballot in ballots:
        for text, chance in {h.text: h.confidence for h in reversed(ballot.reading.hypotheses)}.items():
            chances[text] += chance * ballot.trust / total
    return {text: min(chance, 1.0) for text, chance in chances.items()}


def _others(winner: str, ballots: Sequence[Ballot]) -> list[Hypothesis]:
    """The other texts that readings hold possible, likeliest first, with the characters of the reading surest of
    them.
    """
    chances = _mean_chances(ballots)
    surest: dict[str, Hypothesis] = {}
    for hypothesis in (h for b in ballots for h in b.reading.hypotheses):
        if hypothesis.text not in surest or surest[hypothesis.text].confidence < hypothesis.confidence:
            surest[hypothesis.text] = hypothesis
    ranked = sorted((t for t in surest if t != winner), key=lambda t: (-chances[t], t))
    cap = BELOW * chances.get(winner, 1.0)
    return [Hypothesis(surest[t].characters, min(chances[t], cap)) for t in ranked[: KEPT - 1]]


def _regions(ballots: Sequence[Ballot]) -> tuple[RegionScore, ...]:
    """Mean score of every region, best first."""
    total = sum(b.trust for b in ballots)
    scores: dict[str, float] = defaultdict(float)
    for ballot in ballots:
        for region in ballot.reading.regions:
            scores[region.code] += region.confidence * ballot.trust / total
    ranked = sorted(scores.items(), key=lambda e: (-e[1], e[0]))
    return tuple(RegionScore(code, min(score, 1.0)) for code, score in ranked)
