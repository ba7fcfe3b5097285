"""``/v1/reads``: found, shown, corrected; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from archives import Served, asking, plates
from event_samples import event

ID = event(1).id


@pytest.fixture
def client(served: Served) -> Iterator[TestClient]:
    with asking(served) as made:
        yield made


def test_each_pass_comes_once_in_its_newest_revision(client: TestClient) -> None:
    page = client.get("/v1/reads").json()
    assert plates(page) == [None, "C0", "XYZ789", "AB12CDE", "8BC123"]
    assert (page["reads"][-1]["event"]["revision"], page["next"], page["count"]) == (2, None, None)


def test_pages_follow_one_another_while_others_are_written(client: TestClient, served: Served) -> None:
    first = client.get("/v1/reads?limit=2").json()
    served.keep(event(9, "NEW1234"))
    second = client.get("/v1/reads", params={"limit": 2, "page": first["next"]}).json()
    third = client.get("/v1/reads", params={"limit": 2, "page": second["next"]}).json()
    assert [plates(one) for one in (first, second, third)] == [[None, "C0"], ["XYZ789", "AB12CDE"], ["8BC123"]]
    assert third["next"] is None


def test_they_can_be_counted(client: TestClient) -> None:
    page = client.get("/v1/reads?camera=gate&limit=1&count=true").json()
    assert (len(page["reads"]), page["count"]) == (1, {"count": 3, "exact": True})


FILTERS = {
    "camera=yard": [None, "AB12CDE"],
    "site=north": ["C0"],
    "zone=drive": ["AB12CDE"],
    "direction=receding": ["AB12CDE"],
    "region=US-CA": ["XYZ789"],
    "vehicle=van": ["AB12CDE"],
    "color=red": ["8BC123"],
    "make=Toyota": ["8BC123"],
    "max_confidence=0.6": ["XYZ789"],
    "class=quarantine": ["C0"],
    "kind=lost": [None, "8BC123"],
    "corrected=true": [],
    "since=2026-05-04T12:00:03Z": [None, "C0"],
    "until=2026-05-04T12:00:01Z": ["8BC123"],
    "plate=ab-12 cde": ["AB12CDE"],
    "plate=AB1&match=prefix": ["AB12CDE"],
    "plate=?BC*&match=wildcard": ["8BC123"],
    "plate=[XY]{2}Z[0-9]%2B&match=regex": ["XYZ789"],
    "order=oldest&camera=yard": ["AB12CDE", None],
}


def test_every_filter_narrows(client: TestClient) -> None:
    found = {filters: plates(client.get(f"/v1/reads?{filters}").json()) for filters in FILTERS}
    assert found == FILTERS


def test_a_fuzzy_search_says_why_it_found_it(client: TestClient) -> None:
    (found,) = client.get("/v1/reads?plate=BBC123&match=fuzzy").json()["reads"]
    assert found["event"]["plate"]["text"] == "8BC123"
    assert found["likeness"]["reasons"] == ["8~B"]
    assert 0.5 < found["likeness"]["score"] < 1


def test_one_read_comes_with_its_history(client: TestClient) -> None:
    shown = client.get(f"/v1/reads/{ID}").json()
    assert (shown["event"]["revision"], [one["event"]["kind"] for one in shown["revisions"]]) == (2, ["new", "lost"])


def test_a_read_that_did_not_change_is_not_sent_again(client: TestClient) -> None:
    tag = client.get(f"/v1/reads/{ID}").headers["etag"]
    again = client.get(f"/v1/reads/{ID}", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    client.patch(f"/v1/reads/{ID}", json={"text": "BBC123"})
    assert client.get(f"/v1/reads/{ID}", headers={"If-None-Match": tag}).status_code == 200


def test_a_correction_keeps_what_the_machine_read(client: TestClient) -> None:
    answer = client.patch(f"/v1/reads/{ID}", json={"text": "bbc 123", "reason": "see the picture"})
    corrected = answer.json()["event"]
    said = corrected["plate"]["text"], corrected["plate"]["display"], corrected["plate"]["raw"]
    assert said == ("BBC123", "BBC 123", "8BC123")
    assert corrected["correction"] == {
        "text": "BBC123",
        "machine": "8BC123",
        "by": "anna",
        "at": "2026-05-04T12:00:00.250000Z",
        "reason": "see the picture",
    }
    assert (corrected["kind"], corrected["revision"]) == ("update", 3)
    assert corrected["changes"] == {"text": {"from": "8BC123", "to": "BBC123"}}
    assert plates(client.get("/v1/reads?corrected=true&plate=BBC123").json()) == ["BBC123"]
    assert answer.headers["etag"] == client.get(f"/v1/reads/{ID}").headers["etag"]


def test_a_correction_is_told_to_whoever_follows_the_log(client: TestClient) -> None:
    client.patch(f"/v1/reads/{ID}", json={"text": "BBC123"})
    newest = client.get("/v1/events?limit=1").json()["events"][0]["event"]
    assert (newest["id"], newest["kind"], newest["plate"]["text"]) == (ID, "update", "BBC123")


def test_it_can_be_corrected_back(client: TestClient) -> None:
    client.patch(f"/v1/reads/{ID}", json={"text": "BBC123"})
    back = client.patch(f"/v1/reads/{ID}", json={"text": "8BC123", "reason": "it is an 8"}).json()["event"]
    assert (back["plate"]["text"], back["correction"]["machine"], back["revision"]) == ("8BC123", "8BC123", 4)


def test_a_person_may_say_what_was_not_read_at_all(client: TestClient) -> None:
    unread = event(5).id
    corrected = client.patch(f"/v1/reads/{unread}", json={"text": "GG11 GG"}).json()["event"]
    assert (corrected["plate"], corrected["correction"]["text"]) == (None, "GG11GG")
    found = client.get("/v1/reads?plate=GG11GG").json()["reads"]
    assert [one["event"]["id"] for one in found] == [unread]


def test_what_a_person_said_leaves_quarantine(client: TestClient) -> None:
    corrected = client.patch(f"/v1/reads/{event(4).id}", json={"text": "C0DE"}).json()["event"]
    assert (corrected["class"], corrected["reason"]) == ("normal", None)
    assert corrected["changes"]["class"] == {"from": "quarantine", "to": "normal"}


def test_a_correction_of_something_else_than_was_seen_is_refused(client: TestClient) -> None:
    seen = client.get(f"/v1/reads/{ID}").headers["etag"]
    first = client.patch(f"/v1/reads/{ID}", json={"text": "BBC123"}, headers={"If-Match": seen})
    second = client.patch(f"/v1/reads/{ID}", json={"text": "BBC128"}, headers={"If-Match": seen})
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json()["detail"] == "The read has changed since you saw it; look at it again."


@pytest.mark.parametrize(
    ("body", "at", "message"),
    [
        ({"text": "8bc-123"}, "text", "the plate is 8BC123 already."),
        ({"text": " - "}, "text", "there is no letter or digit in it."),
        ({"text": ""}, "text", "String should have at least 1 character"),
        ({"text": "A" * 33}, "text", "String should have at most 32 characters"),
        ({"text": "ﷺﷺﷺ"}, "text", "a plate has at most 32 characters."),
        ({}, "text", "Field required"),
        ({"text": "BBC123", "reason": "x" * 501}, "reason", "String should have at most 500 characters"),
        ({"text": "BBC123", "by": "me"}, "by", "Extra inputs are not permitted"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_by_name(
    client: TestClient, body: dict[str, Any], at: str, message: str
) -> None:
    answer = client.patch(f"/v1/reads/{ID}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"] == [{"at": at, "message": message}]


def test_pictures_are_there_and_need_not_be_sent_twice(client: TestClient) -> None:
    first = client.get(f"/v1/reads/{ID}/images/plate")
    assert (first.content, first.headers["content-type"]) == (f"plate {ID}".encode(), "image/jpeg")
    again = client.get(f"/v1/reads/{ID}/images/plate", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_searches_views_and_corrections_are_written_down(client: TestClient, served: Served) -> None:
    client.get("/v1/reads?plate=8BC123&camera=gate")
    client.get(f"/v1/reads/{ID}/images/plate")
    client.patch(f"/v1/reads/{ID}", json={"text": "BBC123", "reason": "see the picture"})
    (searched,), (viewed,), (corrected,) = map(served.audit, ("plate searched", "picture viewed", "read corrected"))
    assert (searched.principal, searched.target, searched.results) == ("anna", "8BC123", 1)
    assert searched.detail == {"plate": "8BC123", "cameras": ["gate"]}
    assert (viewed.target, viewed.detail) == (ID, {"picture": "plate"})
    assert corrected.detail == {"from": "8BC123", "to": "BBC123", "reason": "see the picture"}
    assert served.audit("") == []


def test_nobody_sees_more_than_they_may(client: TestClient, served: Served) -> None:
    served.limit(cameras=frozenset({"yard"}))
    assert plates(client.get("/v1/reads").json()) == [None, "AB12CDE"]
    assert client.get("/v1/reads?camera=gate&count=true").json() == {
        "reads": [],
        "next": None,
        "count": {"count": 0, "exact": True},
    }
    for path in (f"/v1/reads/{ID}", f"/v1/events/{ID}", f"/v1/reads/{ID}/images/plate"):
        assert client.get(path).status_code == 404
    assert client.patch(f"/v1/reads/{ID}", json={"text": "BBC123"}).status_code == 404


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("reads:view", "GET", "/v1/reads"),
        ("reads:search", "GET", "/v1/reads?plate=AB12"),
        ("reads:search", "GET", "/search/fulltext?q=AB12"),
        ("reads:search", "GET", "/events/plate/AB12"),
        ("pictures:view", "GET", f"/v1/reads/{ID}/images/plate"),
        ("reads:correct", "PATCH", f"/v1/reads/{ID}"),
        ("reads:export", "GET", "/v1/reads/export"),
        ("reads:export", "GET", "/v1/events/export"),
    ],
)
def test_each_needs_its_scope(client: TestClient, served: Served, scope: str, method: str, path: str) -> None:
    served.limit(scope)
    answer = client.request(method, path, json={"text": "BBC123"} if method == "PATCH" else None)
    assert answer.status_code == 403
    assert f"this needs the scope {scope}" in answer.json()["detail"].lower()


@pytest.mark.parametrize(
    "path",
    [
        "/v1/reads?limit=0",
        "/v1/reads?limit=201",
        "/v1/reads?page=nonsense",
        "/v1/reads?page=%00",
        "/v1/reads?plate=(&match=regex",
        "/v1/reads?plate=(a*)*b&match=regex",
        "/v1/reads?plate=*&match=wildcard",
        "/v1/reads?order=sideways",
        "/v1/reads?count=maybe",
        "/v1/reads/nonsense",
        "/v1/reads/export?format=xls",
        "/v1/reads/export?limit=0",
    ],
)
def test_hostile_questions_are_refused_with_a_problem(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["at"]


def test_what_is_not_there_is_a_problem(client: TestClient) -> None:
    answer = client.get("/v1/reads/00000000-0000-7000-8000-000000000000")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_long_answers_are_compressed_and_pictures_are_not(client: TestClient) -> None:
    page = client.get("/v1/reads", headers={"Accept-Encoding": "gzip"})
    picture = client.get(f"/v1/reads/{ID}/images/plate", headers={"Accept-Encoding": "gzip"})
    assert (page.headers["content-encoding"], page.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert "content-encoding" not in picture.headers


def test_events_are_all_revisions(client: TestClient) -> None:
    assert plates(client.get("/v1/events?camera=gate&order=oldest").json(), "events") == [
        "8BC123",
        "8BC123",
        "XYZ789",
        "C0",
    ]
