"""What a search page asks: what a phrase means, how many reads there are of what, and the searches that one keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from archives import Served, asking, plates
from marque.access.audit import Audit
from marque.services.searches import Searches
from marque.store.searches import SearchRows


@pytest.fixture
def client(served: Served) -> Iterator[TestClient]:
    audit = Audit(served.trail, served.clock)
    searches = Searches(SearchRows(served.store.database), audit, served.clock)
    served.parts = replace(served.parts, searches=searches)
    with asking(served) as made:
        yield made


def understood(client: TestClient, q: str, **more: str) -> dict[str, Any]:
    answer = client.get("/v1/search/phrase", params={"q": q, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_phrase_is_filters_of_the_reads(client: TestClient) -> None:
    found = understood(client, "red toyota gate 4.5. 13-14", tz="Europe/London")
    assert found["filters"] == {
        "camera": ["gate"],
        "color": ["red"],
        "make": ["Toyota"],
        "since": "2026-05-04T12:00:00Z",
        "until": "2026-05-04T13:00:00Z",
    }
    assert plates(client.get("/v1/reads", params=found["filters"]).json()) == ["8BC123"]


@pytest.mark.parametrize(
    ("phrase", "texts"),
    [
        ("BBC123", ["8BC123"]),
        ("AB1*", ["AB12CDE"]),
        ("/[X-Z]+789/", ["XYZ789"]),
        ('"8bc 123"', ["8BC123"]),
        ("quarantine", ["C0"]),
        ("us-ca", ["XYZ789"]),
        ("<60%", ["XYZ789"]),
        ("white van zone:drive", ["AB12CDE"]),
        ("north", ["C0"]),
        ("receding", ["AB12CDE"]),
    ],
)
def test_every_filter_goes_as_it_is_to_the_reads(client: TestClient, phrase: str, texts: list[str]) -> None:
    found = understood(client, phrase)["filters"]
    assert plates(client.get("/v1/reads", params=found).json()) == texts


def test_a_part_tells_where_it_stands_what_it_means_and_what_else_it_may_be(client: TestClient) -> None:
    filler, unknown = understood(client, "at gatr")["parts"]
    said = {"kind": "filler", "meaning": "says nothing", "used": False, "problem": "", "offers": []}
    assert filler == {"text": "at", "start": 0} | said
    assert (unknown["start"], unknown["problem"]) == (3, "this is no name, no time and no plate")
    assert unknown["offers"] == [
        {"text": "camera:gate", "meaning": "camera gate"},
        {"text": "~gatr", "meaning": "a plate that looks like GATR"},
    ]


def test_understanding_is_no_search_and_what_comes_of_it_is_one(served: Served, client: TestClient) -> None:
    found = understood(client, "BBC123")["filters"]
    assert served.audit("plate searched") == []
    client.get("/v1/reads/facets", params=found)
    (row,) = served.audit("plate searched")
    assert (row.target, row.results) == ("BBC123", 1)


def test_who_may_not_search_for_plates_is_told_and_refused(served: Served, client: TestClient) -> None:
    served.limit("reads:search")
    found = understood(client, "BBC123")
    assert found["parts"][0]["problem"] == "you may not search for plates (reads:search)"
    for path in ("/v1/reads", "/v1/reads/facets"):
        assert client.get(path, params=found["filters"]).status_code == 403


@pytest.mark.parametrize(
    "parameters", [{"q": "x" * 501}, {"q": "gate", "tz": "Moon/Base"}, {"q": "gate", "tz": "../../etc"}]
)
def test_what_cannot_be_asked_is_refused(client: TestClient, parameters: dict[str, str]) -> None:
    assert client.get("/v1/search/phrase", params=parameters).status_code == 422


def test_facets_count_what_the_filters_let_through(client: TestClient) -> None:
    found = client.get("/v1/reads/facets", params={"camera": "yard"}).json()
    assert found["count"] == {"count": 2, "exact": True}
    assert found["facets"]["camera"] == [{"value": "yard", "count": 2}]
    assert found["facets"]["vehicle_color"] == [{"value": "white", "count": 1}]
    assert found["facets"]["hour"] == [{"value": "12", "count": 2}]


def test_searches_are_saved_listed_replaced_and_removed(served: Served, client: TestClient) -> None:
    for phrase in ("gate yesterday", "gate today"):
        saved = client.post("/v1/searches", json={"name": "night <b>", "phrase": phrase})
        assert saved.status_code == 201
    assert client.get("/v1/searches").json() == {"searches": [saved.json()]}
    assert saved.json()["phrase"] == "gate today"
    assert [row.target for row in served.audit("search saved")] == ["night <b>"] * 2
    assert client.delete(f"/v1/searches/{saved.json()['id']}").status_code == 204
    assert client.delete(f"/v1/searches/{saved.json()['id']}").status_code == 404
    assert client.get("/v1/searches").json() == {"searches": []}


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "phrase": "gate"},
        {"name": "x" * 65, "phrase": "gate"},
        {"name": "a\nb", "phrase": "gate"},
        {"name": "x", "phrase": ""},
        {"name": "x", "phrase": "y" * 501},
        {"name": "x", "phrase": "y\0"},
        {"name": "x"},
    ],
)
def test_what_cannot_be_kept_is_refused(client: TestClient, body: dict[str, str]) -> None:
    assert client.post("/v1/searches", json=body).status_code == 422
