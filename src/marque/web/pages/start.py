"""First steps: a drawn street, a picture, a camera."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from marque.web.frame import View, page
from marque.web.pages.reading import readable
from marque.web.visitor import Visitor


class Start(View, component="../views/start.js", esm={"start": "../views/start"}):
    """Draws itself from ``/v1/cameras`` and ``/v1/read``."""


@page("/start", "First steps", style="wall.css")
async def start(visitor: Visitor, request: Request) -> None:  # noqa: ARG001 - every page gets its request
    """What one can do before there is anything to see."""
    who = visitor.principal
    Start(name=who.name if who.kind == "user" else "", **offered(visitor))


def offered(visitor: Visitor) -> dict[str, Any]:
    """What this visitor may do of it. ``cameras``: see them; ``manage``: add some; ``read``: have pictures read."""
    there = visitor.services.cameras is not None
    return {
        "cameras": there and visitor.may("cameras:view"),
        "manage": there and visitor.may("cameras:manage"),
        "read": visitor.services.recognition is not None and visitor.may("plates:read"),
        **readable(visitor),
    }
