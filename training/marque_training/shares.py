"""Shares with their uncertainty, for every table and card."""

from __future__ import annotations

import math


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927); everything is possible where nothing was counted."""
    if not count:
        return 0.0, 1.0
    z, share = 1.96, hits / count
    middle = share + z * z / (2 * count)
    reach = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return round((middle - reach) / scale, 4), round((middle + reach) / scale, 4)
