"""What a server's answers mean: its JSON as our dataclasses, its refusals as our errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx

from marque.errors import Busy, Invalid, Missing, NotAllowed, NotSignedIn, RemoteError, Unreachable
from marque.queries import FoundRead, Likeness, Tally
from marque.types import StoredEvent
from marque.wire import from_wire

T = TypeVar("T")

REFUSALS: Mapping[int, type[RemoteError]] = {
    400: Invalid,
    401: NotSignedIn,
    403: NotAllowed,
    404: Missing,
    409: Invalid,
    412: Invalid,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: Busy,
    503: Busy,
}
HINTS: Mapping[int, str] = {
    401: "Give a key: Client(url, key=...), --key or MARQUE_KEY.",
    403: "Ask an administrator for a key with this scope.",
}
STRANGER = "Is this the address of a Marque server, and of a version like this one?"


def stored(answer: Mapping[str, Any]) -> StoredEvent:
    return StoredEvent(answer["cursor"], from_wire(answer["event"]))


def found(answer: Mapping[str, Any]) -> FoundRead:
    likeness = answer.get("likeness")
    why = likeness and Likeness(likeness["score"], tuple(likeness["reasons"]))
    return FoundRead(stored(answer), why)


def page_of(answer: Mapping[str, Any], rows: str, token: str, row: Callable[[Any], T]) -> tuple[list[T], Any]:
    """The rows of a page, and the token of the next one or None."""
    return [row(one) for one in answer[rows]], answer.get(token)


def tally_of(answer: Mapping[str, Any]) -> Tally:
    return Tally(answer["count"]["count"], answer["count"]["exact"])


def refusal(answer: httpx.Response) -> RemoteError:
    """The error for an answer that is not a success; its body has been read."""
    problem = _problem(answer)
    status = answer.status_code
    mistakes = tuple((str(one.get("at", "")), str(one.get("message", ""))) for one in problem.get("errors", []))
    told = str(problem.get("detail") or problem.get("title") or answer.reason_phrase or status)
    said = " ".join([told, *(f"{at}: {message}." if at else f"{message}." for at, message in mistakes)])
    kind = REFUSALS.get(status, RemoteError)
    wait = _seconds(answer.headers.get("Retry-After"))
    return kind(said, hint=HINTS.get(status, ""), status=status, mistakes=mistakes, retry_after=wait)


def understood(answer: httpx.Response, parse: Callable[[Any], T]) -> T:
    """The answer as ``parse`` reads it. Raises Unreachable where it is not Marque's."""
    try:
        return parse(answer.json() if answer.content else None)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{answer.request.method} {answer.request.url} got an answer that makes no sense: {error!r}"
        raise Unreachable(what, hint=STRANGER, status=answer.status_code) from error


def unreachable(url: str, error: Exception) -> Unreachable:
    return Unreachable(f"{url} does not answer: {error}", hint="Is the server running, and the address right?")


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        problem = answer.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdigit() else None
