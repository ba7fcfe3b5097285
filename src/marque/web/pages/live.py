"""The live wall: reads as they happen."""

from __future__ import annotations

from fastapi import Request

from marque.web.frame import View, page
from marque.web.visitor import Visitor


class Wall(View, component="../views/wall.js"):
    """Draws itself from ``/v1/reads`` and ``/v1/stream``."""


@page("/", "Live", scope="events:stream", style="wall.css")
async def live(visitor: Visitor, request: Request) -> None:  # noqa: ARG001 - every page gets its request
    """What passes, newest first."""
    Wall(pictures=visitor.may("pictures:view"))
