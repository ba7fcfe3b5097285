"""Where NiceGUI runs. It has one event loop for all pages of a process, that of the first server; a second server hands
over what it is asked, and runs NiceGUI itself when the first one has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from threading import Lock
from typing import Any

import anyio
from nicegui import nicegui
from starlette.types import Receive, Scope, Send

from marque.web.shell import shell

BETWEEN = 0.05
"""seconds between two looks whether NiceGUI has to be run, or is"""
PATIENCE = 5.0
"""seconds that a request waits for NiceGUI to run again"""


class Keeper:
    """Which loop it is, None while no server runs NiceGUI; whoever does holds ``turn``."""

    loop: asyncio.AbstractEventLoop | None = None
    turn = Lock()


@asynccontextmanager
async def kept() -> AsyncIterator[None]:
    """As long as it is open this server runs NiceGUI, or another one does."""
    if Keeper.turn.acquire(blocking=False):
        async with _running():
            yield
        return
    over = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(_succeed, over)
        try:
            yield
        finally:
            over.set()


async def ask(scope: Scope, receive: Receive, send: Send) -> None:
    """Have the shell answer, in its own loop."""
    with anyio.move_on_after(PATIENCE):
        while Keeper.loop is None:
            await anyio.sleep(BETWEEN)
    here, there = asyncio.get_running_loop(), Keeper.loop
    if there is None or there is here:
        await shell(scope, receive, send)
        return
    await _in(there, shell)(scope, _in(here, receive), _in(here, send))


def _in(loop: asyncio.AbstractEventLoop, calls: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def call(*given: Any) -> Any:
        return await calls(*given)

    async def called(*given: Any) -> Any:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(*given), loop))

    return called


async def _succeed(over: anyio.Event) -> None:
    """Run NiceGUI when nobody does any more, until it is ``over``."""
    while not over.is_set():
        if Keeper.turn.acquire(blocking=False):
            async with _running():
                await over.wait()
        with anyio.move_on_after(BETWEEN):
            await over.wait()


@asynccontextmanager
async def _running() -> AsyncIterator[None]:
    try:
        # The lifespan that `ui.run_with` gives the shell begins by looking for its server among all objects there are.
        # Another thread's tuple that is just being made must not be looked at: that thread then fails.
        await nicegui._startup()
        try:
            Keeper.loop = asyncio.get_running_loop()
            yield
        finally:
            Keeper.loop = None
            await nicegui._shutdown()
    finally:
        Keeper.turn.release()
