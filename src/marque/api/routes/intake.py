"""Events and pictures from another Marque: ``POST /v1/events`` and ``PUT /v1/pictures/{digest}``."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Body, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import from_json
from starlette.exceptions import HTTPException

from marque.api import bodies
from marque.api.auth import requires
from marque.api.bodies import Limits
from marque.api.parts import Given, Parts
from marque.api.problems import Mistake, Problem, Refused
from marque.services.intake import Intake, Status, Unreadable, Verdict
from marque.types import Principal
from marque.wire import SCHEMA

router = APIRouter(prefix="/v1", tags=["intake"])
MOST = 1000
"""events, or digests, in one request"""
PICTURES = 200
"""in one form"""
EVENTS_BYTES, FORM_BYTES, PICTURE_BYTES = 16_000_000, 64_000_000, 16_000_000
SECONDS = 120.0
"""that a body may take to arrive: an edge may be behind a slow line"""
LINES = frozenset({"application/x-ndjson", "application/jsonl", "application/x-jsonlines", "application/json-lines"})
TAKES = "Send application/json, application/x-ndjson, or multipart/form-data with a part `events`."
Writer = Annotated[Principal, requires("events:write")]
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="sha256 of the picture, in hex")]


class Taken(BaseModel):
    """What became of one event. `duplicate`: this revision is here already; `dropped`: by this server's own rules, see
    `reason`; `refused`: see `errors`."""

    model_config = ConfigDict(from_attributes=True)

    id: str | None
    revision: int | None
    status: Status
    cursor: int | None = None
    reason: str | None = None
    errors: list[Mistake] = []


class Report(BaseModel):
    """One entry per event, in the order they were sent."""

    results: list[Taken]
    accepted: int
    duplicate: int
    dropped: int
    refused: int


class Digests(BaseModel):
    """Names of pictures."""

    model_config = ConfigDict(extra="forbid")

    digests: list[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]] = Field(max_length=MOST)


class Missing(BaseModel):
    """Those that are not here."""

    missing: list[str]


_EVENT = {"type": "object", "description": f"`{SCHEMA}`, see docs/reference/event.schema.json"}
_FORM = {"type": "object", "properties": {"events": {"type": "string"}}, "required": ["events"]}
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "array", "items": _EVENT, "maxItems": MOST}},
            "application/x-ndjson": {"schema": {"type": "string", "description": "one event per line"}},
            "multipart/form-data": {"schema": {**_FORM, "description": "the events, and JPEG files beside them"}},
        },
    }
}
_JPEG: dict[str, Any] = {"requestBody": {"required": True, "content": {"image/jpeg": {"schema": {"type": "string"}}}}}
REFUSALS: dict[int | str, dict[str, Any]] = {
    408: {"model": Problem, "description": "the body did not arrive in time"},
    413: {"model": Problem, "description": "the body is too large"},
    415: {"model": Problem, "description": "another kind of body"},
    422: {"model": Problem, "description": "what came cannot be used"},
    429: {"model": Problem, "description": "others are handing in; Retry-After says when to come back"},
}


@router.post("/events", summary="Hand events in", response_model=Report, openapi_extra=BODY, responses=REFUSALS)
async def take(parts: Given, principal: Writer, request: Request) -> Any:
    """At most 1,000 `marque.event/1` objects. What can be kept is kept, in one transaction; of each it is said what
    became of it. The pair of `id` and `revision` is kept once, so that a request may be sent again whenever its answer
    was lost. Pictures are named by their sha256 in `images` and come beside the events in a form, or by themselves."""
    intake = _intake(parts)
    with intake.seat():
        offered, pictures = await _offered(request)
        if len(offered) > MOST:
            raise Refused(413, f"There are more than {MOST} events.", Mistake(at="body", message=f"at most {MOST}"))
        verdicts = await to_thread.run_sync(_take, intake, principal, offered, pictures)
    counts = {status: sum(one.status == status for one in verdicts) for status in ("accepted", "duplicate", "dropped")}
    results = [Taken(**_told(one)) for one in verdicts]
    return Report(results=results, refused=len(verdicts) - sum(counts.values()), **counts)


@router.post("/pictures/missing", summary="Ask which pictures are missing")
def missing(parts: Given, principal: Writer, asked: Annotated[Digests, Body()]) -> Missing:
    """Which of these pictures this server does not have: only they need to be sent."""
    return Missing(missing=_intake(parts).missing(principal, asked.digests))


@router.put(
    "/pictures/{digest}",
    summary="Hand a picture in",
    status_code=204,
    response_class=Response,
    openapi_extra=_JPEG,
    responses=REFUSALS,
)
async def keep(parts: Given, principal: Writer, request: Request, digest: Digest) -> Response:
    """A JPEG whose sha256 is `digest`. A picture that no event names is deleted after a day."""
    intake = _intake(parts)
    if bodies.media_type(request) != "image/jpeg":
        raise Refused(415, "A picture is sent as image/jpeg.")
    with intake.seat():
        data = await bodies.whole(request, Limits(PICTURE_BYTES, 0, SECONDS))
        await to_thread.run_sync(intake.keep, principal, data, digest)
    return Response(status_code=204)


def _intake(parts: Parts) -> Intake:
    if parts.intake is None:
        raise HTTPException(503, "This server takes no events in.")
    return parts.intake


def _take(intake: Intake, principal: Principal, offered: list[Any], pictures: list[bytes]) -> list[Verdict]:
    """Pictures first: whoever is told of an event finds them."""
    for data in pictures:
        intake.keep(principal, data)
    return intake.take(principal, offered)


def _told(verdict: Verdict) -> dict[str, Any]:
    told = {name: getattr(verdict, name) for name in ("id", "revision", "status", "cursor", "reason")}
    return told | {"errors": [Mistake(at=at, message=message) for at, message in verdict.mistakes]}


async def _offered(request: Request) -> tuple[list[Any], list[bytes]]:
    """Events as they came, and pictures."""
    kind = bodies.media_type(request)
    if kind == "multipart/form-data":
        return _of_form(await bodies.form(request, Limits(FORM_BYTES, PICTURES + 1, SECONDS)))
    if kind == "application/json" or kind in LINES:
        body = await bodies.whole(request, Limits(EVENTS_BYTES, 0, SECONDS))
        return (_array(body) if kind == "application/json" else _lines(body)), []
    raise Refused(415, f"{kind or 'A body without a Content-Type'} cannot be taken. {TAKES}")


def _of_form(form: bodies.Form) -> tuple[list[Any], list[bytes]]:
    texts = [text.encode() for text in form.fields.get("events", [])]
    texts += [one.data for one in form.files if one.field == "events"]
    if len(texts) != 1:
        raise Refused(
            422, "There is no part `events`, or more than one.", Mistake(at="events", message="one is needed")
        )
    pictures = [one.data for one in form.files if one.field != "events"]
    (text,) = texts
    return (_array(text) if text.lstrip()[:1] == b"[" else _lines(text)), pictures


def _array(text: bytes) -> list[Any]:
    try:
        found = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise Refused(422, f"The body is no JSON: {error}.") from error
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise Refused(422, "The body is no list of events.")
    return found


def _lines(text: bytes) -> list[Any]:
    """One value per line; a line that is no JSON keeps its place among the answers."""
    return [_line(line) for line in text.split(b"\n") if line.strip()]


def _line(line: bytes) -> Any:
    try:
        return from_json(line, allow_inf_nan=False)
    except ValueError as error:
        return Unreadable(f"no JSON: {error}")
