"""``/v1/analytics`` over a real store: shapes, CSV, refusals, and what the how-to page says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from archives import Served, asking, some_reads
from event_samples import event, plate
from marque.store import SqlStore

HOWTO = Path(__file__).parents[3] / "docs" / "howto"
SPAN = "since=2026-05-04T00:00:00Z&until=2026-05-05T00:00:00Z"


@pytest.fixture
def served(store: SqlStore, tmp_path: Path) -> Served:
    made = Served(store, tmp_path)
    for one in some_reads():
        made.keep(one, pictures=False)
    return made


@pytest.fixture
def client(served: Served) -> Iterator[TestClient]:
    with asking(served) as made:
        yield made


def rows(client: TestClient, question: str) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/analytics/{question}&{SPAN}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def test_counts_say_how_many_of_what(client: TestClient) -> None:
    assert rows(client, "counts?by=camera") == [
        {"key": "gate", "reads": 3, "plates": 3},
        {"key": "yard", "reads": 2, "plates": 1},
    ]
    hours = rows(client, "counts?by=hour&tz=Europe/Berlin")
    assert [(row["key"], row["reads"]) for row in hours if row["reads"]] == [("2026-05-04T14:00+02:00", 5)]
    assert len(hours) == 24


def test_a_page_of_charts_begins_with_one_question(client: TestClient) -> None:
    [row] = rows(client, "overview?by=day&busiest=1&plates=1&tz=Europe/Berlin")
    assert row["total"] == {"reads": 5, "plates": 4, "first_time": 4, "unread": 1, "corrected": 0}
    assert (row["times"], row["reads"]) == (["2026-05-04", "2026-05-05"], [5, 0])
    assert row["cameras"] == [
        {"camera": "gate", "reads": 3, "times": [3, 0]},
        {"camera": "yard", "reads": 2, "times": []},
    ]
    assert [hour for hour in row["week"] if hour["reads"]] == [{"weekday": 0, "hour": 14, "reads": 5}]
    assert [visitor["plate"] for visitor in row["top"]] == ["8BC123"]
    assert row["frequent"] == []


def test_an_answer_says_what_it_is_about_and_whether_it_is_all(client: TestClient) -> None:
    answer = client.get(f"/v1/analytics/counts?by=camera&limit=1&tz=Europe/Berlin&{SPAN}").json()
    assert (answer["since"], answer["until"]) == ("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z")
    assert (answer["timezone"], answer["cut"], len(answer["rows"])) == ("Europe/Berlin", True, 1)


def test_a_table_has_a_line_of_names_even_without_rows(client: TestClient) -> None:
    answer = client.get(f"/v1/analytics/visitors?format=csv&days=300&{SPAN}")
    assert (answer.text, answer.headers["x-cut"]) == ("plate,reads,days,cameras,first_seen,last_seen\r\n", "false")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


def test_a_table_is_safe_in_a_spreadsheet(client: TestClient, served: Served) -> None:
    served.keep(event(9, "-1+2", camera="gate", read=plate("-1+2")), pictures=False)
    text = client.get(f"/v1/analytics/plates?format=csv&{SPAN}").text
    assert "'-1+2" in [row["plate"] for row in csv.DictReader(io.StringIO(text))]


@pytest.mark.parametrize(
    ("question", "at", "why"),
    [
        ("counts?by=hour&tz=Mars/Olympus", "tz", "there is no such time zone; take one as Europe/Berlin"),
        ("counts?by=plate", "by", "Input should be"),
        ("counts?by=hour&since=2020-01-01T00:00:00Z", "since", "that is too long a time for one question"),
        ("journeys?origin=gate", "destination", "Field required"),
        ("convoys?cameras=1", "cameras", "greater than or equal to 2"),
        ("convoys?of=--", "of", "There is no letter or digit in it"),
        ("total?until=0001-01-02T00:00:00Z", "until", "times are from 1971 to 2200"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(client: TestClient, question: str, at: str, why: str) -> None:
    answer = client.get(f"/v1/analytics/{question}")
    assert answer.status_code == 422, answer.text
    [mistake] = answer.json()["errors"]
    assert mistake["at"] == at
    assert why in mistake["message"]


@pytest.mark.parametrize("question", ["plates", "visitors", "convoys", "overview?plates=1", "total?plate=AB12"])
def test_plates_are_shown_to_those_who_may_search(client: TestClient, served: Served, question: str) -> None:
    served.limit("reads:search")
    answer = client.get(f"/v1/analytics/{question}")
    assert answer.status_code == 403
    assert "needs the scope reads:search" in answer.json()["detail"]


def test_an_overview_without_plates_is_for_everybody(client: TestClient, served: Served) -> None:
    served.limit("reads:search")
    assert client.get("/v1/analytics/overview").status_code == 200


def test_figures_are_of_what_one_may_see(client: TestClient, served: Served) -> None:
    served.limit(cameras=frozenset({"yard"}))
    assert [row["key"] for row in rows(client, "counts?by=camera")] == ["yard"]


def test_every_question_is_in_the_audit_trail(client: TestClient, served: Served) -> None:
    rows(client, "counts?by=camera&site=yard")
    [entry] = served.audit("analytics asked")
    assert (entry.principal, entry.target, entry.detail["of"], entry.results) == ("anna", "counts", "camera", 2)


QUESTIONS = [
    found
    for page in ("analytics.md", "follow-live.md")
    for found in re.findall(r"^curl .*'http://localhost:6277(\S+)'$", (HOWTO / page).read_text(), re.MULTILINE)
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_of_the_how_to_are_answered(client: TestClient, served: Served, question: str) -> None:
    served.parts.closing.set()  # a stream ends at once
    answer = client.get(question)
    assert answer.status_code == 200, answer.text
    assert len(QUESTIONS) == 12
