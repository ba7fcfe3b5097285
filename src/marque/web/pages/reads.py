"""One vehicle's pass: what was seen of it, what was read, and what became of it."""

from __future__ import annotations

from fastapi import Request

from marque.web.frame import View, page
from marque.web.visitor import Visitor

SCRIPTS = {"search": "../views/search", "read": "../views/read"}


class Read(View, component="../views/read.js", esm=SCRIPTS):
    """Draws itself from ``/v1/reads/{id}``, its pictures and ``/v1/deliveries``."""


@page("/reads/{id}", "A read", scope="reads:view", style="read.css")
async def read(visitor: Visitor, request: Request) -> None:
    """One read; ``?q=`` is the search that it was opened from."""
    owes = visitor.services.deliveries is not None
    Read(
        id=request.path_params["id"],
        plates=visitor.may("reads:search"),
        correct=visitor.may("reads:correct"),
        pictures=visitor.may("pictures:view"),
        deliveries=owes and visitor.may("deliveries:view"),
        redrive=owes and visitor.may("deliveries:redrive"),
    )
