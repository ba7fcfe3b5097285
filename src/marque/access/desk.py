"""Everything about who may do what, over one database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from marque.access.audit import Audit
from marque.access.gate import ClosedGate, Gate, OpenGate
from marque.access.keys import Keys
from marque.access.passwords import Passwords
from marque.access.sessions import Sessions
from marque.access.users import Users
from marque.config import AccessSettings
from marque.ports import Clock
from marque.store.access import KeyRows, SessionRows, UserRows
from marque.store.audit import AuditTable
from marque.store.database import Database


@dataclass(frozen=True)
class Desk:
    """``trail``: the rows that ``audit`` writes."""

    users: Users
    keys: Keys
    sessions: Sessions
    audit: Audit
    trail: AuditTable
    clock: Clock
    keep: timedelta

    def gate(self, closed: bool) -> Gate:
        """Knows who a request comes from; ``closed``: wants to know."""
        return ClosedGate(self.sessions, self.keys) if closed else OpenGate()

    def sweep(self) -> int:
        """Forget sessions that hold no more, and what was written down longer ago than is kept; how many rows."""
        return self.sessions.sweep() + self.trail.sweep(self.clock.now() - self.keep)


def open_desk(database: Database, settings: AccessSettings, clock: Clock, passwords: Passwords | None = None) -> Desk:
    """The desk over its tables."""
    passwords = passwords or Passwords(settings.password_length)
    trail, users, sessions = AuditTable(database), UserRows(database), SessionRows(database)
    audit = Audit(trail, clock)
    idle, lifetime = (timedelta(seconds=span) for span in (settings.session_idle, settings.session_lifetime))
    return Desk(
        users=Users(users, sessions, passwords, audit, clock),
        keys=Keys(KeyRows(database), audit, clock),
        sessions=Sessions(sessions, users, passwords, audit, clock, idle, lifetime),
        audit=audit,
        trail=trail,
        clock=clock,
        keep=timedelta(days=settings.audit_days),
    )
