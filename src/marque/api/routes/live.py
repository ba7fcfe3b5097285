"""``/v1/live``: events as they happen, over a WebSocket; what a listener missed comes first.

Messages are JSON texts with a ``type``: ``events`` (``cursor``, and ``events`` as a page of ``/v1/events`` holds them),
``still`` (nothing came; ``cursor`` is where to go on), and ``dropped`` (``problem`` says why) before it is closed.
"""

from __future__ import annotations

from typing import Annotated

import structlog
from anyio import CancelScope, create_task_group, fail_after, to_thread
from fastapi import APIRouter, Query, WebSocket
from starlette.websockets import WebSocketDisconnect

from marque.api.auth import requires
from marque.api.filters import Cursor, EventFilter
from marque.api.listening import SCOPE, Dropped, Still, asked, heard
from marque.api.parts import Given, Parts
from marque.api.problems import problem
from marque.queries import EventQuery
from marque.services.live import Batch
from marque.types import Principal

router = APIRouter(prefix="/v1/live", tags=["events"])
CLOSED = {401: 1008, 403: 1008, 408: 1013, 503: 1012}
"""status of the problem -> close code: policy, try again later, restart"""
REASON_MAX = 120
"""bytes of a close frame's reason, a little less than the protocol allows"""


@router.websocket("")
async def follow(
    socket: WebSocket,
    parts: Given,
    principal: Annotated[Principal, requires(SCOPE)],
    query: EventFilter,
    after: Annotated[Cursor | None, Query()] = None,
) -> None:
    """The filters of ``/v1/stream``; ``after`` is the cursor of the last entry you have. What you send is ignored."""
    wanted = await to_thread.run_sync(asked, parts, principal, query)
    if parts.listeners.full:
        await socket.send_denial_response(problem(503, "Too many listeners.", headers={"Retry-After": "10"}))
        return
    start = await to_thread.run_sync(parts.tail.start, after)
    with parts.listeners:
        await socket.accept()
        async with create_task_group() as tasks:
            tasks.start_soon(_speak, parts, socket, wanted, start, tasks.cancel_scope)
            await _until_gone(socket)
            tasks.cancel_scope.cancel()


async def _until_gone(socket: WebSocket) -> None:
    """Reading is also what keeps the connection answering pings."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _speak(parts: Parts, socket: WebSocket, query: EventQuery, start: int, ended: CancelScope) -> None:
    try:
        async for told in heard(parts, socket, query, start):
            with fail_after(parts.patience):
                await _say(socket, told)
    except TimeoutError:
        structlog.get_logger().warning("a listener took nothing and was dropped", seconds=parts.patience)
    except (WebSocketDisconnect, RuntimeError):
        pass  # it has left
    ended.cancel()


async def _say(socket: WebSocket, told: Batch | Still | Dropped) -> None:
    await socket.send_text(message(told))
    if isinstance(told, Dropped):
        reason = told.problem.detail.encode()[:REASON_MAX].decode(errors="ignore")
        await socket.close(CLOSED.get(told.problem.status, 1011), reason)


def message(told: Batch | Still | Dropped) -> str:
    """What is told, as one message."""
    if isinstance(told, Batch):
        entries = ",".join(entry.item for entry in told.entries)
        return f'{{"type":"events","cursor":{told.cursor},"events":[{entries}]}}'
    if isinstance(told, Still):
        return f'{{"type":"still","cursor":{told.cursor}}}'
    return f'{{"type":"dropped","cursor":{told.cursor},"problem":{told.problem.model_dump_json()}}}'
