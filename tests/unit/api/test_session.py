"""Signing in and out over HTTP, and what a session may do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from http.cookies import SimpleCookie

import pytest
from starlette.testclient import TestClient

from fakes import FakeClock
from marque.access.desk import Desk
from marque.access.scopes import ROLES, SCOPES, Role
from marque.api import Parts, create_app
from marque.store.access import UserRows
from marque.telemetry import setup_logs
from marque.types import Principal, Within
from marque.web import pages

PASSWORD = "seven tall birches"
COOKIE = "marque_session"
SITE = "http://localhost"


@pytest.fixture
def guarded(parts: Parts, desk: Desk, root: Principal) -> Iterator[TestClient]:
    """A server that asks who one is; it knows Anna, an operator at the gate, and Chief, an admin."""
    desk.users.add(root, "anna", Role.OPERATOR, Within(cameras=frozenset({"gate"})), PASSWORD)
    desk.users.add(root, "chief", Role.ADMIN, password=PASSWORD)
    closed = replace(parts, desk=desk, gate=desk.gate(closed=True), pages=pages())
    with TestClient(create_app(closed), base_url=SITE, follow_redirects=False) as client:
        yield client


def sign_in(client: TestClient, name: str = "anna", password: str = PASSWORD) -> str:
    """The CSRF token."""
    answer = client.post("/v1/session", json={"name": name, "password": password})
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["csrf_token"]
    return token


def test_a_sign_in_tells_who_one_is_and_what_one_may_do(guarded: TestClient) -> None:
    answer = guarded.post("/v1/session", json={"name": "Anna", "password": PASSWORD})
    who = answer.json()
    assert (who["name"], who["kind"], who["cameras"], who["sites"]) == ("anna", "user", ["gate"], None)
    assert who["scopes"] == sorted(ROLES[Role.OPERATOR])
    assert answer.headers["cache-control"] == "no-store"
    assert guarded.get("/v1/session").json() == {**who, "expires": None}
    assert guarded.get("/v1/events").status_code == 200


def test_scripts_and_other_sites_do_not_get_the_cookie(guarded: TestClient) -> None:
    answer = guarded.post("/v1/session", json={"name": "anna", "password": PASSWORD})
    cookie = SimpleCookie(answer.headers["set-cookie"])[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "lax", "/", "")
    assert cookie["max-age"] == str(7 * 86400)


def test_behind_tls_the_cookie_never_travels_without(guarded: TestClient) -> None:
    answer = guarded.post("https://localhost/v1/session", json={"name": "anna", "password": PASSWORD})
    assert SimpleCookie(answer.headers["set-cookie"])[COOKIE]["secure"]


def test_a_wrong_password_says_so_and_sets_no_cookie(guarded: TestClient) -> None:
    answer = guarded.post("/v1/session", json={"name": "anna", "password": "wrong"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.json()["detail"] == "The name or the password is wrong. Try again."
    assert "set-cookie" not in answer.headers


def test_guessing_is_told_when_to_come_back(guarded: TestClient, clock: FakeClock) -> None:
    for _ in range(6):
        answer = guarded.post("/v1/session", json={"name": "anna", "password": "wrong"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert answer.headers["content-type"] == "application/problem+json"
    clock.advance(1)
    sign_in(guarded)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"name": "anna"}',
        b'{"name": 7, "password": []}',
        b'{"name": "a", "password": "%s"}' % (b"x" * 300),
    ],
)
def test_what_is_no_sign_in_is_a_problem(guarded: TestClient, body: bytes) -> None:
    answer = guarded.post("/v1/session", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert b"xxxx" not in answer.content


def test_a_sign_in_of_megabytes_is_refused_before_it_is_read(guarded: TestClient) -> None:
    answer = guarded.post("/v1/session", json={"name": "anna", "password": "x" * 1_000_000})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


def test_a_change_needs_the_csrf_token(guarded: TestClient) -> None:
    csrf = sign_in(guarded)
    body = {"current": PASSWORD, "new": "eight tall birches"}
    for wrong in ({}, {"X-CSRF-Token": "wrong"}):
        answer = guarded.put("/v1/session/password", json=body, headers=wrong)
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
        assert "The CSRF token is missing or wrong" in answer.json()["detail"]
    assert guarded.put("/v1/session/password", json=body, headers={"X-CSRF-Token": csrf}).status_code == 204
    assert guarded.get("/v1/session").status_code == 200


def test_signing_out_ends_the_session_also_for_whoever_copied_the_cookie(guarded: TestClient) -> None:
    csrf, copied = sign_in(guarded), guarded.cookies[COOKIE]
    assert guarded.delete("/v1/session", headers={"X-CSRF-Token": csrf}).status_code == 204
    assert COOKIE not in guarded.cookies
    guarded.cookies.set(COOKIE, copied)
    assert guarded.get("/v1/session").status_code == 401


def test_a_session_ends_by_itself(guarded: TestClient, clock: FakeClock) -> None:
    sign_in(guarded)
    clock.advance(8 * 3600)
    assert guarded.get("/v1/events").json()["detail"] == "This session holds no more. Sign in again."


def test_a_key_needs_no_session(guarded: TestClient, desk: Desk, root: Principal) -> None:
    _, key = desk.keys.add(root, "edge", scopes=["reads:view"])
    who = guarded.get("/v1/session", headers={"Authorization": f"Bearer {key}"}).json()
    assert (who["name"], who["kind"], who["scopes"], who["csrf_token"]) == ("edge", "key", ["reads:view"], None)
    assert guarded.delete("/v1/session", headers={"X-API-Key": key}).status_code == 204


def test_without_authentication_everybody_is_local(parts: Parts, desk: Desk) -> None:
    client = TestClient(create_app(replace(parts, desk=desk)), base_url=SITE)
    who = client.get("/v1/session").json()
    assert (who["name"], who["kind"], len(who["scopes"]), who["csrf_token"]) == ("local", "local", len(SCOPES), None)


def test_a_page_sends_strangers_to_the_sign_in_and_from_there_back(guarded: TestClient) -> None:
    answer = guarded.get("/docs")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/docs")
    assert guarded.get("/login").status_code == 200
    sign_in(guarded)
    assert guarded.get("/docs").status_code == 200
    answer = guarded.get("/login?next=https://evil.example/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_without_authentication_there_is_nothing_to_sign_in_to(parts: Parts) -> None:
    client = TestClient(create_app(replace(parts, pages=pages())), base_url=SITE, follow_redirects=False)
    assert client.get("/docs").status_code == 200
    assert client.get("/login").headers["location"] == "/"


def test_a_stranger_is_told_how_the_server_is_and_nothing_more(guarded: TestClient) -> None:
    assert guarded.get("/health").json() == {"status": "ok", "version": "", "cameras": [], "sinks": [], "store": {}}
    sign_in(guarded)
    assert guarded.get("/health").json()["version"] == "1.2.3"


def test_who_is_held_to_some_cameras_is_told_of_those(parts: Parts, desk: Desk, root: Principal) -> None:
    _, key = desk.keys.add(root, "gate", role=Role.VIEWER, within=Within(cameras=frozenset({"gate"})))
    cameras = [{"camera": name, "state": "up"} for name in ("gate", "yard")]
    gate = desk.gate(closed=True)
    app = create_app(replace(parts, gate=gate, health=lambda: {"status": "ok", "cameras": cameras}))
    shown = TestClient(app, base_url=SITE, headers={"X-API-Key": key}).get("/health").json()
    assert shown["cameras"] == cameras[:1]


@pytest.mark.parametrize("path", ["/v1/events", "/v1/stream", "/v1/users", "/v1/keys", "/v1/audit", "/metrics"])
def test_a_stranger_gets_nothing_else(guarded: TestClient, path: str) -> None:
    answer = guarded.get(path)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="marque"')


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://localhost.evil.example"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH"])
def test_a_page_of_another_site_changes_nothing(guarded: TestClient, origin: str, method: str) -> None:
    body = {"name": "anna", "password": PASSWORD}
    answer = guarded.request(method, "/v1/session", headers={"Origin": origin}, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert "set-cookie" not in answer.headers


def test_neither_does_one_of_another_port(parts: Parts) -> None:
    client = TestClient(create_app(parts), base_url="http://localhost:6277")
    for origin, status in (("http://localhost:3000", 403), ("http://localhost", 403), ("http://localhost:6277", 404)):
        assert client.delete("/v1/session", headers={"Origin": origin}).status_code == status


def test_a_proxy_that_keeps_the_name_to_itself_needs_it_allowed(parts: Parts) -> None:
    hosts = frozenset({"localhost", "plates.example"})
    client = TestClient(create_app(replace(parts, hosts=hosts)), base_url="http://localhost:6277")
    assert client.delete("/v1/session", headers={"Origin": "https://plates.example"}).status_code == 404
    assert client.delete("/v1/session", headers={"Origin": "https://other.example"}).status_code == 403


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_mistake_of_ours_writes_no_password_into_the_log(
    guarded: TestClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], style: str
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    setup_logs("debug", style)
    monkeypatch.setattr(UserRows, "secret", broken)
    client = TestClient(guarded.app, base_url=SITE, raise_server_exceptions=False)
    answer = client.post("/v1/session", json={"name": "anna", "password": "geheim-geheim"})
    told = capsys.readouterr()
    assert answer.status_code == 500
    assert "RuntimeError: a bug" in told.err
    assert "geheim-geheim" not in told.out + told.err + answer.text
