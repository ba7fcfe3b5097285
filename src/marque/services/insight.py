"""Looking into what cameras do, for those who set them up."""

from __future__ import annotations

from dataclasses import dataclass

from marque.services.checks import Checks
from marque.services.rejected import Rejected
from marque.services.trials import Trials


@dataclass(frozen=True)
class Insight:
    """``rejected``: what was not told, and why. ``trials``: settings before they are saved. ``checks``: is a
    camera set up well?"""

    rejected: Rejected
    trials: Trials
    checks: Checks
