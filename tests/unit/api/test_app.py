"""What holds for every answer, and the document that describes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from marque.api import Parts, create_app, document

GOLDEN = Path(__file__).parents[2] / "golden" / "openapi.json"


def test_the_openapi_document_is_the_one_we_promised() -> None:
    assert document() == json.loads(GOLDEN.read_text()), "run `make gen` and look at what changed"


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        yield from ((f"{method} {path}", operation) for method, operation in methods.items())


def fits(content: dict[str, Any]) -> bool:
    schema = {**content["schema"], "components": document()["components"]}
    return Draft202012Validator(schema).is_valid(content["example"])


def test_every_json_body_has_an_example_that_it_allows() -> None:
    bodies = {name: one["requestBody"]["content"] for name, one in operations() if "requestBody" in one}
    asked = {name: content["application/json"] for name, content in bodies.items() if "application/json" in content}
    assert [name for name, content in asked.items() if "example" not in content] == []
    assert [name for name, content in asked.items() if not fits(content)] == []


def test_every_example_of_an_answer_is_one() -> None:
    told = {
        name: one["responses"].get("200", {}).get("content", {}).get("application/json") for name, one in operations()
    }
    shown = {name: content for name, content in told.items() if content and "example" in content}
    assert len(shown) >= 4
    assert [name for name, content in shown.items() if not fits(content)] == []


def test_health_answers_200_while_something_works(client: TestClient) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"], answer.json()["version"]) == (200, "ok", "1.2.3")


def test_health_answers_503_when_it_is_failing(parts: Parts) -> None:
    app = create_app(replace(parts, health=lambda: {"status": "failing"}))
    assert TestClient(app, base_url="http://localhost").get("/health").status_code == 503


def test_metrics_are_prometheus_text(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert (answer.text, answer.headers["content-type"].split(";")[0]) == ("marque_frames_total 0\n", "text/plain")


def test_a_page_may_run_only_its_own_script(client: TestClient) -> None:
    policy = client.get("/").headers["content-security-policy"]
    assert "script-src 'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_data_can_neither_run_nor_be_framed(client: TestClient) -> None:
    headers = client.get("/v1/events").headers
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"


def test_a_foreign_name_for_loopback_is_refused(client: TestClient) -> None:
    answer = client.get("/v1/events", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["content-type"]) == (421, "application/problem+json")


def test_a_port_in_the_name_does_not_matter(client: TestClient) -> None:
    assert client.get("/health", headers={"Host": "LOCALHOST:6277"}).status_code == 200


def test_any_name_will_do_when_hosts_are_open(parts: Parts) -> None:
    app = create_app(replace(parts, hosts=None))
    assert TestClient(app, base_url="http://plates.example").get("/health").status_code == 200


def test_a_page_is_whole_however_often_it_is_asked_for(client: TestClient) -> None:
    packed = {"Accept-Encoding": "gzip"}
    assert len({client.get("/", headers=packed).text for _ in range(3)}) == 1
