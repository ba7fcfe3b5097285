"""Whatever shows or changes plates is written down: who, from where, what, when, and how much it showed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest
import websockets.sync.client
from fastapi.routing import iter_route_contexts

from event_samples import event
from marque.access.scopes import Role, everything
from marque.api.auth import Requires, declared
from marque.app import Marque
from marque.clock import SystemClock
from marque.config import parse
from marque.store.audit import AuditQuery
from marque.types import AuditEntry

ID = event(1).id
LOOKING = {"reads:search", "reads:correct", "reads:export", "pictures:view", "analytics:view", "events:stream"}
"""scopes of what shows or changes plates; with ``reads:view`` one sees what comes, and what others were told of"""
ASKED: Mapping[str, tuple[str, str, Any, str]] = {
    "GET /v1/reads": ("GET", "/v1/reads?plate=AB12CDE", None, "plate searched"),
    "GET /v1/reads/facets": ("GET", "/v1/reads/facets?plate=AB12CDE", None, "plate searched"),
    "GET /v1/events": ("GET", "/v1/events?plate=AB12CDE", None, "plate searched"),
    "GET /search/fulltext": ("GET", "/search/fulltext?q=AB12CDE", None, "plate searched"),
    "POST /search/query": ("POST", "/search/query", {"query": "AB12CDE"}, "plate searched"),
    "GET /events/plate/{plate}": ("GET", "/events/plate/AB12CDE", None, "plate searched"),
    "GET /v1/reads/export": ("GET", "/v1/reads/export?plate=AB12CDE", None, "reads exported"),
    "GET /v1/events/export": ("GET", "/v1/events/export", None, "events exported"),
    "PATCH /v1/reads/{id}": ("PATCH", f"/v1/reads/{ID}", {"text": "AB12CDF"}, "read corrected"),
    "GET /v1/reads/{id}/images/{name}": ("GET", f"/v1/reads/{ID}/images/plate", None, "picture viewed"),
    "GET /v1/events/{id}/images/{name}": ("GET", f"/v1/events/{ID}/images/frame", None, "picture viewed"),
    "GET /search/analytics": ("GET", "/search/analytics?agg_type=top_plates", None, "analytics asked"),
    "GET /stats": ("GET", "/stats", None, "analytics asked"),
    "GET /v1/analytics/counts": ("GET", "/v1/analytics/counts?by=hour&plate=AB12CDE", None, "analytics asked"),
    "GET /v1/analytics/overview": ("GET", "/v1/analytics/overview?plates=5", None, "analytics asked"),
    "GET /v1/analytics/total": ("GET", "/v1/analytics/total", None, "analytics asked"),
    "GET /v1/analytics/week": ("GET", "/v1/analytics/week", None, "analytics asked"),
    "GET /v1/analytics/plates": ("GET", "/v1/analytics/plates", None, "analytics asked"),
    "GET /v1/analytics/visitors": ("GET", "/v1/analytics/visitors", None, "analytics asked"),
    "GET /v1/analytics/journeys": (
        "GET",
        "/v1/analytics/journeys?origin=gate&destination=yard",
        None,
        "analytics asked",
    ),
    "GET /v1/analytics/presence": ("GET", "/v1/analytics/presence?entry=gate&exit=yard", None, "analytics asked"),
    "GET /v1/analytics/convoys": ("GET", "/v1/analytics/convoys", None, "analytics asked"),
    "GET /v1/stream": ("GET", "/v1/stream?plate=AB12CDE&after=0", None, "plate followed"),
    "WS /v1/live": ("", "", None, "plate followed"),
}
"""route -> a request that shows plates, and the action that is written down"""

LIVE = {
    "GET /v1/cameras/{id}/snapshot",
    "GET /v1/cameras/{id}/live",
    "GET /v1/cameras/{id}/rejections/{number}/image",
}
"""these need a camera that gives frames; ``camera looked at`` and ``rejection viewed`` are held to elsewhere"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Marque, httpx.Client]]:
    """A running site that asks who one is, one read in its log, and an investigator."""
    folder = tmp_path_factory.mktemp("site")
    server = {"port": 0, "authentication": True}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with Marque(parse(json.dumps({"server": server}), {})) as marque:
            now = SystemClock().now()
            happened = replace(event(1), time=now, first_seen=now, last_seen=now, images={})
            marque.log.append(happened, {"plate": b"a picture", "frame": b"another"})
            assert marque.server
            _, key = marque.desk.keys.add(everything("test"), "inspector", role=Role.INVESTIGATOR)
            with httpx.Client(base_url=marque.server.url, headers={"X-API-Key": key}, timeout=30) as client:
                yield marque, client


