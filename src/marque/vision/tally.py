"""What several looks at one vehicle say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from marque.types import Attribute


@dataclass(slots=True)
class Tally:
    """The weighted mean of what looks said of one thing: a type, a colour. Looks that said nothing do not count."""

    total: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)

    def add(self, said: Sequence[Attribute], weight: float = 1.0) -> None:
        """One look: every value with its share."""
        if not said:
            return
        self.total += weight
        for one in said:
            self.sums[one.value] = self.sums.get(one.value, 0.0) + weight * one.confidence

    def absorb(self, other: Tally) -> None:
        """Take over what was said of the same thing elsewhere."""
        self.total += other.total
        for value, weight in other.sums.items():
            self.sums[value] = self.sums.get(value, 0.0) + weight

    def best(self, least: float) -> Attribute | None:
        """The likeliest value, or None where none has a share of at least ``least``."""
        if not self.total:
            return None
        value = max(self.sums, key=lambda one: self.sums[one])
        share = min(1.0, self.sums[value] / self.total)
        return Attribute(value, share) if share >= least else None
