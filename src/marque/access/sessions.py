"""Sign-ins: a name and a password for a token, which holds until it was not used for a while, and never for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from marque.access import tokens
from marque.access.audit import Audit
from marque.access.passwords import Passwords
from marque.access.scopes import ROLES, Role
from marque.access.throttle import Throttle, neighbourhood
from marque.errors import Throttled, Unauthenticated
from marque.ports import Clock
from marque.store.access import Session, SessionRows, User, UserRows
from marque.types import Principal

TOUCH = timedelta(minutes=1)
"""``used`` is right to so much: not every request is worth a write"""
UNKNOWN = "somebody unknown"
"""in place of a name that no user has: people type passwords there"""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """``token`` is the only copy; ``csrf`` has to come with every change."""

    token: str
    csrf: str
    principal: Principal
    expires: datetime


class Sessions:
    """``idle``: how long an unused session holds; ``lifetime``: how long any. Every method raises StoreError."""

    def __init__(
        self,
        rows: SessionRows,
        users: UserRows,
        passwords: Passwords,
        audit: Audit,
        clock: Clock,
        idle: timedelta = timedelta(hours=8),
        lifetime: timedelta = timedelta(days=7),
    ) -> None:
        self._rows, self._users, self._passwords, self._audit, self._clock = rows, users, passwords, audit, clock
        self._idle, self.lifetime = idle, lifetime
        self._by_name = Throttle(clock, free=5, longest=300)
        self._by_address = Throttle(clock, free=20, longest=900)

    def sign_in(self, name: str, password: str, address: str) -> SignedIn:
        """A new session. Raises Unauthenticated, which does not say what of the two is wrong, or Throttled."""
        name, place = name.strip().lower(), neighbourhood(address)
        self._throttle(name, place, address)
        found = self._users.secret(name)
        known = self._passwords.matches(found[1] if found else None, password)
        if found is None or not known or found[0].disabled:
            self._audit.record(_stranger(found[0].name if found else "", address), "sign-in failed", _target(found))
            raise Unauthenticated("the name or the password is wrong", hint="Try again.")
        self._by_name.forget(name)
        self._by_address.forgive(place)
        return self._begin(found[0], found[1], password, address)

    def identify(self, token: str, address: str) -> Principal:
        """Whose session this is. Raises Unauthenticated."""
        digest, now = tokens.digest(token), self._clock.now()
        session = self._rows.one(digest)
        if session is None or session.user.disabled or self._is_over(session, now):
            raise Unauthenticated("this session holds no more", hint="Sign in again.")
        if now - session.used > min(TOUCH, self._idle / 2):
            self._rows.touch(digest, now)
        return principal_of(session.user, address)

    def sign_out(self, who: Principal, token: str) -> None:
        """End one session."""
        self._rows.end(tokens.digest(token))
        self._audit.record(who, "signed out", who.name)

    def sweep(self) -> int:
        """Forget sessions that hold no more; how many."""
        now = self._clock.now()
        return self._rows.sweep(now - self._idle, now)

    def _begin(self, user: User, kept: str, password: str, address: str) -> SignedIn:
        token, now = tokens.new_token(), self._clock.now()
        better = self._passwords.rehash(kept, password)
        self._users.change(user.name, signed_in=now, password=better)
        self._rows.add(tokens.digest(token), user.name, now, now + self.lifetime, address)
        principal = principal_of(user, address)
        self._audit.record(principal, "signed in", user.name)
        return SignedIn(token, tokens.csrf(token), principal, now + self.lifetime)

    def _is_over(self, session: Session, now: datetime) -> bool:
        return now >= session.expires or now - session.used >= self._idle

    def _throttle(self, name: str, place: str, address: str) -> None:
        for tries, key in ((self._by_address, place), (self._by_name, name)):
            wait = tries.begin(key)
            if wait.seconds:
                if wait.first:  # one row for each wait: a flood of tries is no flood of rows
                    found = self._users.secret(name)
                    who = _stranger(found[0].name if found else "", address)
                    self._audit.record(who, "sign-in throttled", _target(found), {"seconds": round(wait.seconds)})
                raise Throttled("too many sign-ins failed", hint="Wait before the next one.", retry_after=wait.seconds)


def principal_of(user: User, address: str) -> Principal:
    """What a user may do."""
    return Principal(user.name, "user", ROLES[Role(user.role)], user.within, address)


def _stranger(name: str, address: str) -> Principal:
    return Principal(name or UNKNOWN, "user", frozenset(), address=address)


def _target(found: tuple[User, str] | None) -> str:
    return found[0].name if found else UNKNOWN
