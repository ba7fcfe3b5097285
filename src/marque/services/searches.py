"""Searches that somebody keeps under a name: each their own, and nobody else's."""

from __future__ import annotations

from marque.access.audit import Audit
from marque.errors import Conflict, NotFound
from marque.ports import Clock
from marque.store.searches import SavedSearch, SearchRows
from marque.types import Principal

MOST = 50
"""searches that one keeps"""


class Searches:
    """Raises NotFound, Conflict or StoreError."""

    def __init__(self, rows: SearchRows, audit: Audit, clock: Clock) -> None:
        self._rows, self._audit, self._clock = rows, audit, clock

    def all(self, who: Principal) -> list[SavedSearch]:
        """Their own, by name."""
        return self._rows.all(who)

    def save(self, who: Principal, name: str, phrase: str) -> SavedSearch:
        """Keep a phrase under a name, in place of what was kept there."""
        kept = self._rows.put(who, name, phrase, self._clock.now(), MOST)
        if kept is None:
            raise Conflict(f"{MOST} searches are kept already", hint="Remove one that you no longer need.")
        self._audit.record(who, "search saved", name, {"phrase": phrase})
        return kept

    def remove(self, who: Principal, number: int) -> None:
        """Forget one of their own."""
        if not self._rows.remove(who, number):
            raise NotFound("you keep no such search")
        self._audit.record(who, "search removed", str(number))
