"""Every error Marque raises on purpose. Each carries a ``hint``: what to do about it.

::

    MarqueError
    ├── ConfigError            the configuration cannot be used; lists every mistake as file:line
    ├── MissingExtra           an optional package is not installed
    ├── UnknownPlugin          no plugin of that name
    ├── ImageError             a picture cannot be read (empty, truncated, too large, not a picture)
    ├── ModelError             a network cannot be loaded or does not keep its contract
    ├── InferenceError         a network failed on an input
    ├── SourceError
    │   ├── SourceLost         the camera is gone for now; connect again later
    │   └── SourceEnded        the source has no more frames; not a failure
    ├── AccessError            whoever asks may not do this
    │   ├── Unauthenticated    nobody knows who asks: no key, no session, or one that does not hold
    │   ├── Forbidden          they are known, and may not; ``scope`` is what they lack
    │   └── Throttled          too many tries; again after ``retry_after`` seconds
    ├── Unacceptable           a value that cannot be taken (a short password, a name that is taken); ``field`` names it
    ├── Conflict               it can be done, but not to this as it is now
    ├── Overloaded             no room for more work now; again after ``retry_after`` seconds
    ├── StoreError             the database refused
    │   ├── StorageFull        the disk has no room; nothing was accepted
    │   └── NotFound           what was asked for is not kept, or not any more
    ├── RemoteError            a Marque server did not do what it was asked
    │   ├── Unreachable        nobody answers there, or nobody that speaks as Marque does
    │   ├── NotSignedIn        it wants a key, or a sign-in (401)
    │   ├── NotAllowed         the key may not do this (403)
    │   ├── Missing            it has no such thing (404)
    │   ├── Invalid            the request itself is wrong; ``mistakes`` name the fields (400, 409, 413, 415, 422)
    │   └── Busy               it has no time now; ``retry_after`` seconds when it said so (429, 503)
    └── SinkError
        ├── Temporary          try this delivery again (``retry_after`` seconds when the receiver said so)
        └── Permanent          this delivery can never succeed; keep it as a dead letter
"""

from __future__ import annotations


class MarqueError(Exception):
    """Root of the tree. ``str(error)`` says what is wrong, ``error.hint`` what to do about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ConfigError(MarqueError):
    """``problems`` holds one ``file:line: what`` sentence per mistake."""

    def __init__(self, problems: list[str], *, hint: str = "Mend these lines and run `marque check`.") -> None:
        super().__init__("\n".join(problems), hint=hint)
        self.problems = problems


class MissingExtra(MarqueError):
    """An optional package is missing; the hint is the install command."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"the package {package!r} is not installed", hint=f"pip install 'marque[{extra}]'")


class UnknownPlugin(MarqueError):
    """No plugin has this name; the hint lists those that exist."""


class ImageError(MarqueError):
    """A picture that cannot be read."""


class ModelError(MarqueError):
    """A network file that cannot be used."""


class InferenceError(MarqueError):
    """A network that failed on an input."""


class SourceError(MarqueError):
    """Something about where frames come from."""


class SourceLost(SourceError):
    """The source stopped giving frames; its camera connects again after a pause."""


class SourceEnded(SourceError):
    """The source has given its last frame."""


class AccessError(MarqueError):
    """Whoever asks may not do this."""


class Unauthenticated(AccessError):
    """Nobody knows who asks."""


class Forbidden(AccessError):
    """Who asks is known, and may not do this. ``scope`` is what they lack, empty where it is something else."""

    def __init__(self, message: str, *, hint: str = "", scope: str = "") -> None:
        super().__init__(message, hint=hint)
        self.scope = scope


class Throttled(AccessError):
    """Too many tries; again after ``retry_after`` seconds."""

    def __init__(self, message: str, *, hint: str = "", retry_after: float = 1.0) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Unacceptable(MarqueError):
    """A value that cannot be taken; ``field`` is the one that it was given for."""

    def __init__(self, message: str, *, field: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.field = field


class Conflict(MarqueError):
    """What is asked does not go with how things are: a name that exists, a camera that the file defines."""


class Overloaded(MarqueError):
    """As much is waiting as may wait; again after ``retry_after`` seconds."""

    def __init__(self, message: str, *, hint: str = "", retry_after: float = 1.0) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class StoreError(MarqueError):
    """The event store refused an operation."""


class StorageFull(StoreError):
    """No room left on the device; nothing of the operation was kept."""


class NotFound(StoreError):
    """The store works and does not have it."""


class SinkError(MarqueError):
    """A delivery did not succeed. ``answer`` keeps what the receiver said (at most 2,000 characters)."""

    def __init__(self, message: str, *, hint: str = "", answer: str = "") -> None:
        super().__init__(message, hint=hint)
        self.answer = answer[:2000]


class Temporary(SinkError):
    """Try again. ``retry_after``: seconds the receiver asked for, or None for the usual backoff."""

    def __init__(self, message: str, *, hint: str = "", answer: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint, answer=answer)
        self.retry_after = retry_after


class Permanent(SinkError):
    """Never try again; the delivery becomes a dead letter."""


class RemoteError(MarqueError):
    """What a Marque server answered in place of what was asked. ``status`` is HTTP's, 0 where there was no answer;
    ``mistakes`` are pairs of a field and what is wrong with it."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int = 0,
        mistakes: tuple[tuple[str, str], ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.mistakes = mistakes
        self.retry_after = retry_after


class Unreachable(RemoteError):
    """Nobody answered, or nobody that speaks as Marque does."""


class NotSignedIn(RemoteError):
    """The server wants to know who asks."""


class NotAllowed(RemoteError):
    """The server knows who asks, and this is not theirs to do."""


class Missing(RemoteError):
    """The server has no such thing, or shows it to nobody who asks so."""


class Invalid(RemoteError):
    """The request cannot be done as it was put."""


class Busy(RemoteError):
    """The server has no time now."""
