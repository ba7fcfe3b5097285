"""Files of what was read: whole, typed, safe to open, and written down."""

from __future__ import annotations

import csv
import io
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Event

import httpx
import pyarrow.parquet
import pytest
from starlette.testclient import TestClient

from archives import Served, asking
from event_samples import event, plate
from marque.api import Server, create_app
from marque.queries import FoundRead
from marque.services import reads
from marque.services.exports import Exports
from marque.types import AuditEntry, StoredEvent
from marque.wire import from_wire


@pytest.fixture
def client(served: Served) -> Iterator[TestClient]:
    with asking(served) as made:
        yield made


def eventually(look: Callable[[], list[AuditEntry]]) -> list[AuditEntry]:
    """What is there in the end: the server goes on for a moment after the client has left."""
    for _ in range(600):
        if found := look():
            return found
        Event().wait(0.05)
    return []


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_a_row_per_pass(client: TestClient) -> None:
    answer = client.get("/v1/reads/export?format=csv&camera=gate")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="marque-reads-20260504T120000Z.csv"'
    rows = table(answer.text)
    assert [(row["plate"], row["revision"], row["camera"]) for row in rows] == [
        ("C0", "1", "gate"),
        ("XYZ789", "1", "gate"),
        ("8BC123", "2", "gate"),
    ]
    assert (rows[2]["vehicle_make"], rows[2]["first_seen"]) == ("Toyota", "2026-05-04T12:00:00.250000Z")


def test_nothing_in_csv_is_a_formula(client: TestClient, served: Served) -> None:
    served.keep(event(7, read=plate("AB12", display='=HYPERLINK("http://evil")'), zone="+1"))
    row = table(client.get("/v1/reads/export?plate=AB12").text)[0]
    assert (row["display"], row["zone"]) == ('\'=HYPERLINK("http://evil")', "'+1")


def test_json_lines_are_whole_events(client: TestClient, served: Served) -> None:
    lines = client.get("/v1/reads/export?format=jsonl&order=oldest").text.splitlines()
    assert [from_wire(json.loads(line)).id for line in lines] == [event(n).id for n in range(1, 6)]
    assert from_wire(json.loads(lines[0])) == served.store.revisions(event(1).id)[-1].event


def test_parquet_keeps_types(client: TestClient) -> None:
    answer = client.get("/v1/reads/export?format=parquet&order=oldest")
    found = pyarrow.parquet.read_table(io.BytesIO(answer.content)).to_pylist()
    assert [row["plate"] for row in found] == ["8BC123", "AB12CDE", "XYZ789", "C0", None]
    first = found[0]
    assert (first["revision"], first["confidence"], first["parked"]) == (2, 0.94, False)
    assert first["first_seen"] == datetime(2026, 5, 4, 12, 0, 0, 250_000, tzinfo=UTC)


def test_parquet_without_its_package_says_what_to_install(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    answer = client.get("/v1/reads/export?format=parquet")
    assert (answer.status_code, answer.headers["content-type"]) == (501, "application/problem+json")
    assert answer.json()["detail"] == "The package 'pyarrow' is not installed. pip install 'marque[parquet]'"


def test_events_are_exported_with_every_revision(client: TestClient) -> None:
    rows = table(client.get("/v1/events/export?order=oldest&camera=gate").text)
    assert [(row["plate"], row["revision"]) for row in rows] == [
        ("8BC123", "1"),
        ("8BC123", "2"),
        ("XYZ789", "1"),
        ("C0", "1"),
    ]


@pytest.mark.parametrize("what", ["reads", "events"])
def test_a_file_is_made_page_by_page(client: TestClient, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(reads, "PAGE", 2)
    monkeypatch.setattr("marque.services.exports.PAGE", 2)
    for order in ("newest", "oldest"):
        rows = table(client.get(f"/v1/{what}/export?order={order}").text)
        assert len({(row["id"], row["revision"]) for row in rows}) == len(rows) == {"reads": 5, "events": 6}[what]


def test_a_fuzzy_search_is_exported_with_its_likeness(client: TestClient) -> None:
    (row,) = table(client.get("/v1/reads/export?plate=BBC123&match=fuzzy").text)
    assert row["plate"] == "8BC123"
    assert 0.5 < float(row["likeness"]) < 1


def test_no_more_than_asked_for(client: TestClient) -> None:
    assert len(table(client.get("/v1/reads/export?limit=2").text)) == 2


def test_an_export_of_nothing_still_names_its_columns(client: TestClient) -> None:
    text = client.get("/v1/reads/export?camera=nowhere").text
    assert text.startswith("id,revision,kind,class,")
    assert text.count("\n") == 1


def test_every_export_is_written_down_with_its_count(client: TestClient, served: Served) -> None:
    client.get("/v1/reads/export?format=jsonl&plate=AB12CDE")
    (begun,), (ended,) = served.audit("reads export begun"), served.audit("reads exported")
    assert (begun.results, ended.results, ended.target, ended.principal) == (None, 1, "AB12CDE", "anna")
    assert ended.detail == {"format": "jsonl", "plate": "AB12CDE"}


def test_nobody_exports_more_than_they_may_see(client: TestClient, served: Served) -> None:
    served.limit(cameras=frozenset({"yard"}))
    for what in ("reads", "events"):
        assert {row["camera"] for row in table(client.get(f"/v1/{what}/export").text)} == {"yard"}


def test_only_so_many_files_are_made_at_a_time(client: TestClient, served: Served) -> None:
    while served.parts.exporting.acquire(blocking=False):
        pass
    answer = client.get("/v1/reads/export")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    served.parts.exporting.release()
    for _ in range(3):
        assert client.get("/v1/reads/export").status_code == 200


def test_whoever_leaves_makes_room_and_is_written_down(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = itertools.repeat(FoundRead(StoredEvent(1, event(1))))
    monkeypatch.setattr(Exports, "_revisions", lambda *_: endless)
    server = Server(create_app(served.parts), "127.0.0.1", 0, served.parts.closing)
    server.start()
    try:
        with httpx.stream("GET", f"{server.url}/v1/events/export?format=jsonl", timeout=30) as answer:
            next(answer.iter_bytes())
        (ended,) = eventually(lambda: served.audit("events exported"))
        assert (ended.results or 0) > 0
        rooms = [served.parts.exporting.acquire(timeout=10) for _ in range(4)]
        assert rooms == [True] * 4
    finally:
        server.stop()


def test_a_refused_export_makes_room_again(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    for _ in range(6):
        assert client.get("/v1/reads/export?format=parquet").status_code == 501
