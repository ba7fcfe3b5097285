"""Read a picture: drop one and see what is read in it."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import Request

from marque.plates.catalogue import known_regions
from marque.web.frame import View, page, said
from marque.web.visitor import Visitor


class Reading(View, component="../views/reading.js", esm={"reading": "../views/reading"}):
    """Draws itself from ``/v1/read``."""


@page("/try", "Read a picture", scope="plates:read", style="wall.css")
async def reading(visitor: Visitor, request: Request) -> None:  # noqa: ARG001 - every page gets its request
    """Pictures and clips, read and not kept."""
    if visitor.services.recognition is None:
        said("p", "This server reads no pictures.", "empty")
        return
    Reading(**readable(visitor))


def readable(visitor: Visitor) -> dict[str, Any]:
    """What the reader takes: megabytes of one picture, and regions by code."""
    recognition = visitor.services.recognition
    return {"megabytes": recognition.settings.megabytes if recognition else 0, "regions": regions()}


@cache
def regions() -> list[tuple[str, str]]:
    """Code and name of each, by name."""
    return sorted(((code, region.name) for code, region in known_regions().items()), key=lambda one: one[1])
