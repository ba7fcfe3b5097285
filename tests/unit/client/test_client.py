"""The client against a real server: what it gives, how it fails, how it goes on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import anyio
import cv2
import httpx
import pytest

from event_samples import event
from marque.app import Marque
from marque.client import AsyncClient, Client
from marque.errors import Busy, Invalid, Missing, NotAllowed, NotSignedIn, RemoteError, Unreachable
from marque.plates.render import draw_plate
from marque.types import EventKind
from unit.client.conftest import PLATES


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as made:
        yield made


def texts(found: Any) -> list[str]:
    return [one.stored.event.read.text for one in found]


def answering(*answers: httpx.Response | Exception) -> Client:
    """A client whose server gives these answers, one after another."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        del request
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    return Client("http://marque", transport=httpx.MockTransport(answer), retries=len(answers) - 1)


def test_reads_are_passes_newest_first_over_all_pages(client: Client) -> None:
    assert texts(client.reads(page_size=2)) == PLATES[::-1]
    assert texts(client.reads(plate="AB*", match="wildcard")) == ["AB99XYZ", "AB12CDE"]
    assert client.count(plate="AB", match="prefix").count == 2


def test_a_look_alike_says_why_it_was_found(client: Client) -> None:
    best = next(client.reads(plate="BBC123", match="fuzzy"))
    assert texts([best]) == ["8BC123"]
    assert best.likeness is not None
    assert best.likeness.reasons == ("8~B",)


def test_events_are_every_revision_in_the_order_of_the_log(client: Client) -> None:
    found = list(client.events(page_size=2))
    assert [one.cursor for one in found] == [1, 2, 3, 4, 5]
    assert found[-1].event.kind is EventKind.LOST
    assert [one.cursor for one in client.events(after=3)] == [4, 5]


def test_one_pass_has_revisions_and_pictures(client: Client) -> None:
    first = event(1).id
    assert client.read(first).stored.event.revision == 2
    assert [one.event.revision for one in client.revisions(first)] == [1, 2]
    assert client.picture(first, "plate") == b"a plate"


def test_a_correction_is_a_new_revision_that_keeps_what_was_read(client: Client) -> None:
    corrected = client.correct(event(2).id, "bbc 123", "seen on the picture").stored.event
    assert corrected.read is not None
    assert corrected.correction is not None
    assert (corrected.read.text, corrected.correction.machine) == ("BBC123", "8BC123")
    assert texts(client.reads(corrected=True)) == ["BBC123"]


def test_an_export_is_a_file_of_the_same_reads(client: Client) -> None:
    rows = list(csv.DictReader(b"".join(client.export("csv", most=3)).decode("utf-8-sig").splitlines()))
    assert [row["plate"] for row in rows] == PLATES[:0:-1]


def test_following_begins_where_asked_and_goes_on(client: Client, marque: Marque) -> None:
    marque.log.append(event(9, "NEW123"))
    found = islice(client.follow(after=3), 3)
    assert [one.event.read.text for one in found if one.event.read] == ["AB99XYZ", "AB12CDE", "NEW123"]


def test_pictures_are_read_by_the_server(client: Client) -> None:
    picture = cv2.imencode(".png", draw_plate("KA07EVE", region="gb", height=120))[1].tobytes()
    (told,) = client.recognize({"plate.png": picture}, crop=True, regions=["gb"])
    assert told["image"] == "plate.png"
    assert [plate["text"] for plate in told["plates"]] == ["KA07EVE"]


def test_events_are_handed_over_once(client: Client) -> None:
    for _ in range(2):
        client.send([event(20, "SENT20")])
    assert texts(client.reads(plate="SENT20")) == ["SENT20"]


def test_what_is_asked_awaited_is_answered_alike(url: str) -> None:
    async def ask() -> tuple[list[str], list[int], bytes, bytes]:
        async with AsyncClient(url) as client:
            reads = [one async for one in client.reads(page_size=3)]
            followed = []
            async for one in client.follow(after=2):
                followed.append(one.cursor)
                if len(followed) == 3:
                    break
            exported = b"".join([part async for part in client.export("jsonl", most=1)])
            return texts(reads), followed, exported, await client.picture(event(1).id)

    reads, followed, exported, picture = anyio.run(ask)
    assert (reads, followed, picture) == (PLATES[::-1], [3, 4, 5], b"a plate")
    assert exported.count(b"\n") == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(401, NotSignedIn), (403, NotAllowed), (404, Missing), (422, Invalid), (500, RemoteError)]
)
def test_a_refusal_is_an_error_of_its_kind(status: int, kind: type[RemoteError]) -> None:
    problem = {"title": "No", "detail": "Not so.", "errors": [{"at": "plate", "message": "too long"}]}
    with (
        pytest.raises(kind, match=r"Not so\. plate: too long\.") as told,
        answering(httpx.Response(status, json=problem)) as client,
    ):
        client.read("x")
    assert (told.value.status, told.value.mistakes) == (status, (("plate", "too long"),))


def test_the_field_that_is_wrong_is_named(client: Client) -> None:
    with pytest.raises(Invalid) as told:
        list(client.reads(plate="--"))
    assert told.value.mistakes[0][0] == "plate"


def test_what_is_not_there_is_missing(client: Client) -> None:
    with pytest.raises(Missing, match="there is no such read"):
        client.read(event(99).id)


def test_a_busy_server_is_asked_again_a_change_is_not_made_twice() -> None:
    busy = httpx.Response(503, headers={"Retry-After": "0"})
    with answering(busy, httpx.Response(200, json={"here": 1})) as client:
        assert client.get("/v1/here") == {"here": 1}
    with answering(busy, httpx.Response(200)) as client, pytest.raises(Busy) as told:
        client.correct("x", "AB12CDE")
    assert told.value.retry_after == 0


def test_nobody_there_is_said_with_the_address() -> None:
    with Client("http://127.0.0.1:9", retries=0) as client, pytest.raises(Unreachable) as told:
        client.read("x")
    assert str(told.value).startswith("http://127.0.0.1:9 does not answer: ")


def test_an_answer_that_is_not_marques_is_said_to_be_none() -> None:
    with answering(httpx.Response(200, text="<html>")) as client, pytest.raises(Unreachable, match="makes no sense"):
        client.read("x")


def test_what_is_no_stream_is_not_asked_again() -> None:
    with (
        answering(httpx.Response(200, text="<html>", headers={"Content-Type": "text/html"})) as client,
        pytest.raises(Unreachable, match="this is no stream of events"),
    ):
        next(client.follow())


def test_a_stream_that_breaks_is_taken_up_where_it_was() -> None:
    asked = []
    stream = "retry: 1\n\nid: 7\nevent: new\ndata: {}\n\n"

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get("after"))
        body = stream.replace("{}", EVENT).replace("7", str(6 + len(asked)), 1)
        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, text=body)

    with Client("http://marque", transport=httpx.MockTransport(answer)) as client:
        assert [one.cursor for one in islice(client.follow(after=6), 3)] == [7, 8, 9]
    assert asked == ["6", "7", "8"]


EVENT = (Path(__file__).parents[2] / "golden/event-new.json").read_text().replace("\n", "")
