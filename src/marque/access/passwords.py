"""Passwords: what will do as one, and how it is kept (argon2id, never the text)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from marque.errors import Throttled, Unacceptable

LONGEST = 256
"""characters; a hash of megabytes would be a way to keep the server busy"""
DISTINCT = 5
"""different characters that a password needs"""
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""without those that look alike"""
GROUPS, GROUP = 4, 5
PATIENCE = 5.0
"""seconds that a sign-in waits for its turn"""


class Passwords:
    """``shortest``: characters a new password needs. Hashing takes 19 MiB and some tens of milliseconds each time
    (OWASP's least setting for argon2id, fit for small machines), so only ``at_once`` are hashed at a time."""

    def __init__(self, shortest: int = 12, hasher: PasswordHasher | None = None, at_once: int = 2) -> None:
        self.shortest = shortest
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._turn = BoundedSemaphore(at_once)
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    def hash(self, password: str, name: str = "") -> str:
        """What is kept of a new password of ``name``. Raises Unacceptable where it would be too easy to guess."""
        self._judge(password, name)
        with self._busy():
            return self._hasher.hash(password)

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether this is the password. None, for a user that does not exist, takes as long as any other."""
        with self._busy():
            try:
                known = self._hasher.verify(kept or self._nobody, password[:LONGEST])
            except (VerificationError, InvalidHashError):
                return False
        return known and kept is not None

    def rehash(self, kept: str, password: str) -> str | None:
        """What to keep instead where the hash was made with other costs than those of today, else None."""
        if not self._hasher.check_needs_rehash(kept):
            return None
        with self._busy():
            return self._hasher.hash(password)

    def _judge(self, password: str, name: str) -> None:
        why = ""
        if len(password) < self.shortest:
            why = f"a password has at least {self.shortest} characters"
        elif len(password) > LONGEST:
            why = f"a password has at most {LONGEST} characters"
        elif len(set(password)) < DISTINCT:
            why = f"a password has at least {DISTINCT} different characters"
        elif name and name.lower() in password.lower():
            why = "a password does not hold the user's name"
        if why:
            raise Unacceptable(why, field="password", hint="Three or four words in a row are easy to keep in mind.")

    @contextmanager
    def _busy(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=PATIENCE):
            raise Throttled("too many sign in at this moment", hint="Try again in some seconds.", retry_after=PATIENCE)
        try:
            yield
        finally:
            self._turn.release()


def generate() -> str:
    """A password of 99 bits, in groups that can be read out."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
