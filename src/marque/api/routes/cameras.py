"""``/v1/cameras``: what is watched, changed while it runs, and looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from anyio import sleep, to_thread
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from marque.access.scopes import demand
from marque.api import bodies
from marque.api.auth import identify, requires
from marque.api.bodies import Limits
from marque.api.parts import Given, Parts
from marque.api.problems import Problem, Refused
from marque.config import CameraSettings
from marque.errors import AccessError, NotFound
from marque.services.cameras import Cameras, CameraState, too_many
from marque.types import Principal

router = APIRouter(prefix="/v1", tags=["cameras"])
BOUNDARY = "frame"
YAML = Limits(1_000_000, 0, 30.0)
NOW = {"Cache-Control": "no-store"}
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Viewer = Annotated[Principal, requires("cameras:view")]
Manager = Annotated[Principal, requires("cameras:manage")]
LOOK = "pictures:view"
Looker = Annotated[Principal, requires(LOOK)]
Overlay = Annotated[bool, Query(description="draw the plates that are seen, with their texts")]
Width = Annotated[int | None, Query(ge=64, le=7680, description="pixels the picture is wide, at most")]
JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}
GONE: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "there is no such camera"}}
FULL: dict[int | str, dict[str, Any]] = {429: {"model": Problem, "description": "too many at a time; see Retry-After"}}
MJPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"multipart/x-mixed-replace": {"schema": {"type": "string", "format": "binary"}}}}
}
FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/yaml": {"schema": {"type": "object"}}}}}
CONFLICT: dict[int | str, dict[str, Any]] = {409: {"model": Problem, "description": "it is there, or is the file's"}}


class Health(BaseModel):
    """How a camera that is watched is doing. `fps` and `processed_fps`: frames given and seen, a second, over the last
    ten. `latency_ms`: from a live frame's capture until it was told of, median of the last ones. `drops`: frames that
    were not seen, by reason. `size`: width and height. `uptime`: seconds since it is up."""

    model_config = ConfigDict(from_attributes=True)

    state: str
    reason: str
    hint: str
    frames: int
    dropped: int
    reconnects: int
    last_frame: datetime | None
    fps: float = 0.0
    processed_fps: float = 0.0
    latency_ms: float | None = None
    drops: dict[str, int] = {}
    size: tuple[int, int] | None = None
    uptime: float | None = None


class Camera(BaseModel):
    """One camera. `origin`: `file` (the configuration's, which can be started and stopped here) or `api`. `running`:
    whether it is to be watched, also after a restart. `picture`: whether there is one to look at. Passwords in
    `settings` are masked; sent back so they stay."""

    settings: CameraSettings
    origin: Literal["file", "api"]
    running: bool
    health: Health | None
    changed_by: str
    picture: bool


class CameraList(BaseModel):
    """The file's first."""

    cameras: list[Camera]


class Imported(BaseModel):
    """How many cameras were added or changed."""

    count: int


class Yaml(Response):
    """A configuration."""

    media_type = "application/yaml"


@router.get("/cameras", summary="List cameras")
def list_cameras(parts: Given, principal: Viewer) -> CameraList:
    """Every camera and how it is doing."""
    return CameraList(cameras=[_told(one) for one in _cameras(parts).all(principal)])


@router.post("/cameras", summary="Add a camera", status_code=201, responses=CONFLICT)
def add_camera(parts: Given, principal: Manager, camera: CameraSettings, response: Response) -> Camera:
    """It is watched at once, and again after a restart."""
    _cameras(parts).add(principal, camera)
    response.headers["Location"] = f"/v1/cameras/{camera.id}"
    return _told(_cameras(parts).one(principal, camera.id))


@router.post("/cameras/test", summary="Try a source", response_class=Response, responses=JPEG | FULL)
def try_source(parts: Given, principal: Manager, camera: CameraSettings) -> Response:
    """Connects, and gives the first frame, or says exactly why there is none. Nothing is kept."""
    return Response(_cameras(parts).attempt(principal, camera), media_type="image/jpeg", headers=NOW)


@router.get("/cameras.yaml", summary="Export cameras", response_class=Yaml, responses=FILE)
def export_cameras(
    parts: Given,
    principal: Viewer,
    secrets: Annotated[bool, Query(description="with passwords; needs cameras:manage")] = False,
) -> Yaml:
    """All cameras as a configuration file holds them, passwords masked unless asked for."""
    if secrets:
        demand(principal, "cameras:manage")
    return Yaml(_cameras(parts).exported(principal, secrets), headers=NOW)


@router.put(
    "/cameras.yaml",
    summary="Import cameras",
    responses={408: {"model": Problem, "description": "too slow"}, 413: {"model": Problem, "description": "too large"}},
    openapi_extra={"requestBody": {"content": {"application/yaml": {"schema": {"type": "string"}}}}},
)
async def import_cameras(parts: Given, principal: Manager, request: Request) -> Imported:
    """Adds and changes the cameras of a configuration file; others stay as they are, and so do those of the server's
    own file. All of it, or nothing where anything in it is wrong."""
    body = await bodies.whole(request, YAML)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Refused(422, "The body is no UTF-8 text.") from error
    return Imported(count=await to_thread.run_sync(_cameras(parts).imported, principal, text))


@router.get("/cameras/{id}", summary="Show a camera", responses=GONE)
def show_camera(parts: Given, principal: Viewer, id: Id) -> Camera:  # noqa: A002 - the name in the URL
    """One camera and how it is doing."""
    return _told(_cameras(parts).one(principal, id))


@router.put("/cameras/{id}", summary="Change a camera", responses=CONFLICT | GONE)
def change_camera(parts: Given, principal: Manager, id: Id, camera: CameraSettings) -> Camera:  # noqa: A002
    """Its settings become these; it is connected anew. A masked password stays as long as the address does."""
    _cameras(parts).change(principal, id, camera)
    return _told(_cameras(parts).one(principal, id))


@router.delete("/cameras/{id}", summary="Remove a camera", status_code=204, responses=CONFLICT | GONE)
def remove_camera(parts: Given, principal: Manager, id: Id) -> Response:  # noqa: A002 - the name in the URL
    """It is watched no more; what was read stays."""
    _cameras(parts).remove(principal, id)
    return Response(status_code=204)


@router.post("/cameras/{id}/start", summary="Start a camera", responses=GONE)
def start_camera(parts: Given, principal: Manager, id: Id) -> Camera:  # noqa: A002 - the name in the URL
    """Watch it, anew if it is watched already."""
    _cameras(parts).run(principal, id, True)
    return _told(_cameras(parts).one(principal, id))


@router.post("/cameras/{id}/stop", summary="Stop a camera", responses=GONE)
def stop_camera(parts: Given, principal: Manager, id: Id) -> Camera:  # noqa: A002 - the name in the URL
    """It stays stopped, also after a restart, until it is started."""
    _cameras(parts).run(principal, id, False)
    return _told(_cameras(parts).one(principal, id))


@router.get("/cameras/{id}/snapshot", summary="Look once", response_class=Response, responses=JPEG | GONE)
def snapshot(
    parts: Given,
    principal: Looker,
    id: Id,  # noqa: A002 - the name in the URL
    overlay: Overlay = False,
    width: Width = None,
) -> Response:
    """What the camera saw last, as JPEG."""
    return Response(_cameras(parts).picture(principal, id, overlay, width), media_type="image/jpeg", headers=NOW)


@router.get("/cameras/{id}/live", summary="Look on", response_class=StreamingResponse, responses=MJPEG | GONE | FULL)
async def live(
    request: Request,
    parts: Given,
    principal: Looker,
    id: Id,  # noqa: A002 - the name in the URL
    overlay: Overlay = False,
    fps: Annotated[float, Query(ge=0.1, le=10, description="pictures per second at most")] = 2.0,
    width: Width = None,
) -> StreamingResponse:
    """Pictures as MJPEG, which an `<img>` shows, as often as Marque looks at them and at most `fps`."""
    cameras = _cameras(parts)
    if cameras.watchers.free <= 0:
        raise too_many()
    take = partial(cameras.picture, principal, id, overlay, width)
    may = partial(_may_look, request, cameras, id)
    pictures = _pictures(parts, cameras, id, take, may, 1 / fps, await to_thread.run_sync(take))
    return StreamingResponse(
        pictures,
        media_type=f"multipart/x-mixed-replace; boundary={BOUNDARY}",
        headers=NOW | {"X-Accel-Buffering": "no"},
    )


def _may_look(request: Request, cameras: Cameras, camera: str) -> None:
    """Raises AccessError or NotFound where whoever looks on may do so no more."""
    principal = identify(request)
    demand(principal, LOOK)
    cameras.one(principal, camera)


async def _pictures(
    parts: Parts,
    cameras: Cameras,
    camera: str,
    take: Callable[[], bytes],
    may: Callable[[], None],
    pause: float,
    first: bytes,
) -> AsyncIterator[bytes]:
    """Until the camera is watched no more, whoever looks may look no more, or the server closes."""
    with cameras.watchers.one(), suppress(NotFound, AccessError):
        yield _part(first)
        shown, checked = cameras.sequence(camera), parts.clock.monotonic()
        while not parts.closing.is_set() and cameras.watched(camera):
            await sleep(pause)
            if parts.clock.monotonic() - checked >= parts.recheck:
                await to_thread.run_sync(may)
                checked = parts.clock.monotonic()
            number = cameras.sequence(camera)
            if number is not None and number != shown:
                shown = number
                yield _part(await to_thread.run_sync(take))


def _part(picture: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
    return head.encode() + picture + b"\r\n"


def _told(one: CameraState) -> Camera:
    settings = CameraSettings.model_validate(one.settings)
    health = one.health and Health.model_validate(one.health)
    return Camera.model_validate(
        {
            "settings": settings,
            "origin": one.origin,
            "running": one.running,
            "health": health,
            "changed_by": one.changed_by,
            "picture": one.picture,
        }
    )


def _cameras(parts: Parts) -> Cameras:
    if parts.cameras is None:
        raise HTTPException(503, "This server has no cameras.")
    return parts.cameras
