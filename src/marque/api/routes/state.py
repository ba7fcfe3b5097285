"""How the system is: ``/health`` for people and supervisors, ``/metrics`` for Prometheus."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.requests import HTTPConnection
from pydantic import BaseModel, ConfigDict

from marque.api.auth import holder, public, requires
from marque.api.parts import Given

router = APIRouter(tags=["state"])


class Health(BaseModel):
    """``status``: ok; degraded (a camera or a sink is away, everything else works); failing (nothing can be kept, or
    no camera is there)."""

    model_config = ConfigDict(extra="allow")

    status: str
    version: str = ""
    cameras: list[dict[str, Any]] = []
    sinks: list[dict[str, Any]] = []
    store: dict[str, Any] = {}


@router.get(
    "/health",
    summary="Show health",
    dependencies=[public],
    responses={503: {"model": Health, "description": "failing"}},
)
def health(parts: Given, connection: HTTPConnection, response: Response) -> Health:
    """State of cameras, sinks and store; 503 when it is failing, else 200. Who has not the scope `state:view` is told
    the `status` only; who is held to some cameras is told of those."""
    state = Health.model_validate({"version": parts.version, **parts.health()})
    response.status_code = 503 if state.status == "failing" else 200
    response.headers["Cache-Control"] = "no-store"
    principal = holder(connection, "state:view")
    if principal is None:
        return Health(status=state.status)
    mine = principal.within.cameras
    shown = [camera for camera in state.cameras if mine is None or camera["camera"] in mine]
    return state.model_copy(update={"cameras": shown})


class Metrics(Response):
    """Prometheus' text."""

    media_type = "text/plain; version=0.0.4"


@router.get("/metrics", summary="Get counters", response_class=Metrics, dependencies=[requires("state:view")])
def metrics(parts: Given) -> Metrics:
    """The counters in Prometheus' text format."""
    return Metrics(parts.metrics())
