"""``/search/...`` and ``/events/...`` as plate platforms have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from archives import Served, asking
from event_samples import event

ID = event(1).id


@pytest.fixture
def client(served: Served) -> Iterator[TestClient]:
    with asking(served) as made:
        yield made


def texts(found: list[dict[str, Any]]) -> list[str | None]:
    return [one["plate_normalized_text"] for one in found]


QUESTIONS = {
    "BBC123": ["8BC123"],
    "8bc 123": ["8BC123"],
    "BC1": ["8BC123"],
    "AB*": ["AB12CDE"],
    "yard": [None, "AB12CDE"],
    "yard white van": ["AB12CDE"],
    "toyota": ["8BC123"],
    "us-ca": ["XYZ789"],
    "quarantine": ["C0"],
    "receding": ["AB12CDE"],
    "camera:gate lost": ["8BC123"],
    "nowhere9": [],
}


def test_words_are_what_they_are_known_to_be(client: TestClient) -> None:
    found = {q: texts(client.get("/search/fulltext", params={"q": q}).json()["results"]) for q in QUESTIONS}
    assert found == QUESTIONS


def test_a_search_says_how_much_there_is(client: TestClient) -> None:
    page = client.get("/search/fulltext?q=gate&limit=1&offset=1").json()
    said = {name: page[name] for name in ("query", "total", "total_exact", "limit", "offset")}
    assert said == {"query": "gate", "total": 3, "total_exact": True, "limit": 1, "offset": 1}
    assert texts(page["results"]) == ["XYZ789"]


def test_an_event_is_flat_and_nested_as_platforms_have_it(client: TestClient) -> None:
    (found,) = client.get("/search/fulltext?q=toyota").json()["results"]
    assert found["event_id"] == ID
    assert (found["captured_at"], found["camera_id"], found["site_id"]) == (
        "2026-05-04T12:00:00.250000Z",
        "gate",
        "yard",
    )
    assert found["plate"] == {"text": "8BC1 23", "normalized_text": "8BC123", "confidence": 0.94, "region": "gb"}
    assert (found["plate_text"], found["vehicle_make"], found["vehicle"]["color"]) == ("8BC1 23", "Toyota", "red")
    assert found["plate_image_url"] == f"/v1/reads/{ID}/images/plate"
    assert client.get(found["plate_image_url"]).status_code == 200


def test_filters_narrow_a_search_further(client: TestClient) -> None:
    def found(more: str) -> list[str | None]:
        return texts(client.get(f"/search/fulltext?q=gate&{more}").json()["results"])

    assert found("min_confidence=0.9") == ["C0", "8BC123"]
    assert found("camera_id=yard") == []
    assert found("start_time=2026-05-04T12:00:02") == ["C0", "XYZ789"]
    assert found("end_time=2026-05-04T12:00:01Z") == ["8BC123"]


def test_facets_count_what_is_found(client: TestClient) -> None:
    answer = client.get("/search/facets?camera_id=gate&limit=1").json()
    assert (answer["total"], len(answer["results"]), answer["filters"]) == (3, 1, {"camera_id": "gate"})
    assert answer["facets"]["cameras"] == [{"key": "gate", "doc_count": 3}]
    assert answer["facets"]["vehicle_colors"] == [{"key": "red", "doc_count": 1}]
    assert sorted(one["key"] for one in answer["facets"]["sites"]) == ["north", "yard"]


def test_a_question_may_come_in_a_body(client: TestClient) -> None:
    question = {"query": "BBC123", "filters": {"camera_id": ["gate", "yard"], "min_confidence": 0.5}, "size": 5}
    answer = client.post("/search/query", json=question).json()
    assert (answer["total"], texts(answer["results"])) == (1, ["8BC123"])
    assert texts(client.post("/search/query", json={"filters": {"class": "quarantine"}}).json()["results"]) == ["C0"]


def aggregated(client: TestClient, question: str) -> list[tuple[Any, int]]:
    answer = client.get(f"/search/analytics?start_time=2026-05-04&end_time=2026-05-06&{question}").json()
    (found,) = answer["aggregations"].values()
    return [(one["key_as_string"] or one["key"], one["doc_count"]) for one in found["buckets"] if one["doc_count"]]


def test_aggregations_count_what_is_found(client: TestClient) -> None:
    assert aggregated(client, "agg_type=by_camera") == [("gate", 3), ("yard", 2)]
    assert aggregated(client, "agg_type=by_hour") == [("2026-05-04T12:00:00+00:00", 5)]
    assert aggregated(client, "metric=plates_per_hour&camera_id=yard") == [("2026-05-04T12:00:00+00:00", 2)]
    assert aggregated(client, "agg_type=trend") == [("2026-05-04T00:00:00+00:00", 5)]
    assert len(aggregated(client, "agg_type=top_plates&size=2")) == 2


def test_an_aggregation_says_what_it_looked_at(client: TestClient, served: Served) -> None:
    served.clock.advance(60)
    answer = client.get("/search/analytics?agg_type=top_plates&camera_id=gate").json()
    assert (answer["agg_type"], answer["total_events"], answer["filters"]["camera_id"]) == ("top_plates", 3, "gate")
    assert answer["filters"]["start_time"] == "2026-04-27T12:01:00.250000+00:00"


def test_stats_are_a_few_figures(client: TestClient, served: Served) -> None:
    served.clock.advance(60)
    assert client.get("/stats").json() == {
        "is_connected": True,
        "total_events": 5,
        "total_exact": True,
        "unique_plates": 4,
        "active_cameras": 2,
        "earliest_event": "2026-05-04T12:00:00.250000Z",
        "latest_event": "2026-05-04T12:00:04.250000Z",
        "avg_confidence": 0.83,
    }


def test_recent_events_are_the_newest_passes(client: TestClient) -> None:
    answer = client.get("/events/recent?limit=2").json()
    assert (answer["count"], texts(answer["events"])) == (2, [None, "C0"])


def test_a_plate_has_its_own_page(client: TestClient) -> None:
    answer = client.get("/events/plate/8bc-123").json()
    assert {name: answer[name] for name in ("plate", "count", "limit", "offset")} == {
        "plate": "8BC123",
        "count": 1,
        "limit": 100,
        "offset": 0,
    }
    assert texts(client.get("/events/plate/8BC123?offset=1").json()["events"]) == []


def test_a_search_is_written_down_once(client: TestClient, served: Served) -> None:
    client.get("/search/fulltext?q=BBC123 red")
    (searched,) = served.audit("plate searched")
    assert (searched.target, searched.results) == ("BBC123", 1)
    assert searched.detail == {"plate": "BBC123", "plate_match": "fuzzy", "colors": ["red"]}


def test_an_offset_reaches_no_further_than_the_window(client: TestClient) -> None:
    answer = client.get("/search/fulltext?q=gate&offset=9990&limit=100")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "at": "offset",
            "message": "offset and limit reach at most 10000 reads in. Narrow the time, or page through /v1/reads.",
        }
    ]


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("/search/fulltext", "q"),
        ("/search/fulltext?q=", "q"),
        ("/search/fulltext?q=--", "q"),
        ("/search/fulltext?q=moon:full", "q"),
        ("/search/fulltext?q=%00", "q"),
        (f"/search/fulltext?q={'A' * 201}", "q"),
        ("/search/fulltext?q=gate&limit=1001", "limit"),
        ("/search/fulltext?q=gate&offset=10001", "offset"),
        ("/search/fulltext?q=gate&min_confidence=90", "min_confidence"),
        ("/search/fulltext?q=gate&start_time=yesterday", "start_time"),
        ("/search/fulltext?q=gate&start_time=0001-01-01T00:00:00%2B14:00", "start_time"),
        ("/search/facets?camera_id=%00x", "camera_id"),
        ("/search/analytics", "agg_type"),
        ("/search/analytics?agg_type=trend&start_time=1900-01-01", "start_time"),
        ("/search/analytics?agg_type=by_moon", "agg_type"),
        ("/search/analytics?agg_type=trend&size=0", "size"),
        ("/events/recent?limit=0", "limit"),
        ("/events/plate/--", "plate"),
    ],
)
def test_hostile_questions_are_refused_by_name(client: TestClient, path: str, at: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["at"] == at


@pytest.mark.parametrize(
    ("question", "at"),
    [
        ({"query": {"match": {"plate.text": "ABC"}}}, "query"),
        ({"query": "gate", "filters": {"camera": "gate"}}, "filters.camera"),
        ({"filters": {"min_confidence": 2}}, "filters.min_confidence"),
        ({"filters": {"start_time": "0001-01-01T00:00:00+14:00"}}, "filters.start_time"),
        ({"size": 1001}, "size"),
        ({"aggs": {}}, "aggs"),
    ],
)
def test_hostile_bodies_are_refused_by_name(client: TestClient, question: dict[str, Any], at: str) -> None:
    answer = client.post("/search/query", json=question)
    assert (answer.status_code, answer.json()["errors"][0]["at"]) == (422, at)
