"""What a live stream tells whoever listens, over whichever transport: entries, a sign of life, and why it ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

import structlog
from anyio import to_thread
from fastapi.requests import HTTPConnection

from marque.access.scopes import demand
from marque.api.auth import identify
from marque.api.filters import refusal
from marque.api.parts import Parts
from marque.api.problems import Problem, explained, sentence
from marque.errors import AccessError, Forbidden, StoreError, Unauthenticated
from marque.queries import EventQuery
from marque.services.live import Batch, TooSlow, follow
from marque.services.reads import narrowed
from marque.types import Principal

SCOPE = "events:stream"
TICK = 0.25
"""seconds between two looks whether the server stops"""


@dataclass(frozen=True, slots=True)
class Still:
    """Nothing came for a while; everything up to ``cursor`` was heard or left out."""

    cursor: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """The last thing a listener hears; it may connect again after ``cursor``."""

    cursor: int
    problem: Problem


def asked(parts: Parts, principal: Principal, query: EventQuery) -> EventQuery:
    """The query as this principal may follow it. Raises Forbidden, or what becomes a 422 for a way to compare that has
    no place in a stream."""
    if query.plate is not None and query.plate_match in ("fuzzy", "regex"):
        raise refusal("match", "A stream takes exact, prefix or wildcard")
    return parts.archive.reads.followed(principal, query)


async def heard(
    parts: Parts, connection: HTTPConnection, query: EventQuery, cursor: int
) -> AsyncIterator[Batch | Still | Dropped]:
    """Everything one listener is told, until it is dropped."""
    clock = parts.clock
    spoke = checked = clock.monotonic()
    try:
        async with aclosing(follow(parts.tail, query, cursor, TICK)) as batches:
            async for batch in batches:
                cursor, now = batch.cursor, clock.monotonic()
                if parts.closing.is_set():
                    yield Dropped(cursor, explained(503, "The server stops."))
                    return
                if now - checked >= parts.recheck:
                    await to_thread.run_sync(recheck, connection, query)
                    checked = now
                if batch.entries:
                    spoke = now
                    yield batch
                elif now - spoke >= parts.heartbeat:
                    spoke = now
                    yield Still(cursor)
    except TooSlow as slow:
        why = f"You fell {slow.behind} entries behind what happens; connect again after {cursor} to hear them."
        yield Dropped(cursor, explained(408, why))
    except AccessError as error:
        status = 401 if isinstance(error, Unauthenticated) else 403
        yield Dropped(cursor, explained(status, sentence(error)))
    except StoreError as error:
        structlog.get_logger().error("a stream ends: the log does not answer", error=str(error))
        yield Dropped(cursor, explained(503, "The event store does not answer."))


def recheck(connection: HTTPConnection, query: EventQuery) -> None:
    """Raises AccessError when whoever listens may listen no more, or no more to just this."""
    principal = identify(connection)
    demand(principal, SCOPE)
    if narrowed(principal, query) != query:
        raise Forbidden("your rights have changed", hint="Connect again to go on with those you have now.")
