"""A picture of a pass, under ``/v1/reads`` and ``/v1/events`` alike."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Response

from marque.api.auth import requires
from marque.api.parts import Given
from marque.api.problems import Problem
from marque.api.shapes import ASK_AGAIN, is_known
from marque.types import Principal

FOREVER = "private, max-age=31536000, immutable"
JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "unchanged"},
    404: {"model": Problem, "description": "there is no such picture"},
}


def add(router: APIRouter) -> None:
    """Give the router the route of its pictures."""
    router.add_api_route(
        "/{id}/images/{name}", show_image, summary="Get a picture", response_class=Response, responses=JPEG
    )


def show_image(
    parts: Given,
    principal: Annotated[Principal, requires("pictures:view")],
    id: UUID,  # noqa: A002 - the name in the URL
    name: Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,31}$", description="`frame`, `plate` or `strip`")],
    revision: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="of this revision; else the newest")] = None,
    if_none_match: Annotated[str | None, Header(max_length=1000)] = None,
) -> Response:
    """A picture of a pass as JPEG. With `revision` it never changes and may be cached for good."""
    found = parts.archive.pictures.find(principal, str(id), name, revision)
    headers = {"ETag": f'"{found.digest}"', "Cache-Control": ASK_AGAIN if revision is None else FOREVER}
    if is_known(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(parts.archive.pictures.open(principal, found), headers=headers, media_type="image/jpeg")