def looking(marque: Marque) -> set[str]:
    """Every route that shows or changes plates."""
    assert marque.server
    found = set()
    for route in iter_route_contexts(marque.server.app.routes):
        dependant = getattr(route, "dependant", None)
        scopes = {one.scope for one in declared(dependant) if isinstance(one, Requires)} if dependant else set()
        asks = {one.name for one in dependant.query_params} if dependant else set()
        if scopes & LOOKING or "plate" in asks:
            found |= {f"{method} {route.path}" for method in getattr(route, "methods", None) or ["WS"]}
    return found - {"HEAD /v1/reads/{id}/images/{name}"}


def written(marque: Marque, action: str) -> AuditEntry | None:
    return next(iter(marque.desk.trail.page(AuditQuery(action=action, limit=1))), None)


def test_every_route_that_shows_plates_is_in_the_table(site: tuple[Marque, httpx.Client]) -> None:
    assert looking(site[0]) - set(ASKED) - LIVE == set()


@pytest.mark.parametrize("route", [route for route in ASKED if not route.startswith("WS")])
def test_it_is_written_down(site: tuple[Marque, httpx.Client], route: str) -> None:
    marque, client = site
    method, path, body, action = ASKED[route]
    before = written(marque, action)
    with client.stream(method, path, json=body) as answer:
        if route != "GET /v1/stream":
            answer.read()
        assert answer.status_code == 200, answer.text
    after = written(marque, action)
    assert after
    assert before is None or after.id > before.id
    assert (after.principal, after.kind, after.address) == ("inspector", "key", "127.0.0.1")
    if "AB12CDE" in path or body == {"query": "AB12CDE"}:
        assert "AB12CDE" in (after.target, after.detail.get("plate"))


def test_following_a_plate_over_a_websocket_is_written_down(site: tuple[Marque, httpx.Client]) -> None:
    marque, client = site
    before = written(marque, "plate followed")
    url = f"ws://127.0.0.1:{client.base_url.port}/v1/live?plate=AB12CDE&after=0"
    key = {"X-API-Key": client.headers["X-API-Key"]}
    with websockets.sync.client.connect(url, additional_headers=key) as socket:
        assert "AB12CDE" in socket.recv(10)
    after = written(marque, "plate followed")
    assert after
    assert before is None or after.id > before.id


def test_looking_at_what_comes_is_not_a_search(site: tuple[Marque, httpx.Client]) -> None:
    marque, client = site
    newest = marque.desk.trail.page(AuditQuery(limit=1))[0].id
    for path in ("/v1/reads", "/v1/events", f"/v1/reads/{ID}", "/events/recent"):
        assert client.get(path).status_code == 200
    assert marque.desk.trail.page(AuditQuery(limit=1))[0].id == newest


def test_a_search_says_how_much_it_showed(site: tuple[Marque, httpx.Client]) -> None:
    marque, client = site
    for plate, results in (("AB12*", 1), ("ZZ99*", 0)):
        client.get("/v1/reads", params={"plate": plate, "match": "wildcard"})
        row = written(marque, "plate searched")
        assert row
        assert (row.target, row.results, row.detail["plate_match"]) == (plate, results, "wildcard")
