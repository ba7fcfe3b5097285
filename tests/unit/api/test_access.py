"""Users, keys and the audit trail over HTTP."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from fakes import FakeClock
from marque.access.desk import Desk
from marque.access.scopes import Role
from marque.api import Parts, create_app
from marque.types import Principal

PASSWORD = "seven tall birches"


@pytest.fixture
def admin(parts: Parts, desk: Desk, root: Principal) -> Iterator[TestClient]:
    """A client with an admin's key."""
    _, key = desk.keys.add(root, "chief", role=Role.ADMIN)
    app = create_app(replace(parts, desk=desk, gate=desk.gate(closed=True)))
    with TestClient(app, base_url="http://localhost", headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def test_a_user_is_added_changed_shown_and_removed(admin: TestClient) -> None:
    added = admin.post("/v1/users", json={"name": "Anna", "role": "operator", "cameras": ["gate"]})
    assert (added.status_code, added.headers["location"]) == (201, "/v1/users/anna")
    body = added.json()
    assert len(body["password"]) == 23
    assert (body["user"]["name"], body["user"]["role"], body["user"]["cameras"]) == ("anna", "operator", ["gate"])
    changed = admin.patch("/v1/users/anna", json={"sites": ["north"], "disabled": True}).json()
    assert (changed["cameras"], changed["sites"], changed["disabled"]) == (["gate"], ["north"], True)
    assert admin.patch("/v1/users/anna", json={"cameras": None}).json()["cameras"] is None
    assert admin.get("/v1/users/ANNA").json()["sites"] == ["north"]
    assert [user["name"] for user in admin.get("/v1/users").json()["users"]] == ["anna"]
    assert admin.delete("/v1/users/anna").status_code == 204
    assert admin.get("/v1/users/anna").status_code == 404


def test_a_password_that_was_given_is_not_told_back(admin: TestClient) -> None:
    answer = admin.post("/v1/users", json={"name": "anna", "password": PASSWORD})
    assert answer.json()["password"] is None
    assert PASSWORD not in answer.text
    assert "argon2" not in admin.get("/v1/users").text


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "why"),
    [
        ("POST", "/v1/users", {"name": "an na"}, "name", "this is no name for a user"),
        ("POST", "/v1/users", {"name": "anna", "password": "short"}, "password", "at least 12 characters"),
        ("POST", "/v1/users", {"name": "anna", "role": "king"}, "role", "Input should be"),
        ("POST", "/v1/users", {"name": "anna", "rolle": "admin"}, "rolle", "Extra inputs"),
        ("POST", "/v1/users", {"name": "anna", "cameras": [""]}, "cameras.0", "at least 1 character"),
        ("POST", "/v1/users", {"name": "root"}, "name", "there is a user root already"),
        ("PATCH", "/v1/users/root", {"role": "viewer"}, "role", "this is the last admin who can sign in"),
        ("PATCH", "/v1/users/root", {"disabled": True}, "disabled", "this is the last admin who can sign in"),
        ("DELETE", "/v1/users/root", None, "name", "this is the last admin who can sign in"),
        ("POST", "/v1/keys", {"name": "k"}, "scopes", "a key has a role or scopes, one of the two"),
        ("POST", "/v1/keys", {"name": "k", "scopes": ["reads:all"]}, "scopes", "there is no scope reads:all"),
        ("POST", "/v1/keys", {"name": "k", "role": "viewer", "expires": "2020-01-01T00:00:00Z"}, "expires", "passed"),
        ("POST", "/v1/keys", {"name": "k", "role": "viewer", "expires": "soon"}, "expires", "valid datetime"),
    ],
)
def test_a_refusal_names_the_field(
    admin: TestClient, desk: Desk, root: Principal, method: str, path: str, body: object, field: str, why: str
) -> None:
    desk.users.add(root, "root", Role.ADMIN)
    answer = admin.request(method, path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    (mistake,) = answer.json()["errors"]
    assert mistake["at"] == field
    assert why in mistake["message"]


def test_a_key_is_made_shown_once_and_revoked(admin: TestClient) -> None:
    made = admin.post("/v1/keys", json={"name": "edge 1", "scopes": ["reads:view"], "sites": ["north"]})
    assert made.status_code == 201
    text, key = made.json()["text"], made.json()["key"]
    assert made.headers["location"] == f"/v1/keys/{key['prefix']}"
    mine = {"Authorization": f"Bearer {text}"}
    assert admin.get("/v1/events", headers=mine).status_code == 200
    assert admin.get("/v1/keys", headers=mine).status_code == 403
    shown = admin.get(f"/v1/keys/{key['prefix']}")
    assert (shown.json()["name"], shown.json()["sites"]) == ("edge 1", ["north"])
    assert shown.json()["used"]
    assert text not in shown.text + admin.get("/v1/keys").text
    assert admin.delete(f"/v1/keys/{key['prefix']}").status_code == 204
    assert admin.get("/v1/events", headers=mine).status_code == 401
    assert admin.delete(f"/v1/keys/{key['prefix']}").status_code == 404


def test_who_may_not_manage_is_told_which_scope_is_missing(admin: TestClient, desk: Desk, root: Principal) -> None:
    _, key = desk.keys.add(root, "weak", role=Role.INVESTIGATOR)
    for path, scope in (("users", "users:manage"), ("keys", "keys:manage"), ("audit", "audit:view")):
        answer = admin.get(f"/v1/{path}", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 403
        assert f"needs the scope {scope}" in answer.json()["detail"]


def test_nobody_makes_a_key_that_may_do_more_than_they(admin: TestClient, desk: Desk, root: Principal) -> None:
    _, clerk = desk.keys.add(root, "clerk", scopes=["keys:manage", "reads:view"])
    body = {"name": "more", "role": "admin"}
    answer = admin.post("/v1/keys", json=body, headers={"Authorization": f"Bearer {clerk}"})
    assert answer.status_code == 403
    assert "Nobody gives what they do not have" in answer.json()["detail"]


def test_the_trail_comes_in_pages_newest_first(
    admin: TestClient, desk: Desk, root: Principal, clock: FakeClock
) -> None:
    for number in range(5):
        desk.audit.record(replace(root, name="anna"), "plate searched", f"AB{number}", {"match": "exact"}, number)
        clock.advance(60)
    first = admin.get("/v1/audit?action=plate+searched&limit=3").json()
    assert [entry["target"] for entry in first["entries"]] == ["AB4", "AB3", "AB2"]
    assert first["entries"][0]["results"] == 4
    second = admin.get(f"/v1/audit?action=plate+searched&limit=3&cursor={first['next_cursor']}").json()
    assert ([entry["target"] for entry in second["entries"]], second["next_cursor"]) == (["AB1", "AB0"], None)
    since = (clock.now() - timedelta(seconds=120)).isoformat().replace("+", "%2B")
    assert [e["target"] for e in admin.get(f"/v1/audit?since={since}").json()["entries"]] == ["AB4", "AB3"]
    assert len(admin.get("/v1/audit?principal=anna&target=AB2").json()["entries"]) == 1


def test_the_trail_comes_as_one_file_that_no_spreadsheet_runs(
    admin: TestClient, desk: Desk, root: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marque.api.routes.audit.ROWS", 5)
    for number in range(12):
        desk.audit.record(root, "plate searched", f"AB{number}")
    desk.audit.record(root, "plate searched", "=HYPERLINK(1)")
    answer = admin.get("/v1/audit?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    header, newest, *rest = csv.reader(answer.text.splitlines())
    assert header == ["id", "at", "principal", "kind", "address", "action", "target", "results", "detail"]
    assert newest[6] == "'=HYPERLINK(1)"
    assert [row[6] for row in rest[:2]] == ["AB11", "AB10"]
    assert len(rest) == 13


@pytest.mark.parametrize(
    "path",
    [
        "?limit=0",
        "?limit=501",
        "?since=x",
        "?until=0001-01-01T00:00:00%2B14:00",
        "?format=xml",
        "?cursor=-1",
        "?action=",
    ],
)
def test_hostile_questions_are_refused(admin: TestClient, path: str) -> None:
    answer = admin.get(f"/v1/audit{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_changes_the_trail(admin: TestClient, method: str) -> None:
    assert admin.request(method, "/v1/audit").status_code == 405
