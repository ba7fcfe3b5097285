"""Cameras: how they are, what they see, and what is set about them."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from marque.config import CameraSettings
from marque.web.frame import View, page
from marque.web.visitor import Visitor

HOST = "user:password@192.168.1.20"
MAKERS = {
    "Axis": f"rtsp://{HOST}/axis-media/media.amp",
    "Axis, MJPEG": f"http://{HOST}/axis-cgi/mjpg/video.cgi",
    "Amcrest, Dahua": f"rtsp://{HOST}:554/cam/realmonitor?channel=1&subtype=0",
    "Avigilon": f"rtsp://{HOST}/defaultPrimary?streamType=u",
    "Bosch": f"rtsp://{HOST}/rtsp_tunnel",
    "Foscam": f"rtsp://{HOST}:88/videoMain",
    "Hanwha (Wisenet)": f"rtsp://{HOST}/profile2/media.smp",
    "Hikvision": f"rtsp://{HOST}:554/Streaming/Channels/101",
    "i-PRO, Panasonic": f"rtsp://{HOST}/MediaInput/h264/stream_1",
    "Reolink": f"rtsp://{HOST}:554/h264Preview_01_main",
    "TP-Link (Tapo, VIGI)": f"rtsp://{HOST}:554/stream1",
    "Ubiquiti (UniFi Protect)": "rtsps://192.168.1.1:7441/token",
    "Uniview": f"rtsp://{HOST}:554/media/video1",
    "Vivotek": f"rtsp://{HOST}/live.sdp",
    "Any: a picture that is fetched again and again": f"http://{HOST}/snapshot.jpg",
    "Any: RTSP": f"rtsp://{HOST}:554/stream1",
    "A drawn street, without a camera": "scene:realtime=true&vehicles=100",
}
"""maker -> what the address of the main stream looks like on most of its cameras; their manuals have the last word"""

SCRIPTS = {"marque-camera": "../views/camera"}


class Wall(View, component="../views/cameras.js", esm=SCRIPTS):
    """Draws itself from ``/v1/cameras``."""


class Camera(View, component="../views/camera.js", esm=SCRIPTS):
    """Draws itself from ``/v1/cameras/{id}`` and what lies below it."""


@page("/cameras", "Cameras", scope="cameras:view", style="cameras.css")
async def cameras(visitor: Visitor, request: Request) -> None:  # noqa: ARG001 - every page gets its request
    """All of them; ``?add`` opens the dialog that adds one."""
    makers = [{"name": name, "source": source} for name, source in MAKERS.items()]
    Wall(**common(visitor), makers=makers)


@page("/cameras/{id}", "Camera", scope="cameras:view", style="cameras.css")
async def camera(visitor: Visitor, request: Request) -> None:
    """One of them."""
    Camera(**common(visitor), id=request.path_params["id"])


def common(visitor: Visitor) -> dict[str, Any]:
    """What both pages are told. A visitor who may not do something is not offered it."""
    watching = visitor.services.cameras
    return {
        "manage": visitor.may("cameras:manage"),
        "pictures": visitor.may("pictures:view"),
        "reads": visitor.may("reads:view"),
        "schema": CameraSettings.model_json_schema(),
        "site": watching.site if watching else None,
    }
