"""Reading request bodies: in pieces, and no further than they may go."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

from anyio import current_time, fail_after
from fastapi import Request
from pydantic_core import from_json
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from marque.api.problems import Mistake, Refused

FIELDS, FIELD = 32, 65536
"""further fields of a form, and bytes of one"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a body may be: ``size`` in bytes, ``files`` in a form, ``seconds`` to arrive. ``hint``: where it is set."""

    size: int
    files: int
    seconds: float
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a form: the field it came as, its own name, its media type and what it holds."""

    field: str
    name: str
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """A form's files in their order, and its other fields; a field that comes twice has both values."""

    files: list[Part] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)


def media_type(request: Request) -> str:
    """Without its parameters, in lower case; empty where the request names none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def whole(request: Request, limits: Limits) -> bytes:
    """The body. Raises Refused: 413 as soon as it is too large, 408 when it does not arrive."""
    body = bytearray()
    async for piece in _pieces(request, limits):
        body += piece
    return bytes(body)


async def json_body(request: Request, limits: Limits) -> Any:
    """The body as JSON. Raises Refused: 413, 408, and 422 for what is none."""
    try:
        return from_json(await whole(request, limits), allow_inf_nan=False)
    except ValueError as error:
        raise Refused(422, f"The body is no JSON: {error}.") from error


async def form(request: Request, limits: Limits) -> Form:
    """The body as a form. Raises Refused: 413, 408, and 422 for what is none."""
    parser = MultiPartParser(
        request.headers, _pieces(request, limits), max_files=limits.files, max_fields=FIELDS, max_part_size=FIELD
    )
    parser.spool_max_size = limits.size + 1  # the body is bounded, so that nothing of it needs to touch the disk
    try:
        items = (await parser.parse()).multi_items()
    except MultiPartException as error:
        if "Too many files" in error.message:
            raise Refused(413, f"There are more than {limits.files} files. {limits.hint}".strip()) from error
        raise Refused(422, f"The body is no form: {error.message}") from error
    found = Form()
    for name, value in items:
        if isinstance(value, UploadFile):
            found.files.append(Part(name, value.filename or name, value.content_type or "", value.file.read()))
            value.file.close()
        else:
            found.fields.setdefault(name, []).append(value)
    return found


async def _pieces(request: Request, limits: Limits) -> AsyncGenerator[bytes, None]:
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > limits.size:
        raise _too_large(limits)
    size, end, stream = 0, current_time() + limits.seconds, request.stream()
    while (piece := await _next(stream, end, limits)) is not None:
        size += len(piece)
        if size > limits.size:
            raise _too_large(limits)
        yield piece


async def _next(stream: AsyncGenerator[bytes, None], end: float, limits: Limits) -> bytes | None:
    """The next piece, None after the last."""
    try:
        with fail_after(end - current_time()):
            return await anext(stream, None)
    except TimeoutError:
        late = f"The body did not arrive within {limits.seconds:g} s. {limits.hint}".strip()
        raise Refused(408, late) from None
    except ClientDisconnect:
        raise Refused(400, "The request ended before its body did.") from None


def _too_large(limits: Limits) -> Refused:
    return Refused(
        413,
        f"The body is larger than {limits.size / 1e6:g} MB. {limits.hint}".strip(),
        Mistake(at="body", message=f"at most {limits.size} bytes"),
    )
