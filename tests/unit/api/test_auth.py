"""Every route says what it needs, and asks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, WebSocket
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from marque.access.gate import Credentials
from marque.access.scopes import ROLES, SCOPES, Role
from marque.api import Parts, create_app
from marque.api.auth import Public, Requires, declared, requires
from marque.errors import Unauthenticated
from marque.types import Principal

FRAMEWORK = {"/openapi.json"}
"""what FastAPI adds by itself: the document, which holds no plates"""


def walk(app: Any) -> dict[str, list[Requires | Public]]:
    """Every route, WebSockets too, and what it declares."""
    found = {}
    for route in iter_route_contexts(app.routes):
        dependant: Dependant | None = getattr(route, "dependant", None)
        found[f"{sorted(getattr(route, 'methods', None) or ['WS'])} {route.path}"] = (
            list(declared(dependant)) if dependant else []
        )
    return {name: what for name, what in found.items() if name.split()[-1] not in FRAMEWORK}


def test_every_route_declares_what_it_needs(parts: Parts) -> None:
    routes = walk(create_app(parts))
    assert len(routes) >= 7
    assert [name for name, what in routes.items() if not what] == []


def test_a_route_that_declares_nothing_would_be_found(parts: Parts) -> None:
    app = create_app(parts)
    inner = APIRouter(prefix="/v1/secret")
    inner.add_api_route("", lambda: "everything")
    inner.add_api_websocket_route("/live", lambda: None)
    outer = APIRouter()
    outer.include_router(inner)
    app.include_router(outer)
    found = [name for name, what in walk(app).items() if not what]
    assert found == ["['GET'] /v1/secret", "['WS'] /v1/secret/live"]


def test_only_these_are_open_to_everybody(parts: Parts) -> None:
    open_to_all = {
        name for name, what in walk(create_app(parts)).items() if all(isinstance(one, Public) for one in what)
    }
    assert open_to_all == {"['GET'] /health", "['GET'] /", "['POST'] /v1/session"}


def test_a_scope_that_does_not_exist_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="there is no scope 'reads:everything'"):
        requires("reads:everything")


def test_each_role_has_every_scope_of_the_one_before() -> None:
    viewer, operator, investigator, admin = (ROLES[role] for role in Role)
    assert viewer < operator < investigator < admin == SCOPES.keys()


class Doorman:
    """Knows one key, whose holder may see reads and nothing else."""

    closed = True

    def identify(self, credentials: Credentials) -> Principal:
        if credentials.key != "good":
            raise Unauthenticated("nobody knows who asks", hint="Send an API key.")
        return Principal("anna", "key", frozenset({"reads:view"}), address=credentials.address)


@pytest.fixture
def guarded(parts: Parts) -> TestClient:
    return TestClient(create_app(replace(parts, gate=Doorman())), base_url="http://localhost")


def test_without_credentials_nothing_is_shown(guarded: TestClient) -> None:
    answer = guarded.get("/v1/events")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.headers["www-authenticate"] == 'Bearer realm="marque"'
    assert answer.json()["detail"] == "Nobody knows who asks. Send an API key."


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer good"}, {"X-API-Key": "good"}])
def test_a_key_may_come_in_either_header(guarded: TestClient, headers: dict[str, str]) -> None:
    assert guarded.get("/v1/events", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("path", "scope"),
    [("/metrics", "state:view"), ("/v1/stream", "events:stream"), ("/v1/events?plate=AB12", "reads:search")],
)
def test_a_refusal_names_the_missing_scope(guarded: TestClient, path: str, scope: str) -> None:
    answer = guarded.get(path, headers={"X-API-Key": "good"})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert f"needs the scope {scope}, which anna does not have" in answer.json()["detail"]


def test_a_websocket_asks_too(parts: Parts) -> None:
    app = create_app(replace(parts, gate=Doorman()))

    async def live(socket: WebSocket, principal: Annotated[Principal, requires("reads:view")]) -> None:
        await socket.accept()
        await socket.send_text(principal.name)
        await socket.close()

    app.add_api_websocket_route("/live", live)
    client = TestClient(app, base_url="http://localhost")
    with client.websocket_connect("ws://localhost/live", headers={"X-API-Key": "good"}) as socket:
        assert socket.receive_text() == "anna"
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("ws://localhost/live"):
        pass
