"""The log over HTTP: pages, one pass, its pictures, and a problem for everything else."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from event_samples import event
from marque.telemetry import setup_logs
from marque.wire import to_wire

ID = event(1).id


def cursors(page: dict[str, Any]) -> list[int]:
    return [entry["cursor"] for entry in page["events"]]


def test_pages_go_from_the_newest_to_the_oldest(client: TestClient) -> None:
    first = client.get("/v1/events?limit=3").json()
    assert cursors(first) == [5, 4, 3]
    second = client.get(f"/v1/events?limit=3&cursor={first['next_cursor']}").json()
    assert (cursors(second), second["next_cursor"]) == ([2, 1], None)


def test_pages_may_go_forward(client: TestClient) -> None:
    page = client.get("/v1/events?order=oldest&cursor=2&limit=2").json()
    assert (cursors(page), page["next_cursor"]) == ([3, 4], 4)


def test_an_entry_holds_the_event_as_it_goes_out(client: TestClient, memory: Any) -> None:
    entry = client.get("/v1/events?limit=1").json()["events"][0]
    assert entry == {"cursor": 5, "event": to_wire(memory.log[-1].event)}


def test_filters_reach_the_store(client: TestClient, memory: Any) -> None:
    client.get(
        "/v1/events?camera=gate&camera=yard&since=2026-05-04T12:00:00%2B02:00&plate=ab%2012&match=prefix"
        "&kind=new&class=quarantine"
    )
    asked = memory.asked
    assert (asked.cameras, asked.plate, asked.plate_match) == (("gate", "yard"), "ab 12", "prefix")
    assert (asked.since.isoformat(), asked.kinds, asked.event_class) == (
        "2026-05-04T10:00:00+00:00",
        ("new",),
        "quarantine",
    )


def test_a_fuzzy_search_has_one_page(client: TestClient) -> None:
    assert client.get("/v1/events?plate=AB12&match=fuzzy&limit=2").json()["next_cursor"] is None


def test_one_pass_shows_all_its_revisions(client: TestClient, memory: Any) -> None:
    memory.append(event(1, revision=2, kind="lost"))
    shown = client.get(f"/v1/events/{ID}").json()
    assert [entry["event"]["revision"] for entry in shown["revisions"]] == [1, 2]


def test_a_picture_of_a_revision_may_be_kept_for_good(client: TestClient) -> None:
    answer = client.get(f"/v1/events/{ID}/images/plate?revision=1")
    assert (answer.content, answer.headers["content-type"]) == (b"a plate", "image/jpeg")
    assert "immutable" in answer.headers["cache-control"]


def test_the_newest_picture_is_asked_for_again(client: TestClient) -> None:
    first = client.get(f"/v1/events/{ID}/images/plate")
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(f"/v1/events/{ID}/images/plate", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/events?limit=0",
        "/v1/events?limit=201",
        "/v1/events?limit=many",
        "/v1/events?cursor=-1",
        "/v1/events?cursor=99999999999999999999",
        "/v1/events?order=sideways",
        "/v1/events?since=yesterday",
        "/v1/events?since=2026-05-04T12:00:00",
        "/v1/events?since=0001-01-01T00:00:00%2B14:00",
        "/v1/events?until=9999-12-31T23:59:59-14:00",
        "/v1/events?plate=",
        "/v1/events?plate=%00",
        "/v1/events?plate=--",
        f"/v1/events?plate={'A' * 33}",
        "/v1/events?match=like",
        "/v1/events?plate=(&match=regex",
        "/v1/events?direction=up",
        "/v1/events?region=%00",
        "/v1/events?min_confidence=1.1",
        "/v1/events?max_confidence=nan",
        "/v1/events?corrected=perhaps",
        "/v1/events?kind=gone",
        "/v1/events?class=odd",
        "/v1/events?camera=%00etc",
        "/v1/events?" + "&".join(["camera=gate"] * 51),
        "/v1/events/nonsense",
        "/v1/events/%00",
        f"/v1/events/{ID}/images/..%5Cx",
        f"/v1/events/{ID}/images/plate?revision=0",
        "/v1/events?plate=AB12&match=fuzzy&cursor=3",
        "/v1/stream?after=x",
        "/v1/stream?plate=AB12&match=fuzzy",
    ],
)
def test_hostile_questions_are_refused_with_a_problem(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 422
    assert problem["errors"][0]["at"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/events/00000000-0000-7000-8000-000000000000",
        f"/v1/events/{ID}/images/roof",
        f"/v1/events/{ID}/images/plate?revision=9",
        "/nowhere",
    ],
)
def test_what_is_not_there_is_a_problem_too(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_nothing_can_be_changed_or_deleted(client: TestClient) -> None:
    answer = client.delete("/v1/events")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


def test_a_store_that_is_away_is_said_to_be(client: TestClient, memory: Any) -> None:
    memory.broken = True
    answer = client.get("/v1/events")
    assert (answer.status_code, answer.json()["title"]) == (503, "Service Unavailable")
    assert "gone" not in answer.text


def test_a_picture_that_is_kept_no_more_is_not_there(client: TestClient, memory: Any) -> None:
    memory.pictures.clear()
    answer = client.get(f"/v1/events/{ID}/images/plate")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "retention" in answer.json()["detail"]


def test_a_mistake_of_ours_tells_the_world_nothing(client: TestClient, memory: Any) -> None:
    setup_logs()  # as a server has them; the usual ones draw every local variable
    memory.log = None
    answer = client.get("/v1/events")
    assert (answer.status_code, answer.json()["detail"]) == (500, "This is our mistake; the log says more.")
