"""An edge hands its events on to a server: everything arrives once with its pictures, whoever dies meanwhile."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from event_samples import event
from marque.app import Marque, open_storage
from marque.clock import SystemClock
from marque.config import SinkSettings, parse
from marque.errors import Temporary
from marque.events.bell import Bell
from marque.events.delivery import DeliveryEngine
from marque.events.log import EventLog
from marque.ports import SinkContext
from marque.queries import EventQuery
from marque.sinks import upstream
from marque.store import SqlStore
from marque.store.blobs import open_blobs
from marque.telemetry import Telemetry
from marque.types import DeliveryState, PlateEvent
from marque.wire import to_json, to_wire
from receiver import Receiver, Reply

pytestmark = pytest.mark.system


def fresh(number: int, **changes: Any) -> PlateEvent:
    """An event of right now, which no retention forgets."""
    now = SystemClock().now()
    return replace(event(number, f"AB{number:04}"), time=now, first_seen=now, last_seen=now, **changes)


def picture(number: int) -> bytes:
    return bytes(cv2.imencode(".jpg", np.full((8, 8, 3), number % 256, np.uint8))[1].tobytes()) + bytes([number % 256])


class Edge:
    """A log, an engine and one sink; retries come at once."""

    def __init__(self, store: SqlStore, folder: Path, url: str, **options: Any) -> None:
        self.settings = SinkSettings(name="up", type="upstream", timeout=5, batch=20, max_attempts=3)
        self.store, self.blobs = store, open_blobs(f"file://{folder}/edge-blobs")
        bell, clock, telemetry = Bell(), SystemClock(), Telemetry()
        config = upstream.Config.model_validate({"url": url, **options})
        self.sink = upstream.build(config, SinkContext("up", self.blobs.open, clock, self.settings.timeout))
        self.log = EventLog(store, self.blobs, [self.settings], [], bell, clock, telemetry)
        self.engine = DeliveryEngine(
            store, {"up": (self.sink, self.settings)}, bell, clock, telemetry, jitter=lambda: 0.0
        )

    def settle(self, seconds: float = 60) -> dict[str, int]:
        """How many deliveries are in each state once nothing is owed."""
        end = monotonic() + seconds
        while self.store.pending() and monotonic() < end:
            sleep(0.02)
        states = [one.state.value for one in self.store.deliveries(limit=1000)]
        return {state: states.count(state) for state in states}


def site(folder: Path, **changes: Any) -> dict[str, Any]:
    return {"storage": {"folder": str(folder)}, "server": {"port": 0}} | changes


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Marque]:
    with Marque(parse(json.dumps(site(tmp_path / "server")), {})) as running:
        yield running


@pytest.fixture
def url(server: Marque) -> str:
    assert server.server
    return server.server.url


@pytest.fixture
def edge(
    tmp_path: Path, url: str, open_log: Callable[[str], SqlStore], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Edge]:
    monkeypatch.setattr("marque.events.delivery.POLL", 0.02)
    made = Edge(open_log(f"sqlite:///{tmp_path}/edge.db"), tmp_path, url)
    yield made
    made.engine.stop()


def kept(store: SqlStore) -> list[PlateEvent]:
    return [one.event for one in store.events(EventQuery(newest_first=False, limit=1000))]


def test_events_arrive_in_order_as_they_were_with_their_pictures(edge: Edge, server: Marque) -> None:
    sent = [fresh(n // 2 + 1, revision=n % 2 + 1) for n in range(60)]
    for number, one in enumerate(sent):
        edge.log.append(one, {"frame": picture(number), "plate": picture(number % 5)})
    edge.engine.start()
    assert edge.settle() == {"delivered": 60}
    assert kept(server.store) == kept(edge.store)
    for one in kept(server.store):
        assert all(server.blobs.open(digest) == edge.blobs.open(digest) for digest in one.images.values())


def test_what_is_sent_again_is_not_there_twice(edge: Edge, server: Marque) -> None:
    payloads = [edge.sink.encode(fresh(n)) for n in range(1, 4)]
    assert edge.sink.send(payloads) == [None] * 3
    assert edge.sink.send(payloads) == [None] * 3
    assert len(kept(server.store)) == 3


def test_a_picture_is_sent_once(edge: Edge, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    del url
    digest, opened = edge.blobs.put(picture(1)), list[str]()

    def look(digest: str) -> bytes:
        opened.append(digest)
        return picture(1)

    monkeypatch.setattr(edge.sink, "_context", replace(edge.sink._context, picture=look))
    for number in range(1, 4):
        assert edge.sink.send([edge.sink.encode(fresh(number, images={"frame": digest}))]) == [None]
    assert opened == [digest]


def test_a_picture_that_is_kept_no_more_does_not_keep_its_event(edge: Edge, server: Marque) -> None:
    assert edge.sink.send([edge.sink.encode(fresh(1, images={"frame": "ab" * 32}))]) == [None]
    assert len(kept(server.store)) == 1


def test_one_event_that_the_server_refuses_is_a_dead_letter_and_the_others_arrive(edge: Edge, server: Marque) -> None:
    edge.log.append(fresh(1))
    edge.log.append(fresh(2, camera="no camera of ours"))
    edge.log.append(fresh(3))
    edge.engine.start()
    assert edge.settle() == {"delivered": 2, "dead": 1}
    (dead,) = edge.store.deliveries(state=DeliveryState.DEAD)
    assert dead.answer == ("the server refused the event: camera: should match [A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
    assert len(kept(server.store)) == 2


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (Reply(401), "answered 401"),
        (Reply(403), "answered 403"),
        (Reply(404, b"not here"), "answered 404"),
        (Reply(500), "answered 500"),
        (Reply(200, b"<html>hello"), "is no Marque"),
    ],
)
def test_a_server_that_cannot_take_anything_now_is_waited_for(edge: Edge, reply: Reply, sentence: str) -> None:
    with Receiver(lambda _: reply) as other:
        sink = upstream.build(upstream.Config.model_validate({"url": other.url}), edge.sink._context)
        with pytest.raises(Temporary, match=sentence):
            sink.send([sink.encode(fresh(1, images={"frame": "ab" * 32}))])
        with pytest.raises(Temporary):
            sink.check()
        sink.close()


def test_the_server_says_how_long_to_wait(edge: Edge) -> None:
    with Receiver(lambda _: Reply(429, headers={"retry-after": "7"})) as other:
        sink = upstream.build(upstream.Config.model_validate({"url": other.url}), edge.sink._context)
        with pytest.raises(Temporary) as caught:
            sink.send([sink.encode(fresh(1))])
        assert caught.value.retry_after == 7
        sink.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def test_a_server_that_is_killed_again_and_again_gets_everything_once(
    tmp_path: Path, open_log: Callable[[str], SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marque.events.delivery.POLL", 0.02)
    monkeypatch.setattr("marque.events.courier.PROBE_CAP", 0.2)
    port, folder = free_port(), tmp_path / "server"
    command = [sys.executable, "-m", "marque.cli", "serve", "--data", str(folder), "--port", str(port)]
    edge = Edge(open_log(f"sqlite:///{tmp_path}/edge.db"), tmp_path, f"http://127.0.0.1:{port}")
    for number in range(1, 201):
        edge.log.append(fresh(number), {"frame": picture(number)})
    edge.engine.start()
    for _ in range(3):
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
            before, end = sum(edge.store.pending().values()), monotonic() + 60
            while sum(edge.store.pending().values()) == before > 0 and monotonic() < end:
                sleep(0.01)
            running.kill()
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        states = edge.settle(90)
        running.terminate()
    edge.engine.stop()
    assert states == {"delivered": 200}
    store, blobs = open_storage(parse(json.dumps(site(folder)), {}).storage)
    found = kept(store)
    store.close()
    assert sorted(one.id for one in found) == sorted(one.id for one in kept(edge.store))
    assert all(blobs.has(digest) for one in found for digest in one.images.values())


# -- by hand --------------------------------------------------------------------------------------------------------


def lines(*events: PlateEvent) -> bytes:
    return "\n".join(to_json(one) for one in events).encode()


def test_lines_are_taken_and_each_is_answered(url: str) -> None:
    body = lines(fresh(1), fresh(1)) + b"\n{\n" + lines(fresh(2)) + b"\n"
    told = httpx.post(f"{url}/v1/events", content=body, headers={"content-type": "application/x-ndjson"}).json()
    assert [one["status"] for one in told["results"]] == ["accepted", "duplicate", "refused", "accepted"]
    assert told["results"][2]["errors"] == [
        {"at": "event", "message": "no JSON: EOF while parsing an object at line 1 column 1"}
    ]
    assert (told["accepted"], told["duplicate"], told["dropped"], told["refused"]) == (2, 1, 0, 1)


def test_a_form_brings_events_and_pictures_at_once(server: Marque, url: str) -> None:
    digest = edge_digest(picture(1))
    body = json.dumps([to_wire(fresh(1, images={"frame": digest}))])
    files: dict[str, Any] = {"events": (None, body), "frame": ("frame.jpg", picture(1), "image/jpeg")}
    assert httpx.post(f"{url}/v1/events", files=files).json()["accepted"] == 1
    assert server.blobs.open(digest) == picture(1)
    shown = httpx.get(f"{url}/v1/events/{fresh(1).id}/images/frame")
    assert (shown.status_code, shown.content) == (200, picture(1))


def edge_digest(data: bytes) -> str:

    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("change", "at", "message"),
    [
        ({"id": "1"}, "id", "should be a UUID in lower case"),
        ({"camera": "a/b"}, "camera", "should match [A-Za-z0-9][A-Za-z0-9_.-]{0,63}"),
        ({"revision": 2**31}, "revision", "should be at most 1073741824"),
        ({"site": "a\x00b"}, "site", "should be 1 to 200 printable characters"),
        ({"images": {"frame": "../x"}}, "images", "should map names such as frame to a sha256 in hex"),
        ({"kind": "gone"}, "kind", "Input should be 'new', 'update' or 'lost'"),
        ({"schema": "marque.event/2"}, "schema", "Input should be 'marque.event/1'"),
    ],
)
def test_an_event_that_cannot_be_is_refused_by_itself(url: str, change: dict[str, Any], at: str, message: str) -> None:
    told = httpx.post(f"{url}/v1/events", json=[to_wire(fresh(1)) | change, to_wire(fresh(2))]).json()
    assert [one["status"] for one in told["results"]] == ["refused", "accepted"]
    assert told["results"][0]["errors"] == [{"at": at, "message": message}]


def test_a_picture_has_to_be_what_its_name_says_and_a_jpeg(url: str) -> None:
    digest = edge_digest(picture(1))
    jpeg = {"content-type": "image/jpeg"}
    wrong = httpx.put(f"{url}/v1/pictures/{digest}", content=picture(2), headers=jpeg)
    assert (wrong.status_code, wrong.json()["errors"][0]["at"]) == (422, "digest")
    page = b"<script>alert(1)</script>"
    html = httpx.put(f"{url}/v1/pictures/{edge_digest(page)}", content=page, headers=jpeg)
    assert html.json()["errors"] == [{"at": "body", "message": "this is no JPEG. Pictures of events are JPEG files."}]
    assert httpx.post(f"{url}/v1/pictures/missing", json={"digests": [digest]}).json() == {"missing": [digest]}
    assert httpx.put(f"{url}/v1/pictures/{digest}", content=picture(1), headers=jpeg).status_code == 204
    assert httpx.post(f"{url}/v1/pictures/missing", json={"digests": [digest]}).json() == {"missing": []}


def test_a_body_of_another_kind_and_one_that_is_no_list_are_refused(url: str) -> None:
    assert httpx.post(f"{url}/v1/events", content=b"a", headers={"content-type": "text/plain"}).status_code == 415
    answer = httpx.post(f"{url}/v1/events", json="event")
    assert (answer.status_code, answer.json()["detail"]) == (422, "The body is no list of events.")
