"""``/v1/read``: pictures in, plates out. Nothing that is sent here is kept."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from starlette.exceptions import HTTPException

from marque.api import bodies
from marque.api.auth import requires
from marque.api.bodies import Limits
from marque.api.parts import Given, Parts
from marque.api.problems import Mistake, Problem, Refused, sentence
from marque.errors import ImageError
from marque.services.answers import Choice
from marque.services.recognition import Recognition, Told, Upload
from marque.types import Principal
from marque.wire import WirePlate, WireVehicle

router = APIRouter(prefix="/v1/read", tags=["recognition"])
TAKES = "Send image/*, multipart/form-data with files, or application/json with `images`."
HUNG_UP = 499
"""for nobody but the log of a proxy"""
IMAGES = frozenset({"application/octet-stream"})
"""beside image/*"""


class Options(BaseModel):
    """What of the reads is wanted, as query parameters, fields of the form or keys of the JSON; the body's go first."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    regions: list[Annotated[str, Field(max_length=16)]] = Field([], max_length=16)
    """where plates are from, such as `gb,de`; anywhere if left out"""
    crop: bool = False
    """each picture is a plate: read it whole"""
    top: int = Field(5, ge=1, le=100)
    """candidates per plate"""
    min_confidence: float = Field(0.0, ge=0, le=1)
    """leave out less certain plates"""
    vehicles: bool = False
    """tell of vehicles as well, with or without a plate"""

    @field_validator("regions", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """``gb,de`` as well as ``gb`` twice."""
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            return value
        return [code.strip().lower() for word in words for code in word.split(",") if code.strip()]


class Picture(BaseModel):
    """One picture as base64."""

    model_config = ConfigDict(extra="forbid")

    data: str = Field(description="the picture's file as base64; a `data:` URL will do")
    name: str | None = Field(None, max_length=255, description="what it is called in the answer")


class Pictures(Options):
    """Pictures and options in one JSON object."""

    images: list[Picture] = Field(min_length=1)


class Milliseconds(BaseModel):
    """How long it took, without the time it waited."""

    detect: float
    recognize: float
    total: float


class ReadPicture(BaseModel):
    """One picture's plates, as a line of `marque read --json`; ``error`` says why it could not be read."""

    image: str
    width: int | None
    height: int | None
    ms: Milliseconds | None
    plates: list[WirePlate]
    error: str | None
    vehicles: list[WireVehicle] = Field([], description="only where they were asked for")


class ReadPictures(BaseModel):
    """One entry per picture, in the order they were sent."""

    pictures: list[ReadPicture]


def _json_schema() -> dict[str, Any]:
    """Of the JSON body, in one piece."""
    schema = Pictures.model_json_schema()
    schema["properties"]["images"]["items"] = schema.pop("$defs")["Picture"]
    return schema


_FILE = {"type": "string", "format": "binary"}
_FORM = {"type": "object", "properties": {"image": {"type": "array", "items": _FILE}}, "required": ["image"]}
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "image/*": {"schema": _FILE},
            "multipart/form-data": {"schema": {**_FORM, "description": "files under any name, and options"}},
            "application/json": {"schema": _json_schema()},
        },
    }
}


@router.post(
    "",
    summary="Read plates in pictures",
    response_model=ReadPictures,
    response_model_exclude_unset=True,
    openapi_extra=BODY,
    responses={
        408: {"model": Problem, "description": "the body did not arrive in time"},
        413: {"model": Problem, "description": "too many bytes, pixels or pictures"},
        415: {"model": Problem, "description": "another kind of body"},
        422: {"model": Problem, "description": "options that cannot be used, or no picture that can be read"},
        429: {"model": Problem, "description": "too much is waiting; Retry-After says when to come back"},
    },
)
async def read(
    parts: Given,
    principal: Annotated[Principal, requires("plates:read")],
    request: Request,
    regions: Annotated[list[str] | None, Query(max_length=16, description="such as `gb,de`")] = None,
    crop: Annotated[bool | None, Query(description="each picture is a plate: read it whole")] = None,
    top: Annotated[int | None, Query(ge=1, le=100, description="candidates per plate; 5 if left out")] = None,
    min_confidence: Annotated[float | None, Query(ge=0, le=1, description="leave out less certain plates")] = None,
    vehicles: Annotated[bool | None, Query(description="tell of vehicles as well, with or without a plate")] = None,
) -> Any:
    """One picture as the body, several as files of a form or as base64 in JSON. A picture that cannot be read has its
    `error` in the answer; where none could be, the request is refused. Pictures are not kept."""
    del principal
    asked = {"regions": regions, "crop": crop, "top": top, "min_confidence": min_confidence}
    asked["vehicles"] = vehicles
    service = _recognition(parts)
    with service.seat():
        uploads, told = await _taken(request, service)
        choice = _choice(service, {k: v for k, v in asked.items() if v is not None} | told)
        found = await _unless_gone(request, service, [service.submit(one, choice) for one in uploads])
    if found is None:
        return Response(status_code=HUNG_UP)
    if found and all(one.fault for one in found):
        raise _none(found)
    return {"pictures": [one.body for one in found]}


async def _unless_gone(request: Request, service: Recognition, reading: Sequence[Future[Told]]) -> list[Told] | None:
    """What was read; None where nobody waits for it any more, and what is not begun yet is not read."""
    told = asyncio.gather(*map(asyncio.wrap_future, reading))
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait((told, gone), return_when=asyncio.FIRST_COMPLETED)
        if told.done():
            return await told
        service.drop(reading)
        return None
    finally:
        gone.cancel()
        told.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _recognition(parts: Parts) -> Recognition:
    if parts.recognition is None:
        raise HTTPException(503, "This server reads no pictures.")
    return parts.recognition


async def _taken(request: Request, service: Recognition) -> tuple[list[Upload], dict[str, Any]]:
    """The request's pictures, and the options in its body."""
    settings = service.settings
    limits = Limits(
        int(settings.megabytes * 1e6), settings.pictures, settings.patience, "See recognition in the configuration."
    )
    kind = bodies.media_type(request)
    if kind == "multipart/form-data":
        return _of_form(await bodies.form(request, limits))
    if kind == "application/json":
        return _of_json(await bodies.json_body(request, limits), limits)
    if kind.startswith("image/") or kind in IMAGES:
        return [Upload("body", "body", await bodies.whole(request, limits))], {}
    raise Refused(415, f"{kind or 'A body without a Content-Type'} cannot be read. {TAKES}")


def _of_form(form: bodies.Form) -> tuple[list[Upload], dict[str, Any]]:
    if not form.files:
        raise Refused(422, "There is no picture in this form.", Mistake(at="image", message="a file is missing"))
    uploads = [Upload(f"{one.field}.{n}", one.name, one.data) for n, one in enumerate(form.files)]
    return uploads, {name: values if name == "regions" else values[-1] for name, values in form.fields.items()}


def _of_json(body: Any, limits: Limits) -> tuple[list[Upload], dict[str, Any]]:
    try:
        given = Pictures.model_validate(body)
    except ValidationError as error:
        raise _misasked(error) from error
    if len(given.images) > limits.files:
        raise Refused(
            413,
            f"There are more than {limits.files} pictures. {limits.hint}",
            Mistake(at="images", message=f"at most {limits.files}"),
        )
    uploads = [
        Upload(f"images.{n}.data", one.name or f"images.{n}", _decoded(n, one.data))
        for n, one in enumerate(given.images)
    ]
    return uploads, given.model_dump(exclude={"images"}, exclude_unset=True)


def _decoded(number: int, text: str) -> bytes:
    data = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(
            422, "These values cannot be used.", Mistake(at=f"images.{number}.data", message=f"no base64: {error}")
        ) from error


def _choice(service: Recognition, given: dict[str, Any]) -> Choice:
    try:
        options = Options.model_validate(given)
    except ValidationError as error:
        raise _misasked(error) from error
    service.check_regions(options.regions)
    return Choice(tuple(options.regions), options.top, options.min_confidence, options.crop, options.vehicles)


def _misasked(error: ValidationError) -> Refused:
    mistakes = [Mistake(at=".".join(map(str, e["loc"])) or "body", message=e["msg"]) for e in error.errors()]
    return Refused(422, "These values cannot be used.", *mistakes)


def _none(found: Sequence[Told]) -> Refused:
    """Why not one picture could be read: ours, or theirs."""
    faults = [(one.upload.field, one.fault) for one in found if one.fault]
    if not any(isinstance(fault, ImageError) for _, fault in faults):
        return Refused(500, "The networks failed on this; the log says more.")
    status = 413 if all("too large" in str(fault) for _, fault in faults) else 422
    mistakes = [Mistake(at=field, message=sentence(fault)) for field, fault in faults]
    return Refused(status, "No picture could be read.", *mistakes)
