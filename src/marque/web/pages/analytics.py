"""Figures about what was read."""

from __future__ import annotations

from fastapi import Request

from marque.web.frame import View, page
from marque.web.visitor import Visitor


class Charts(View, component="../views/analytics.js"):
    """Draws itself from ``/v1/analytics``."""


@page("/analytics", "Analytics", scope="analytics:view", style="analytics.css")
async def analytics(visitor: Visitor, request: Request) -> None:  # noqa: ARG001 - every page gets its request
    """How much, when, who comes, how long things take."""
    Charts(plates=visitor.may("reads:search"))
