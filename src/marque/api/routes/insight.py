"""``/v1/cameras/{id}/...``: what a camera saw and did not tell, and why; settings tried; is it set up well?"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.exceptions import HTTPException

from marque.access.scopes import demand
from marque.api.auth import requires
from marque.api.parts import Given, Parts
from marque.api.problems import Problem
from marque.capture.judge import Why
from marque.capture.rejections import Rejection
from marque.services.cameras import jpeg
from marque.services.checks import Verdict
from marque.services.insight import Insight
from marque.services.trials import Tried
from marque.types import Box, Principal
from marque.wire import WirePlate

router = APIRouter(prefix="/v1/cameras/{id}", tags=["cameras"])
NOW = {"Cache-Control": "no-store"}
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
GONE: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "there is no such thing"}}
JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}


FULL: dict[int | str, dict[str, Any]] = {429: {"model": Problem, "description": "too many at a time; see Retry-After"}}


def _corners(value: Any) -> Any:
    return value.as_list() if isinstance(value, Box) else value


class Shape(BaseModel):
    """Read off our dataclasses."""

    model_config = ConfigDict(from_attributes=True)


class RejectionReason(Shape):
    """`why` is one of a few names, which stay; `sentence` is for people."""

    why: Why
    sentence: str


class Refusal(Shape):
    """A plate that was not told, or told in quarantine. `time` and `last`: first and last seen; `times`: how often it
    was refused. `width`: pixels at the widest; `score`: how sure the detector was. `open`: it is still there and may
    yet be told. `event`: id of the read that tells of it all the same. `picture`: whether there is one, under
    `/image`."""

    number: int
    time: datetime
    last: datetime
    times: int
    reason: RejectionReason
    text: str
    confidence: float | None
    readings: int
    width: float | None
    score: float | None
    box: Annotated[tuple[float, float, float, float] | None, BeforeValidator(_corners)]
    open: bool
    event: str | None
    picture: Annotated[bool, BeforeValidator(bool)]


class RefusalList(BaseModel):
    """The last one seen first."""

    rejections: list[Refusal]


class TrialPlate(Shape):
    """`plate` is as in `marque.event/1`. `told`: whether it would be told as one to be trusted; if not, `reason` is the
    first obstacle. `under`: only below the detector's own threshold is it found. `width` in pixels, `sharpness` 0 to
    1."""

    plate: Annotated[WirePlate, Field(validation_alias="read")]
    width: float
    sharpness: float
    zone: str | None
    told: bool
    reason: RejectionReason | None
    under: bool


class TrialAnswer(Shape):
    """Those that would be told come first. `time`, `sequence` and `size` (width, height) are those of the picture that
    was tried; `picture` is its JPEG in base64, if it was asked for."""

    time: datetime
    sequence: int
    size: tuple[int, int]
    took_ms: float
    plates: list[TrialPlate]
    picture: str | None = None


class CheckRow(Shape):
    """One thing that was measured. `unknown`, with `value` null: there was nothing to measure yet."""

    name: str
    value: float | None
    unit: str
    verdict: Verdict
    advice: str


class CheckAnswer(Shape):
    """`time`: of the picture, null where there is none yet; `plates`: readings that were looked at."""

    time: datetime | None
    plates: int
    rows: list[CheckRow]


@router.get("/rejections", summary="Show what was rejected", responses=GONE)
def list_rejections(
    parts: Given,
    principal: Annotated[Principal, requires("reads:view")],
    id: Id,  # noqa: A002 - the name in the URL
) -> RefusalList:
    """The last plates that the camera saw and did not tell, or not yet, or not as to be trusted, each with the reason.
    Kept in memory only, 50 at most."""
    return RefusalList(rejections=[_refusal(one) for one in _insight(parts).rejected.all(principal, id)])


@router.get(
    "/rejections/{number}/image", summary="Look at what was rejected", response_class=Response, responses=JPEG | GONE
)
def rejection_image(
    parts: Given,
    principal: Annotated[Principal, requires("pictures:view")],
    id: Id,  # noqa: A002 - the name in the URL
    number: Annotated[int, Path(ge=1, le=2**53)],
) -> Response:
    """A small picture of the plate, as JPEG."""
    return Response(_insight(parts).rejected.picture(principal, id, number), media_type="image/jpeg", headers=NOW)


@router.post("/try", summary="Try settings", responses=GONE | FULL)
def try_settings(
    parts: Given,
    principal: Annotated[Principal, requires("cameras:manage")],
    id: Id,  # noqa: A002 - the name in the URL
    tried: Tried,
    picture: Annotated[bool, Query(description="answer with the picture, too; needs pictures:view")] = False,
) -> TrialAnswer:
    """What the camera's last picture would give with these settings: every plate found, whether it would be told, and
    why not. What is left out is as the camera has it. Nothing is kept. That `min_readings` agree one picture cannot
    show."""
    if picture:
        demand(principal, "pictures:view")
    trial = _insight(parts).trials.attempt(principal, id, tried)
    answer = TrialAnswer.model_validate(trial)
    return answer.model_copy(update={"picture": b64encode(jpeg(trial.image)).decode()}) if picture else answer


@router.get("/check", summary="Check a camera", responses=GONE)
def check_camera(
    parts: Given,
    principal: Annotated[Principal, requires("cameras:view")],
    id: Id,  # noqa: A002 - the name in the URL
) -> CheckAnswer:
    """Is it set up well? What its last picture and the last plates say, each with advice, for whoever mounts it."""
    return CheckAnswer.model_validate(_insight(parts).checks.check(principal, id))


def _refusal(one: Rejection) -> Refusal:
    return Refusal.model_validate(one)


def _insight(parts: Parts) -> Insight:
    if parts.insight is None:
        raise HTTPException(503, "This server has no cameras.")
    return parts.insight
