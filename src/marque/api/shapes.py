"""What answers about reads and events look like: the event as ``marque.event/1``, and what a page adds to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NewType
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ConfigDict

from marque.queries import FoundRead
from marque.types import StoredEvent
from marque.wire import WireEvent, json_of

ASK_AGAIN = "private, no-cache"
Json = NewType("Json", str)
"""a value, as it goes out"""
NULL = Json("null")


class Entry(BaseModel):
    """One revision in the log. ``cursor`` rises with every append."""

    model_config = ConfigDict(from_attributes=True)

    cursor: int
    event: WireEvent


class EventPage(BaseModel):
    """``next_cursor`` is the ``cursor`` of the following page, null on the last one."""

    events: list[Entry]
    next_cursor: int | None


class Pass(BaseModel):
    """One vehicle's pass: its revisions, oldest first."""

    id: UUID
    revisions: list[Entry]


class WireLikeness(BaseModel):
    """Why a fuzzy search found a read: ``score`` is 0 to 1; ``reasons`` are ``8~B`` (stored, then asked for), ``+1``
    (stored has one more), ``-1``, ``candidate`` (the net held the asked text possible)."""

    model_config = ConfigDict(from_attributes=True)

    score: float
    reasons: list[str]


class Read(Entry):
    """One pass in its newest revision; ``likeness`` only in a fuzzy search."""

    likeness: WireLikeness | None = None


class Count(BaseModel):
    """``exact`` is false where counting all would take too long: then it is an estimate."""

    model_config = ConfigDict(from_attributes=True)

    count: int
    exact: bool


class ReadPage(BaseModel):
    """``next`` is the ``page`` of the following page, null on the last one; ``count`` is of all pages together, null
    unless it was asked for."""

    reads: list[Read]
    next: str | None
    count: Count | None = None


class OneRead(Read):
    """One pass with its history, oldest revision first."""

    revisions: list[Entry]


def entry(stored: StoredEvent) -> Json:
    """An :class:`Entry`."""
    return told(cursor=Json(str(stored.cursor)), event=Json(json_of(stored)))


def read(found: FoundRead, **more: Json) -> Json:
    """A :class:`Read`, and what it holds besides."""
    stored, like = found.stored, found.likeness
    likeness = NULL if like is None else Json(WireLikeness.model_validate(like).model_dump_json())
    return told(cursor=Json(str(stored.cursor)), event=Json(json_of(stored)), likeness=likeness, **more)


def told(**fields: Json) -> Json:
    """An object of what its fields hold. The JSON of many events is not taken apart only to be put together again."""
    return Json("{" + ",".join([f'"{name}":{value}' for name, value in fields.items()]) + "}")


def several(items: Iterable[Json]) -> Json:
    return Json("[" + ",".join(items) + "]")


def answer(told: BaseModel | Json, headers: Mapping[str, str] | None = None) -> Response:
    """What is told as JSON at once: FastAPI would check a large page a second time."""
    body = told.model_dump_json(by_alias=True) if isinstance(told, BaseModel) else told
    return Response(body, media_type="application/json", headers=headers)


def version_of(stored: StoredEvent) -> str:
    """The entity tag of a pass in this revision; weak, since an answer may be compressed on its way."""
    return f'W/"{stored.cursor}"'


def is_known(header: str | None, tag: str) -> bool:
    """Whether ``If-None-Match`` or ``If-Match`` names the tag, weak or not."""
    tags = [one.strip().removeprefix("W/") for one in (header or "").split(",")]
    return "*" in tags or tag.removeprefix("W/") in tags
