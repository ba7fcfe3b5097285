"""Looking into what cameras do, through the API of a running Marque."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from marque.access.scopes import everything
from marque.app import Marque
from marque.config import parse
from marque.errors import NotFound
from marque.services.insight import Insight
from marque.types import Within

pytestmark = pytest.mark.system
SCENE = "scene:vehicles=1&width=640&height=360&gap=0.2&direction=approaching"


@pytest.fixture(scope="module")
def marque(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marque]:
    """A camera that demands too much, and one that has no frames."""
    folder: Path = tmp_path_factory.mktemp("insight")
    cameras: list[dict[str, Any]] = [
        {"id": "gate", "source": SCENE, "min_plate_width": 400},
        {"id": "yard", "source": SCENE, "enabled": False},
    ]
    given = {"storage": {"folder": str(folder)}, "server": {"port": 0}, "cameras": cameras}
    with Marque(parse(json.dumps(given), {})) as made:
        until(lambda: made.pool.wait(0))
        yield made


@pytest.fixture(scope="module")
def api(marque: Marque) -> Iterator[httpx.Client]:
    assert marque.server
    with httpx.Client(base_url=marque.server.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def insight(marque: Marque) -> Insight:
    return marque._insight()


def until(condition: Callable[[], object]) -> None:
    end = monotonic() + 60
    while not condition():
        assert monotonic() < end, "it did not come to be"
        sleep(0.05)


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
