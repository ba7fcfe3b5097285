"""The audit trail: who did what, from where, when, and how much it showed. Rows are added, and forgotten at the end of
their retention; nothing changes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from marque.ports import Clock
from marque.types import AuditEntry, Principal


class AuditRows(Protocol):
    """Where the trail is kept."""

    def add(self, entry: AuditEntry) -> None: ...


class Audit:
    """One row per act, written before the act is answered: what cannot be written down does not happen."""

    def __init__(self, rows: AuditRows, clock: Clock) -> None:
        self._rows, self._clock = rows, clock

    def record(
        self,
        principal: Principal,
        action: str,
        target: str = "",
        detail: Mapping[str, Any] | None = None,
        results: int | None = None,
    ) -> None:
        """Write down that ``principal`` did ``action`` (a noun and a verb: ``plate searched``) to ``target``.
        ``detail``: JSON, without secrets. Raises StoreError."""
        self._rows.add(
            AuditEntry(
                at=self._clock.now(),
                principal=principal.name,
                kind=principal.kind,
                address=principal.address,
                action=action,
                target=target,
                detail=dict(detail or {}),
                results=results,
            )
        )
