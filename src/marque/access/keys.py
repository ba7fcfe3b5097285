"""API keys: what programs show in place of a password."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from marque.access import tokens
from marque.access.audit import Audit
from marque.access.scopes import ALL, ROLES, Role, demand
from marque.access.users import may_give
from marque.errors import NotFound, Unacceptable, Unauthenticated
from marque.ports import Clock
from marque.store.access import ApiKey, KeyRows
from marque.types import EVERYTHING, Principal, Within

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}")
TOUCH = timedelta(minutes=1)
"""``used`` is right to so much: not every request is worth a write"""


class Keys:
    """Every method raises StoreError."""

    def __init__(self, rows: KeyRows, audit: Audit, clock: Clock) -> None:
        self._rows, self._audit, self._clock = rows, audit, clock

    def identify(self, key: str, address: str) -> Principal:
        """Whose key this is. Raises Unauthenticated."""
        prefix = tokens.prefix_of(key)
        found = self._rows.secret(prefix) if prefix else None
        if found is None or not tokens.same(found[1], key):
            raise Unauthenticated("this API key is not known", hint="It may have been revoked.")
        known, now = found[0], self._clock.now()
        if known.expires is not None and known.expires <= now:
            raise Unauthenticated(f"the API key {known.name} has expired", hint="Ask for a new one.")
        if known.used is None or now - known.used > TOUCH:
            self._rows.touch(known.prefix, now)
        return Principal(known.name, "key", scopes_of(known), known.within, address)

    def all(self, who: Principal) -> list[ApiKey]:
        """Every key by name, without its secret."""
        demand(who, "keys:manage")
        return self._rows.all()

    def one(self, who: Principal, name_or_prefix: str) -> ApiKey:
        """The key of this name or prefix, without its secret. Raises NotFound."""
        demand(who, "keys:manage")
        found = next((key for key in self._rows.all() if name_or_prefix in (key.name, key.prefix)), None)
        if found is None:
            raise NotFound(f"there is no key {name_or_prefix!r}", hint="`marque keys list` shows those that there are.")
        return found

    def add(
        self,
        who: Principal,
        name: str,
        *,
        role: Role | None = None,
        scopes: Collection[str] = (),
        within: Within = EVERYTHING,
        expires: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key, and its text, which is shown this once. It gets a role or scopes, not both. Raises Unacceptable or
        Forbidden."""
        demand(who, "keys:manage")
        prefix, text = tokens.new_key()
        key = ApiKey(prefix, name.strip(), role, frozenset(scopes), self._clock.now(), who.name, within, expires)
        self._judge(key)
        may_give(who, scopes_of(key), within)
        if not self._rows.add(key, tokens.digest(text)):
            raise Unacceptable(f"there is a key {key.name} already", field="name", hint="Choose another name.")
        detail = {"prefix": prefix, "role": role} if role else {"prefix": prefix, "scopes": sorted(scopes)}
        self._audit.record(who, "key added", key.name, detail)
        return key, text

    def revoke(self, who: Principal, name_or_prefix: str) -> ApiKey:
        """Have a key hold no more, from now on. Raises NotFound or Forbidden."""
        found = self.one(who, name_or_prefix)
        may_give(who, scopes_of(found), found.within)
        self._rows.remove(found.prefix)
        self._audit.record(who, "key revoked", found.name, {"prefix": found.prefix})
        return found

    def _judge(self, key: ApiKey) -> None:
        if not NAME.fullmatch(key.name):
            hint = "Up to 64 letters, digits, spaces and . _ -, the first a letter or digit."
            raise Unacceptable("this is no name for a key", field="name", hint=hint)
        if (key.role is None) == (not key.scopes):
            raise Unacceptable("a key has a role or scopes, one of the two", field="scopes")
        if unknown := sorted(key.scopes - ALL):
            raise Unacceptable(
                f"there is no scope {unknown[0]}", field="scopes", hint=f"Take of {', '.join(sorted(ALL))}."
            )
        if key.expires is not None and key.expires <= key.created:
            raise Unacceptable("this time has passed", field="expires")


def scopes_of(key: ApiKey) -> frozenset[str]:
    """What a key may do."""
    return ROLES[Role(key.role)] if key.role else key.scopes
