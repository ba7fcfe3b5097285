"""Who looks at what: looking on is written down once, and not picture by picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marque.access.audit import Audit
from marque.ports import Clock
from marque.services.recent import Recent
from marque.types import Principal

LASTS = 600.0
"""seconds that one look lasts"""
MOST = 10_000
"""looks remembered at a time"""
Look = tuple[str, str, str, str, str, str]


class Looks:
    """A page shows a camera by asking for its picture again and again, and a crop as often as it is drawn; that is one
    look of somebody's."""

    def __init__(self, audit: Audit, clock: Clock) -> None:
        self._audit = audit
        self._since: Recent[Look, bool] = Recent(clock, LASTS, MOST)

    def note(self, principal: Principal, action: str, target: str, detail: Mapping[str, Any] | None = None) -> None:
        """Write ``action`` down, see :class:`Audit`, unless the same look goes on. Raises StoreError."""
        look = (principal.kind, principal.name, principal.address, action, target, str(detail))
        if self._since.get(look):
            return
        self._audit.record(principal, action, target, detail)
        self._since.put(look, True)
