"""Looking into what cameras do, through the API of a running Marque."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from marque.access.scopes import everything
from marque.app import Marque
from marque.capture.sources.scene import Config, draw, truth
from marque.capture.strip import BORDER, HEIGHT, LINE
from marque.config import parse
from marque.errors import NotFound
from marque.services.insight import Insight
from marque.types import Within
from marque.vision.image import decode
from waiting import until

pytestmark = pytest.mark.system
SCENE = "scene:vehicles=1&width=640&height=360&gap=0.2&direction=approaching"


@pytest.fixture(scope="module")
def marque(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marque]:
    """A camera that demands too much, one that has no frames, and one that has seen one picture."""
    folder: Path = tmp_path_factory.mktemp("insight")
    pictures = folder / "pictures"
    pictures.mkdir()
    cv2.imwrite(str(pictures / "car.png"), picture())
    cameras: list[dict[str, Any]] = [
        {"id": "gate", "source": SCENE, "min_plate_width": 400},
        {"id": "yard", "source": SCENE, "enabled": False},
        {"id": "lane", "source": SCENE},
        {"id": "porch", "source": {"type": "folder", "path": str(pictures)}, "recognition_threshold": 0.6},
    ]
    given = {"storage": {"folder": str(folder)}, "server": {"port": 0}, "cameras": cameras}
    with Marque(parse(json.dumps(given), {})) as made:
        until(lambda: all(made.pool.health()[n].state == "ended" for n in (0, 1)) and made.pool.view("porch"))
        yield made


@pytest.fixture(scope="module")
def api(marque: Marque) -> Iterator[httpx.Client]:
    assert marque.server
    with httpx.Client(base_url=marque.server.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def insight(marque: Marque) -> Insight:
    return marque._insight()


def picture() -> Any:
    """The car of the scene, where its plate is largest."""
    config = Config(vehicles=1, width=640, height=360, gap=0.2, direction="approaching")
    (car,) = truth(config)
    return list(draw(config))[car.last]


def decoded(data: bytes) -> Any:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def test_what_was_rejected_is_shown_with_its_reason_and_picture(api: httpx.Client) -> None:
    found = api.get("/v1/cameras/gate/rejections").json()["rejections"]
    (plate,) = [one for one in found if one["reason"]["why"] == "too_narrow"]
    assert plate["reason"]["sentence"].endswith("pixels wide, at least 400 are needed")
    assert (plate["text"], plate["picture"], plate["open"], plate["event"]) == ("", True, False, None)
    assert plate["width"] > 40
    image = api.get(f"/v1/cameras/gate/rejections/{plate['number']}/image")
    assert image.headers["content-type"] == "image/jpeg"
    assert decoded(image.content).shape[1] <= 192
    looks = [one for one in api.get("/v1/audit").json()["entries"] if one["action"] == "rejection viewed"]
    assert looks[0]["target"] == "gate"


def test_a_camera_that_is_not_watched_rejected_nothing(api: httpx.Client) -> None:
    assert api.get("/v1/cameras/yard/rejections").json() == {"rejections": []}
    assert api.get("/v1/cameras/none/rejections").status_code == 404
    answer = api.get("/v1/cameras/gate/rejections/9999/image")
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "there is no such picture. Only the last ones are kept, in memory.",
    )


def test_who_may_not_see_the_camera_is_told_of_none(insight: Insight) -> None:
    other = replace(everything("guard"), within=Within(cameras=frozenset({"yard"})))
    with pytest.raises(NotFound, match="there is no camera gate"):
        insight.rejected.all(other, "gate")


def test_settings_are_tried_on_the_last_picture(api: httpx.Client) -> None:
    found = api.post("/v1/cameras/porch/try", json={}).json()
    assert found["size"] == [640, 360]
    plate = found["plates"][0]
    assert (plate["told"], plate["reason"], plate["under"], plate["zone"]) == (True, None, False, None)
    (car,) = truth(Config(vehicles=1, width=640, height=360, gap=0.2, direction="approaching"))
    assert plate["plate"]["text"] == car.text
    assert plate["width"] > 60
    assert 0 < plate["sharpness"] <= 1


@pytest.mark.parametrize(
    ("tried", "why"),
    [
        ({"min_plate_width": 400}, "too_narrow"),
        ({"recognition_threshold": 1.0}, "low_confidence"),
        ({"detection_threshold": 1.0}, "weak"),
        ({"zones": [{"name": "sky", "polygon": [[0, 0], [1, 0], [1, 0.01], [0, 0.01]]}]}, "outside_zones"),
        ({"zones": [{"name": "all", "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]], "exclude": True}]}, "excluded"),
    ],
)
def test_what_would_not_be_told_says_why_as_the_camera_would(api: httpx.Client, tried: Any, why: str) -> None:
    plate = api.post("/v1/cameras/porch/try", json=tried).json()["plates"][0]
    assert (plate["told"], plate["reason"]["why"]) == (False, why)
    assert api.get("/v1/cameras/porch").json()["settings"]["recognition_threshold"] == 0.6


def test_the_picture_that_was_tried_comes_along_when_it_is_asked_for(api: httpx.Client) -> None:
    assert api.post("/v1/cameras/porch/try", json={}).json()["picture"] is None
    picture = api.post("/v1/cameras/porch/try?picture=true", json={}).json()["picture"]
    assert decode(b64decode(picture)).shape == (360, 640, 3)


def test_settings_that_cannot_be_tried_are_refused(api: httpx.Client) -> None:
    answer = api.post("/v1/cameras/porch/try", json={"regions": ["zz"]})
    assert (answer.status_code, answer.json()["errors"][0]["at"]) == (422, "regions.0")
    assert api.post("/v1/cameras/porch/try", json={"source": "scene:"}).status_code == 422
    assert api.post("/v1/cameras/yard/try", json={}).status_code == 404
    assert api.post("/v1/cameras/none/try", json={}).status_code == 404


def test_health_says_how_busy_a_camera_is(api: httpx.Client) -> None:
    for health in (
        api.get("/v1/cameras/porch").json()["health"],
        next(one for one in api.get("/health").json()["cameras"] if one["camera"] == "porch"),
    ):
        assert (health["size"], health["drops"], health["latency_ms"]) == ([640, 360], {}, None)
        assert health["uptime"] > 0
        assert health["fps"] <= 1
        assert health["processed_fps"] <= 1


def test_a_camera_is_checked(api: httpx.Client) -> None:
    found = api.get("/v1/cameras/porch/check").json()
    rows = {row["name"]: row for row in found["rows"]}
    assert found["plates"] == 1
    assert found["time"]
    assert rows["plate_width"]["value"] > 60
    assert rows["plate_tilt"]["verdict"] == "good"
    assert rows["brightness"]["verdict"] == "good"
    assert rows["latency"] == {
        "name": "latency", "value": None, "unit": "ms", "verdict": "unknown", "advice": "Only a live camera has this.",
    }  # fmt: skip
    nothing = api.get("/v1/cameras/yard/check").json()
    assert (nothing["time"], nothing["plates"]) == (None, 0)
    assert {row["verdict"] for row in nothing["rows"]} == {"unknown"}
    assert api.get("/v1/cameras/none/check").status_code == 404


def test_the_frames_that_a_plate_was_read_in_are_one_picture_which_outlives_a_correction(api: httpx.Client) -> None:
    def lost() -> Any:
        return [one for one in api.get("/v1/reads?camera=lane").json()["reads"] if one["event"]["kind"] == "lost"]

    until(lost)
    read = lost()[0]["event"]
    assert set(read["images"]) == {"frame", "plate", "strip"}
    strip = decoded(api.get(f"/v1/reads/{read['id']}/images/strip").content)
    assert strip.shape[0] == HEIGHT + 2 * BORDER + LINE
    assert strip.shape[1] > 2 * strip.shape[0]
    corrected = api.patch(f"/v1/reads/{read['id']}", json={"text": "AB12CDE"}).json()
    assert corrected["event"]["images"] == read["images"]
