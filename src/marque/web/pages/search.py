"""Search: one box of words, and what it finds."""

from __future__ import annotations

from fastapi import Request

from marque.errors import MissingExtra
from marque.services import parquet
from marque.web.frame import View, page
from marque.web.visitor import Visitor


class Search(View, component="../views/search.js", esm={"search": "../views/search"}):
    """Draws itself from ``/v1/search/phrase``, ``/v1/reads``, ``/v1/reads/facets`` and ``/v1/searches``."""


@page("/search", "Search", scope="reads:view", style="search.css")
async def search(visitor: Visitor, request: Request) -> None:  # noqa: ARG001 - every page gets its request
    """What was read, found by words; ``?q=`` is the phrase."""
    Search(
        plates=visitor.may("reads:search"),
        pictures=visitor.may("pictures:view"),
        exports=formats() if visitor.may("reads:export") else [],
    )


def formats() -> list[str]:
    """What a search can be taken away as; Parquet needs a package of its own."""
    try:
        parquet.available()
    except MissingExtra:
        return ["csv", "jsonl"]
    return ["csv", "jsonl", "parquet"]
