"""What the routes about users, keys and sessions share."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import Field, StringConstraints
from starlette.exceptions import HTTPException
from starlette.types import Message

from marque.access.desk import Desk
from marque.api.bodies import Limits, whole
from marque.api.parts import Given
from marque.api.problems import Problem
from marque.types import Within

BODY = Limits(size=65536, files=0, seconds=10)
Place = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Places = Annotated[list[Place] | None, Field(max_length=1000, description="null: all", examples=[["gate"], None])]
TEXTS = {
    401: "nobody knows who asks",
    404: "there is no such thing",
    422: "a value cannot be used",
    429: "too many tries",
}


async def desk(parts: Given) -> Desk:
    """The desk of the application that serves this request."""
    if parts.desk is None:
        raise HTTPException(404, "This server keeps no users.")
    return parts.desk


At = Annotated[Desk, Depends(desk)]


class Bounded(APIRoute):
    """A route whose body is read no further than a small one goes, before anything is made of it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            body = await whole(request, BODY)

            async def again() -> Message:
                return {"type": "http.request", "body": body, "more_body": False}

            return await handle(Request(request.scope, again))

        return bounded


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route, for the document."""
    return {status: {"model": Problem, "description": TEXTS[status]} for status in statuses}


def within(cameras: list[str] | None, sites: list[str] | None) -> Within:
    """The rights that two lists of names say."""
    return Within(None if cameras is None else frozenset(cameras), None if sites is None else frozenset(sites))


def places(rights: Within) -> dict[str, list[str] | None]:
    """The two lists of names, null for all."""
    both = {"cameras": rights.cameras, "sites": rights.sites}
    return {key: None if names is None else sorted(names) for key, names in both.items()}
