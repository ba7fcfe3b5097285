"""Users: who there is, what their role lets them do and where. Nobody gives what they do not have, and one enabled
admin always stays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marque.access.audit import Audit
from marque.access.passwords import Passwords, generate
from marque.access.scopes import ROLES, Role, demand, everything
from marque.errors import Forbidden, NotFound, Unacceptable
from marque.ports import Clock
from marque.store.access import SessionRows, User, UserRows
from marque.types import EVERYTHING, Principal, Within

NAME = re.compile(r"[a-z0-9][a-z0-9_.@+-]{0,63}")
FIRST = "admin"
"""the user that the first start with authentication makes"""
LAST_ADMIN = "this is the last admin who can sign in"


class Users:
    """Every method raises StoreError; those that name a user NotFound; those that give rights Forbidden."""

    def __init__(self, rows: UserRows, sessions: SessionRows, passwords: Passwords, audit: Audit, clock: Clock) -> None:
        self._rows, self._sessions, self._passwords = rows, sessions, passwords
        self._audit, self._clock = audit, clock

    def all(self, who: Principal) -> list[User]:
        """Every user by name."""
        demand(who, "users:manage")
        return self._rows.all()

    def one(self, who: Principal, name: str) -> User:
        """The user of this name, however it is spelt."""
        demand(who, "users:manage")
        return self._known(name)

    def add(
        self, who: Principal, name: str, role: Role, within: Within = EVERYTHING, password: str | None = None
    ) -> tuple[User, str]:
        """A new user and their password, which is generated where none is given. Raises Unacceptable too."""
        demand(who, "users:manage")
        may_give(who, ROLES[role], within)
        now = self._clock.now()
        user = User(_name(name), role, now, now, within)
        password = generate() if password is None else password
        if not self._rows.add(user, self._passwords.hash(password, user.name)):
            raise Unacceptable(f"there is a user {user.name} already", field="name", hint="Choose another name.")
        self._audit.record(who, "user added", user.name, {"role": role, **_told(within)})
        return user, password

    def add_first(self) -> str | None:
        """Make the first user, an admin; the generated password, or None when there is any user already."""
        now, password = self._clock.now(), generate()
        if self._rows.all():  # spares every later start the hash
            return None
        user = User(FIRST, Role.ADMIN, now, now)
        if not self._rows.add(user, self._passwords.hash(password), only_as_first=True):
            return None
        self._audit.record(everything("first start"), "user added", FIRST, {"role": Role.ADMIN})
        return password

    def change(
        self,
        who: Principal,
        name: str,
        *,
        role: Role | None = None,
        within: Within | None = None,
        disabled: bool | None = None,
        password: str | None = None,
    ) -> User:
        """Set what is not None. A new password, and being disabled, end every session. Raises Unacceptable too."""
        demand(who, "users:manage")
        user = self._of_less(who, name)
        may_give(who, ROLES[role or Role(user.role)], within if within is not None else user.within)
        changed: dict[str, Any] = {"role": role, "within": within, "disabled": disabled}
        if password is not None:
            changed |= {"password": self._passwords.hash(password, user.name), "password_set": self._clock.now()}
        if not self._rows.change(user.name, **changed):
            raise Unacceptable(LAST_ADMIN, field="disabled" if disabled else "role", hint="Make another one first.")
        if disabled or password is not None:
            self._sessions.end_all(user.name)
        told: dict[str, Any] = {k: v for k, v in (("role", role), ("disabled", disabled)) if v is not None}
        told |= {"password": "set"} if password is not None else {}
        self._audit.record(who, "user changed", user.name, {**told, **_told(within)} if within is not None else told)
        return self._known(user.name)

    def set_password(self, who: Principal, name: str, password: str | None = None) -> str:
        """Give a user another password, generated where none is given; what it is."""
        password = generate() if password is None else password
        self.change(who, name, password=password)
        return password

    def remove(self, who: Principal, name: str) -> None:
        """Forget a user and their sessions; what they did stays in the audit trail. Raises Unacceptable too."""
        demand(who, "users:manage")
        user = self._of_less(who, name)
        if not self._rows.remove(user.name):
            raise Unacceptable(LAST_ADMIN, field="name", hint="Make another one first.")
        self._audit.record(who, "user removed", user.name)

    def change_own_password(self, who: Principal, current: str, new: str, session: str = "") -> None:
        """Set another password for whoever asks and end their other sessions, all but the one of this digest. Raises
        Unacceptable where ``current`` is not the present one."""
        found = self._rows.secret(who.name) if who.kind == "user" else None
        if found is None:
            raise Forbidden("only a user who signed in has a password", hint="Sign in with a name and a password.")
        if not self._passwords.matches(found[1], current):
            self._audit.record(who, "password change refused", who.name)
            raise Unacceptable("this is not the present password", field="current")
        kept = self._passwords.hash(new, who.name)
        self._rows.change(who.name, password=kept, password_set=self._clock.now())
        self._sessions.end_all(who.name, but=session)
        self._audit.record(who, "password changed", who.name)

    def _known(self, name: str) -> User:
        user = self._rows.one(name.lower())
        if user is None:
            raise NotFound(f"there is no user {name!r}", hint="`marque users list` shows who there is.")
        return user

    def _of_less(self, who: Principal, name: str) -> User:
        """The user, unless they may do more than whoever asks: a new password for them would be a way to their
        rights."""
        user = self._known(name)
        may_give(who, ROLES[Role(user.role)], user.within)
        return user


def may_give(who: Principal, scopes: frozenset[str], within: Within) -> None:
    """Raises Forbidden unless ``who`` has all of these rights."""
    if missing := sorted(scopes - who.scopes):
        raise Forbidden(f"nobody gives what they do not have: {', '.join(missing)}", scope=missing[0])
    for own, given in ((who.within.cameras, within.cameras), (who.within.sites, within.sites)):
        if own is not None and (given is None or not given <= own):
            raise Forbidden("nobody gives what they do not have: other cameras or sites than their own")


def _name(name: str) -> str:
    folded = name.strip().lower()
    if not NAME.fullmatch(folded):
        hint = "Up to 64 letters, digits and . _ - + @, the first a letter or digit."
        raise Unacceptable("this is no name for a user", field="name", hint=hint)
    return folded


def _told(within: Within) -> Mapping[str, list[str]]:
    places = {"cameras": within.cameras, "sites": within.sites}
    return {key: sorted(names) for key, names in places.items() if names is not None}
