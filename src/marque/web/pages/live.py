"""The live wall: reads as they happen."""

from __future__ import annotations

from fastapi import Request

from marque.web.frame import View, page
from marque.web.pages.start import offered
from marque.web.visitor import Visitor


class Wall(View, component="../views/wall.js", esm={"wall": "../views/wall"}):
    """Draws itself from ``/v1/reads``, ``/v1/stream`` and ``/v1/cameras``."""


@page("/", "Live", scope="events:stream", style="wall.css")
async def live(visitor: Visitor, request: Request) -> None:  # noqa: ARG001 - every page gets its request
    """What passes, newest first; before anything did, how to begin."""
    Wall(pictures=visitor.may("pictures:view"), reads=visitor.may("reads:view"), **offered(visitor))
