"""Secrets that we make: long, random, and kept only as a hash. They need no slow one, there is nothing to guess."""

from __future__ import annotations

import hashlib
import hmac
import secrets

KEY = "mrq"
"""what every API key begins with, so that it is known when it is found where it should not be"""
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
PREFIX, SECRET = 10, 40


def new_token() -> str:
    """A session's token: 256 bits."""
    return secrets.token_urlsafe(32)


def new_key() -> tuple[str, str]:
    """An API key's prefix, and the whole key: ``mrq_<prefix>_<secret>``; the secret has 206 bits."""
    prefix, secret = (_random(length) for length in (PREFIX, SECRET))
    return prefix, f"{KEY}_{prefix}_{secret}"


def prefix_of(key: str) -> str | None:
    """The prefix, or None where this is no key of ours."""
    name, _, rest = key.partition("_")
    prefix, _, secret = rest.partition("_")
    return prefix if (name, len(prefix), len(secret)) == (KEY, PREFIX, SECRET) else None


def digest(secret: str) -> str:
    """What is kept of a token or key."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(kept: str, secret: str) -> bool:
    """Whether the kept digest is that of the secret; takes as long either way."""
    return hmac.compare_digest(kept, digest(secret))


def csrf(token: str) -> str:
    """The session's CSRF token. Pages of other origins cannot read it, and nobody can tell the session's from it."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))
