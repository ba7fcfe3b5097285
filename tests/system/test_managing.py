"""Cameras, deliveries and sinks through the API of a running Marque."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
import yaml
from structlog.testing import capture_logs

from event_samples import event
from marque.access.scopes import Role, everything
from marque.app import Marque
from marque.clock import SystemClock
from marque.config import parse
from marque.services.sources import unmasked
from receiver import Receiver, Reply
from waiting import until

pytestmark = pytest.mark.system
SCENE = "scene:vehicles=2&width=640&height=360"
RTSP = "rtsp://admin:hunter2@192.168.77.1/stream"


def running(folder: Path, **changes: Any) -> Marque:
    given = {"storage": {"folder": str(folder)}, "server": {"port": 0}} | changes
    return Marque(parse(json.dumps(given), {}))


@pytest.fixture
def marque(tmp_path: Path) -> Iterator[Marque]:
    with running(tmp_path, cameras=[{"id": "gate", "source": SCENE}]) as made:
        yield made


@pytest.fixture
def api(marque: Marque) -> Iterator[httpx.Client]:
    assert marque.server
    with httpx.Client(base_url=marque.server.url, timeout=60) as client:
        yield client


def mistakes(answer: httpx.Response) -> dict[str, str]:
    return {one["at"]: one["message"] for one in answer.json()["errors"]}


def is_picture(data: bytes) -> bool:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) is not None


def test_a_camera_is_added_watched_looked_at_stopped_started_and_removed(api: httpx.Client, marque: Marque) -> None:
    added = api.post("/v1/cameras", json={"id": "yard", "source": SCENE})
    assert (added.status_code, added.headers["location"]) == (201, "/v1/cameras/yard")
    assert (added.json()["origin"], added.json()["running"]) == ("api", True)
    until(lambda: api.get("/v1/cameras/yard").json()["picture"])
    assert api.get("/v1/cameras/yard/snapshot").status_code == 200
    small = api.get("/v1/cameras/yard/snapshot?width=160").content
    assert is_picture(small)
    assert len(small) < len(api.get("/v1/cameras/yard/snapshot").content)
    for overlay in ("true", "false"):
        assert is_picture(api.get("/v1/cameras/yard/snapshot", params={"overlay": overlay}).content)
    with api.stream("GET", "/v1/cameras/yard/live?fps=10&overlay=true") as live:
        assert live.headers["content-type"] == "multipart/x-mixed-replace; boundary=frame"
        assert b"Content-Type: image/jpeg" in next(live.iter_bytes())
    stopped = api.post("/v1/cameras/yard/stop").json()
    assert (stopped["running"], stopped["health"], stopped["changed_by"]) == (False, None, "local")
    assert marque.pool.watched == ["gate"]
    assert api.post("/v1/cameras/yard/start").json()["running"] is True
    assert api.delete("/v1/cameras/yard").status_code == 204
    assert [one["settings"]["id"] for one in api.get("/v1/cameras").json()["cameras"]] == ["gate"]
    acts = [one["action"] for one in api.get("/v1/audit").json()["entries"]]
    assert {"camera added", "camera stopped", "camera started", "camera removed", "camera looked at"} <= set(acts)


def test_who_may_look_no_more_sees_no_more(tmp_path: Path) -> None:
    closed = {"port": 0, "authentication": True}
    with running(tmp_path, cameras=[{"id": "gate", "source": SCENE}], server=closed) as one:
        assert one.server
        state = one.server.app.state
        state.parts = replace(state.parts, recheck=0)
        _, key = one.desk.keys.add(everything("test"), "wall", role=Role.OPERATOR)
        until(lambda: one.pool.view("gate"))
        asked = f"{one.server.url}/v1/cameras/gate/live?fps=10"
        with httpx.stream("GET", asked, headers={"X-API-Key": key}, timeout=60) as live:
            pictures = live.iter_raw()
            assert b"Content-Type: image/jpeg" in next(pictures)
            one.desk.keys.revoke(everything("test"), "wall")
            assert sum(len(data) for data in pictures) < 10_000_000, "it ends"


def test_what_was_added_and_what_was_stopped_outlives_a_restart(tmp_path: Path) -> None:
    file = {"cameras": [{"id": "gate", "source": SCENE}]}
    for start in (1, 2):
        with running(tmp_path, **file) as one:
            assert one.server
            with httpx.Client(base_url=one.server.url, timeout=60) as api:
                if start == 1:
                    api.post("/v1/cameras", json={"id": "yard", "source": SCENE})
                    api.post("/v1/cameras/gate/stop")
            assert one.pool.watched == ["yard"]


def test_of_two_processes_over_one_database_one_watches_what_was_added(tmp_path: Path) -> None:
    with capture_logs() as logs, running(tmp_path, cameras=[{"id": "gate", "source": SCENE}]) as one:
        assert one.server
        httpx.post(f"{one.server.url}/v1/cameras", json={"id": "yard", "source": SCENE}, timeout=60)
        with running(tmp_path, cameras=[{"id": "lane", "source": SCENE}]) as other:
            assert other.server
            httpx.post(f"{other.server.url}/v1/cameras", json={"id": "drive", "source": SCENE}, timeout=60)
            assert (one.pool.watched, other.pool.watched) == (["gate", "yard"], ["lane"])
    said = "another process watches the cameras added through the API"
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == [said]


def test_a_camera_of_the_file_is_the_files(api: httpx.Client) -> None:
    answer = api.put("/v1/cameras/gate", json={"id": "gate", "source": SCENE})
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "The camera gate is in the configuration file. Change it there, or remove it there and add it here.",
    )
    assert api.delete("/v1/cameras/gate").status_code == 409
    assert api.post("/v1/cameras", json={"id": "gate", "source": SCENE}).status_code == 409
    assert api.delete("/v1/cameras/none").status_code == 404


def test_passwords_come_in_and_never_go_out(api: httpx.Client, marque: Marque) -> None:
    added = api.post("/v1/cameras", json={"id": "yard", "source": RTSP, "enabled": False})
    assert added.json()["settings"]["source"] == "rtsp://admin:*****@192.168.77.1/stream"
    assert "hunter2" not in added.text + api.get("/v1/cameras").text + api.get("/v1/cameras.yaml").text
    back = added.json()["settings"] | {"min_readings": 3}
    assert api.put("/v1/cameras/yard", json=back).status_code == 200
    assert "hunter2" in api.get("/v1/cameras.yaml?secrets=true").text
    elsewhere = back | {"source": "rtsp://admin:*****@192.168.77.2/stream"}
    assert mistakes(api.put("/v1/cameras/yard", json=elsewhere)) == {
        "source": "the password is masked. Write it out where the address is another."
    }
    assert {one.id: one.settings for one in marque.cameras._rows.all()}["yard"]["source"] == RTSP  # type: ignore[index]


@pytest.mark.parametrize(
    ("new", "old", "filled"),
    [
        ("rtsp://a:*****@cam/2", "rtsp://a:pw@cam/1", "rtsp://a:pw@cam/2"),
        ({"type": "x", "token": "*****"}, {"type": "x", "token": "t"}, {"type": "x", "token": "t"}),
        ("http://cam/?user=a&password=*****", "http://cam/?user=a&password=pw", "http://cam/?user=a&password=pw"),
        ("rtsp://cam/new", "rtsp://a:pw@cam/1", "rtsp://cam/new"),
    ],
)
def test_a_mask_that_comes_back_is_the_password_that_was_there(new: Any, old: Any, filled: Any) -> None:
    assert unmasked(new, old) == filled


@pytest.mark.parametrize(
    ("source", "at", "sentence"),
    [
        ("/etc/passwd", "source", "files of this server may not be read through the API. Put it into the folder"),
        ("http://127.0.0.1:9/", "source", "127.0.0.1 is not a public address. Add it to server.camera_networks"),
        ("http://169.254.169.254/latest", "source", "169.254.169.254 is not a public address."),
        ({"type": "http", "url_file": "/etc/passwd"}, "source.url", "Field required"),
        ({"type": "rtsp", "url": "file:///etc/passwd"}, "source", ""),
        ({"type": "nonsense"}, "source", "there is no source 'nonsense'"),
    ],
)
def test_a_source_that_may_not_be_is_refused(api: httpx.Client, source: Any, at: str, sentence: str) -> None:
    for path in ("/v1/cameras", "/v1/cameras/test"):
        answer = api.post(path, json={"id": "yard", "source": source})
        assert answer.status_code == 422, answer.text
        ((where, said),) = mistakes(answer).items()
        assert where.startswith(at)
        assert said.startswith(sentence)
        assert "root:" not in answer.text


def test_a_source_is_tried(api: httpx.Client) -> None:
    assert is_picture(api.post("/v1/cameras/test", json={"id": "try", "source": SCENE}).content)
    assert api.get("/v1/cameras/try").status_code == 404


def test_cameras_are_exported_and_imported_as_the_file_holds_them(api: httpx.Client) -> None:
    api.post("/v1/cameras", json={"id": "yard", "source": RTSP, "enabled": False, "regions": ["no"]})
    exported = api.get("/v1/cameras.yaml").text
    assert parse(exported, {}).cameras[1].regions == ["no"]
    api.delete("/v1/cameras/yard")
    assert mistakes(api.put("/v1/cameras.yaml", content=exported)) == {
        "cameras.1.source": "the password is masked. Write it out where the address is another."
    }
    whole = exported.replace("*****", "hunter2")
    assert api.put("/v1/cameras.yaml", content=whole).json() == {"count": 1}
    assert api.put("/v1/cameras.yaml", content=exported).json() == {"count": 1}
    assert yaml.safe_load(api.get("/v1/cameras.yaml?secrets=1").text) == yaml.safe_load(whole)
    leak = "cameras: [{id: x, source: 'http://192.168.1.1/${HOME}'}]"
    assert "is not set" in str(mistakes(api.put("/v1/cameras.yaml", content=leak)))
    assert mistakes(api.put("/v1/cameras.yaml", content="cameras: [{id: x}]")) == {
        "cameras.0.source": "Field required."
    }


def fresh(number: int, **changes: Any) -> Any:
    now = SystemClock().now()
    return replace(event(number), time=now, first_seen=now, last_seen=now, **changes)


def test_dead_letters_are_listed_shown_and_driven_again(tmp_path: Path) -> None:
    with Receiver(lambda _: Reply(400, b"no")) as receiver:
        hook = {"name": "web", "type": "webhook", "url": f"{receiver.url}?token=hunter2", "secret": "c2VjcmV0"}
        with running(tmp_path, sinks=[hook]) as made, httpx.Client(base_url=made.server.url) as api:  # type: ignore[union-attr]
            for number in range(1, 4):
                made.log.append(fresh(number))
            until(lambda: len(api.get("/v1/deliveries?state=dead").json()["deliveries"]) == 3)
            page = api.get("/v1/deliveries?limit=2&sink=web").json()
            rest = api.get(f"/v1/deliveries?limit=2&before={page['next']}").json()
            assert [one["id"] for one in page["deliveries"] + rest["deliveries"]] == [3, 2, 1]
            assert rest["next"] is None
            assert "no" in api.get("/v1/deliveries/1").json()["answer"]
            assert api.get("/v1/deliveries/9").status_code == 404
            (sink,) = api.get("/v1/sinks").json()["sinks"]
            assert (sink["name"], sink["type"], sink["health"]["breaker"]) == ("web", "webhook", "closed")
            assert "hunter2" not in json.dumps(sink)
            assert "c2VjcmV0" not in json.dumps(sink)
            assert api.post("/v1/sinks/web/test").json() == {
                "reached": True, "sent": None, "error": "", "hint": "", "answer": "",
            }  # fmt: skip
            tried = api.post("/v1/sinks/web/test?send=true").json()
            assert (tried["sent"], tried["error"], tried["answer"]) == (False, "refused with 400", "no")
            receiver.reply = lambda _: Reply()
            assert api.post("/v1/sinks/web/test?send=true").json()["sent"] is True
            assert api.post("/v1/deliveries/redrive", json={"ids": [1]}).json() == {"count": 1}
            assert api.post("/v1/deliveries/redrive", json={"all": True, "sink": "web"}).json() == {"count": 2}
            until(lambda: not api.get("/v1/deliveries?state=pending").json()["deliveries"])
            assert api.post("/v1/deliveries/redrive", json={"all": True}).json() == {"count": 0}
            assert api.post("/v1/deliveries/redrive", json={}).status_code == 422
            assert api.post("/v1/sinks/none/test").status_code == 404
