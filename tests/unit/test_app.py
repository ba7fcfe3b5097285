"""The composition root: parts start, work together, tell how they are, and stop without a trace."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from event_samples import event
from marque.app import Marque, inspect, is_loopback, known_hosts, mistakes, open_storage, overall
from marque.client import Client
from marque.clock import SystemClock
from marque.config import ServerSettings, Settings, parse
from marque.errors import ConfigError, MarqueError, StoreError
from marque.ports import NewDelivery
from marque.store.audit import AuditQuery
from marque.types import AuditEntry


def settings(folder: Path, **changes: Any) -> Settings:
    """A site without cameras that keeps everything in ``folder`` and appends events to a file there."""
    sink = {"name": "archive", "type": "file", "path": str(folder / "plates.jsonl")}
    given = {"storage": {"folder": str(folder)}, "server": {"port": 0}, "sinks": [sink]} | changes
    return parse(json.dumps(given), {})


@pytest.fixture
def marque(tmp_path: Path) -> Iterator[Marque]:
    with Marque(settings(tmp_path)) as running:
        yield running


def fresh(number: int = 1) -> Any:
    """An event of right now, which no retention forgets."""
    now = SystemClock().now()
    return replace(event(number), time=now, first_seen=now, last_seen=now)


def test_an_event_is_kept_served_and_handed_on(marque: Marque, tmp_path: Path) -> None:
    marque.log.append(fresh(), {"plate": b"a picture"})
    assert marque.drain(10) == 0
    assert json.loads((tmp_path / "plates.jsonl").read_text())["id"] == event(1).id
    assert marque.server
    page = httpx.get(f"{marque.server.url}/v1/events").json()
    assert [entry["event"]["id"] for entry in page["events"]] == [event(1).id]
    picture = httpx.get(f"{marque.server.url}/v1/events/{event(1).id}/images/plate?revision=1")
    assert picture.content == b"a picture"


def test_a_picture_is_read_without_a_camera_being_there(marque: Marque) -> None:
    assert marque.server
    picture = (Path(__file__).parents[2] / "docs" / "images" / "scene.jpg").read_bytes()
    answer = httpx.post(f"{marque.server.url}/v1/read", files={"image": ("scene.jpg", picture)}, timeout=60)
    (told,) = answer.json()["pictures"]
    assert told["image"] == "scene.jpg"
    assert told["plates"]


def test_the_pages_are_served(marque: Marque) -> None:
    assert marque.server
    for path in ("/", "/docs", "/openapi.json", "/metrics"):
        assert httpx.get(f"{marque.server.url}{path}").status_code == 200


def test_what_came_after_a_cursor_comes_oldest_first(marque: Marque) -> None:
    for number in (1, 2, 3):
        marque.log.append(fresh(number))
    assert [stored.cursor for stored in marque.events_after(1)] == [2, 3]


def test_a_healthy_site_says_ok(marque: Marque) -> None:
    health = marque.health()
    assert (health["status"], health["store"]) == ("ok", {"status": "ok", "cursor": 0})
    assert [(sink["name"], sink["breaker"]) for sink in health["sinks"]] == [("archive", "closed")]


def test_a_store_that_is_away_is_said_to_be_failing(marque: Marque, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> int:
        raise StoreError("the database is gone")

    monkeypatch.setattr(marque.store, "last_cursor", gone)
    assert marque.health()["status"] == "failing"


def test_without_cameras_there_is_no_end_to_wait_for(marque: Marque) -> None:
    assert marque.wait(0) is False


def test_old_events_are_forgotten(tmp_path: Path) -> None:
    with Marque(settings(tmp_path, sinks=[])) as first:
        old = SystemClock().now() - timedelta(days=31)
        first.log.append(replace(event(1), time=old))
        first.log.append(fresh(2))
    with Marque(settings(tmp_path, sinks=[])) as second:
        while len(second.events_after(0)) > 1:  # the sweep is the first act of a thread
            threading.Event().wait(0.01)


def test_what_is_owed_to_a_sink_that_is_gone_is_told_and_does_not_outlive_retention(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = SystemClock().now() - timedelta(days=31)
    site = settings(tmp_path)
    store, _ = open_storage(site.storage)
    store.append(replace(event(1), time=old), [NewDelivery("barrier", old)])
    store.close()
    with Marque(site) as marque:
        while marque.events_after(0):  # the sweep is the first act of a thread
            threading.Event().wait(0.01)
        assert marque.store.pending() == {}
    told = capsys.readouterr()
    line = next(line for line in (told.out + told.err).splitlines() if "not configured" in line)
    assert "barrier" in line


def test_nothing_runs_on_after_stop(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with Marque(settings(tmp_path)) as marque:
        assert marque.server
        url = marque.server.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name in ("server", "sweeper")]


def test_a_port_that_is_taken_leaves_nothing_behind(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = {"port": taken.getsockname()[1]}
        with pytest.raises(MarqueError, match="cannot be listened at"):
            Marque(settings(tmp_path, server=server)).start()
    assert set(threading.enumerate()) == before


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be made") as caught:
        Marque(settings(tmp_path / "file" / "data"))
    assert "storage.folder" in caught.value.hint


OPEN = "without authentication the server listens to this machine only, not at 0.0.0.0"
CLOSE = "Set `server.authentication: true` (MARQUE_SERVER__AUTHENTICATION=true), or listen at 127.0.0.1."


def test_a_server_that_asks_nobody_listens_to_this_machine_only(tmp_path: Path) -> None:
    with pytest.raises(MarqueError) as refused:
        Marque(settings(tmp_path, server={"port": 0, "host": "0.0.0.0"}))
    assert (str(refused.value), refused.value.hint) == (OPEN, CLOSE)
    assert not (tmp_path / "marque.db").exists()


def test_the_check_of_a_configuration_says_so_too() -> None:
    with pytest.raises(ConfigError) as refused:
        parse("server:\n  host: 0.0.0.0\n", {}, "marque.yaml", mistakes)
    assert refused.value.problems == [f"marque.yaml:2: server.host: {OPEN}. {CLOSE}"]
    parse("server:\n  host: 0.0.0.0\n  authentication: true\n", {}, further=mistakes)
    parse("server:\n  host: 0.0.0.0\n  enabled: false\n", {}, further=mistakes)


def test_the_first_start_with_authentication_makes_an_admin_and_only_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = {"port": 0, "authentication": True}
    with Marque(settings(tmp_path, server=server)) as first:
        assert first.server
        assert first.first_password
        assert httpx.get(f"{first.server.url}/v1/events").status_code == 401
        with httpx.Client(base_url=first.server.url, timeout=30) as client:  # passwords are hashed slowly
            signed = client.post("/v1/session", json={"name": "admin", "password": first.first_password})
            assert signed.json()["kind"] == "user"
            assert client.get("/v1/events").json()["events"] == []
            assert client.get("/").status_code == 200
    with Marque(settings(tmp_path, server=server)) as second:
        assert second.first_password is None
    told = capsys.readouterr()
    assert first.first_password not in told.out + told.err


def test_our_own_client_signs_in_and_changes_something(tmp_path: Path) -> None:
    with Marque(settings(tmp_path, server={"port": 0, "authentication": True})) as running:
        running.log.append(fresh())
        assert running.server
        assert running.first_password
        with Client(running.server.url) as client:
            client.sign_in("admin", running.first_password)
            assert client.correct(event(1).id, "AB12CDF").stored.event.correction
        row = running.desk.trail.page(AuditQuery(action="read corrected"))[0]
        assert (row.principal, row.kind, row.address, row.target) == ("admin", "user", "127.0.0.1", event(1).id)


def test_a_start_that_fails_makes_no_admin(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = {"port": taken.getsockname()[1], "authentication": True}
        with pytest.raises(MarqueError, match="cannot be listened at"):
            Marque(settings(tmp_path, server=server)).start()
    with Marque(settings(tmp_path, server={"port": 0, "authentication": True})) as later:
        assert later.first_password


def test_without_authentication_no_user_is_made(marque: Marque) -> None:
    assert marque.first_password is None
    assert marque.server
    assert httpx.get(f"{marque.server.url}/v1/users").json() == {"users": []}


def test_only_a_trusted_proxy_is_believed_where_a_request_came_from(tmp_path: Path) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    for proxies, address in ((["127.0.0.1"], "203.0.113.7"), ([], "127.0.0.1")):
        server = {"port": 0, "authentication": True, "trusted_proxies": proxies}
        with Marque(settings(tmp_path, server=server)) as running:
            assert running.server
            body = {"name": "admin", "password": "wrong"}
            httpx.post(f"{running.server.url}/v1/session", json=body, headers=forwarded)
            assert running.desk.trail.page(AuditQuery(action="sign-in failed"))[0].address == address


def test_old_rows_of_the_trail_are_forgotten(tmp_path: Path) -> None:
    with Marque(settings(tmp_path, sinks=[])) as first:
        old = SystemClock().now() - timedelta(days=400)
        first.desk.trail.add(AuditEntry(old, "anna", "user", "", "plate searched"))
    with Marque(settings(tmp_path, sinks=[])) as second:
        while second.desk.trail.page(AuditQuery()):  # the sweep is the first act of a thread
            threading.Event().wait(0.01)


def camera(state: str) -> dict[str, Any]:
    return {"state": state}


@pytest.mark.parametrize(
    ("cameras", "breaker", "store", "word"),
    [
        ([], "closed", "ok", "ok"),
        (["up", "ended", "connecting"], "closed", "ok", "ok"),
        (["up", "lost"], "closed", "ok", "degraded"),
        (["up"], "open", "ok", "degraded"),
        (["lost", "failed"], "closed", "ok", "failing"),
        (["up"], "closed", "failing", "failing"),
    ],
)
def test_one_word_for_all_parts(cameras: list[str], breaker: str, store: str, word: str) -> None:
    assert overall([camera(state) for state in cameras], [{"breaker": breaker}], {"status": store}) == word


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("plates.example", False)],
)
def test_only_loopback_is_closed_to_the_network(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_a_loopback_server_knows_its_names() -> None:
    assert known_hosts(ServerSettings(host="0.0.0.0")) is None
    names = known_hosts(ServerSettings(allowed_hosts=["Plates.example"]))
    assert names == frozenset({"localhost", "127.0.0.1", "[::1]", "plates.example"})


def test_inspect_names_what_only_the_parts_know() -> None:
    given = parse('cameras: [{id: gate, source: "scene:sed=1"}, {id: yard, source: "scene:", regions: [xx]}]', {})
    with pytest.raises(ConfigError) as caught:
        inspect(given)
    assert len(caught.value.problems) == 2
    assert caught.value.problems[0] == "camera gate: unknown key sed; did you mean 'seed'?"
    assert caught.value.problems[1].startswith("camera yard: ")
