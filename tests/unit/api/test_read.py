"""``/v1/read``: every way to send pictures, the options, and what it says to what it cannot take."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread
from time import sleep
from typing import Any

import cv2
import numpy as np
import pytest
from httpx2 import Request, Response
from starlette.testclient import TestClient
from typer.testing import CliRunner

from marque.api import Parts, Server, create_app
from marque.cli import app as command_line
from marque.clock import SystemClock
from marque.config import ReaderSettings, RecognitionSettings
from marque.errors import InferenceError
from marque.services.recognition import Recognition
from marque.telemetry import Telemetry
from marque.types import Attribute, Box, Candidate, Character, Image, PlateRead, Quad, Vehicle
from marque.vision.reader import Reader, TimedReads

PICTURES = Path(__file__).parents[3] / "docs" / "images"
PICTURE = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
JPEG = {"content-type": "image/jpeg"}


def plate(text: str, confidence: float = 0.9) -> PlateRead:
    box = Box(1, 2, 30, 10)
    candidates = tuple(Candidate(text[:-1] + last, confidence / (n + 1)) for n, last in enumerate("ABCDEFG"))
    characters = (Character(text[0], 0.9),)
    return PlateRead(text, text, text, confidence, characters, candidates, None, box, Quad.of(box), 0.8)


class Nets:
    """Reads two plates in every picture; the first one names what was asked. ``pause`` holds it up."""

    def __init__(self) -> None:
        self.pause: Callable[[], object] = lambda: None
        self.seen: list[tuple[int, int]] = []

    def read_timed(self, image: Image, regions: Sequence[str] = ()) -> TimedReads:
        self.pause()
        self.seen.append(image.shape[:2])
        if image.shape[0] == 13:
            raise InferenceError("the network broke")
        return TimedReads([plate("+".join(regions) or "ANY"), plate("FAINT", 0.2)], 10.0, 5.0, 15.0)

    def read_plate_timed(self, image: Image, regions: Sequence[str] = ()) -> TimedReads:
        del image, regions
        return TimedReads([plate("WHOLE")], 0.0, 5.0, 5.0)

    def vehicles(self, image: Image) -> list[Vehicle]:
        return [Vehicle(Box(0, 0, image.shape[1], image.shape[0]), Attribute("van", 0.8))]


@pytest.fixture
def nets() -> Nets:
    return Nets()


@pytest.fixture
def settings() -> RecognitionSettings:
    return RecognitionSettings(pictures=4, megabytes=0.2, megapixels=1.0, queue=2, patience=5)


@pytest.fixture
def client(parts: Parts, nets: Nets, settings: RecognitionSettings) -> Iterator[TestClient]:
    recognition = Recognition(lambda: nets, settings, SystemClock(), Telemetry())
    app = create_app(replace(parts, recognition=recognition))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as made:
        yield made
    recognition.stop()


def texts(answer: Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    return [[one["text"] for one in picture["plates"]] for picture in answer.json()["pictures"]]


def problem(answer: Response) -> tuple[int, str, dict[str, str]]:
    """Status, detail, and what is wrong with each field."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told = answer.json()
    assert told["status"] == answer.status_code
    return answer.status_code, told["detail"], {one["at"]: one["message"] for one in told["errors"]}


def as_json(*pictures: bytes, **options: object) -> dict[str, object]:
    return {"images": [{"data": base64.b64encode(one).decode()} for one in pictures], **options}


# -- ways to send ---------------------------------------------------------------------------------------------------


def test_a_picture_is_the_body(client: TestClient) -> None:
    answer = client.post("/v1/read", content=PICTURE, headers=JPEG)
    assert texts(answer) == [["ANY", "FAINT"]]
    (told,) = answer.json()["pictures"]
    assert (told["image"], told["width"], told["height"], told["error"]) == ("body", 64, 48, None)
    assert told["ms"] == {"detect": 10.0, "recognize": 5.0, "total": 15.0}


def test_vehicles_are_told_where_they_are_asked_for(client: TestClient) -> None:
    (told,) = client.post("/v1/read", content=PICTURE, headers=JPEG).json()["pictures"]
    assert "vehicles" not in told
    answers = [
        client.post("/v1/read", json=as_json(PICTURE, vehicles=True)),
        client.post("/v1/read", params={"vehicles": True}, content=PICTURE, headers=JPEG),
    ]
    for answer in answers:
        ((vehicle,),) = [one["vehicles"] for one in answer.json()["pictures"]]
        assert vehicle["box"] == [0, 0, 64, 48]
        assert vehicle["type"] == {"value": "van", "confidence": 0.8}
        assert vehicle["color"] is None


def test_files_of_a_form_keep_their_names_and_their_order(client: TestClient) -> None:
    files = [("image", ("b.jpg", PICTURE)), ("other", ("a.jpg", PICTURE)), ("image", ("c.jpg", PICTURE))]
    answer = client.post("/v1/read", files=files)
    assert [one["image"] for one in answer.json()["pictures"]] == ["b.jpg", "a.jpg", "c.jpg"]


def test_pictures_come_as_base64_and_as_data_urls(client: TestClient) -> None:
    text = base64.b64encode(PICTURE).decode()
    images = [{"data": text, "name": "first"}, {"data": f"data:image/jpeg;base64,{text}"}]
    answer = client.post("/v1/read", json={"images": images})
    assert [one["image"] for one in answer.json()["pictures"]] == ["first", "images.1"]


@pytest.mark.parametrize("names", ["gb,de", "GB, DE"])
def test_options_come_in_the_query_in_the_form_and_in_the_json(client: TestClient, names: str) -> None:
    asked: dict[str, Any] = {"regions": names, "min_confidence": 0.5, "top": 2}
    answers = [
        client.post("/v1/read", params=asked, content=PICTURE, headers=JPEG),
        client.post("/v1/read", data=asked, files={"image": PICTURE}),
        client.post("/v1/read", json=as_json(PICTURE, **asked)),
        client.post(
            "/v1/read", params={"regions": "fr", "min_confidence": 0, "top": 5}, json=as_json(PICTURE, **asked)
        ),
    ]
    assert [texts(answer) for answer in answers] == [[["gb+de"]]] * 4
    assert [len(a.json()["pictures"][0]["plates"][0]["candidates"]) for a in answers] == [2] * 4


def test_a_crop_is_read_whole(client: TestClient) -> None:
    assert texts(client.post("/v1/read?crop=true", content=PICTURE, headers=JPEG)) == [["WHOLE"]]


def timeless(told: dict[str, Any]) -> dict[str, Any]:
    return told | {"ms": sorted(told["ms"])}


def test_the_answer_is_what_the_command_line_prints(parts: Parts) -> None:
    names = sorted(str(path) for path in PICTURES.glob("*.jpg"))
    printed = CliRunner().invoke(command_line, ["read", *names, "--json"]).stdout.splitlines()
    reader = Reader(ReaderSettings(device="cpu"))  # where the command line reads a few pictures
    recognition = Recognition(lambda: reader, RecognitionSettings(), SystemClock(), Telemetry())
    with TestClient(create_app(replace(parts, recognition=recognition)), base_url="http://localhost") as client:
        files = [("image", (name, Path(name).read_bytes())) for name in names]
        told = client.post("/v1/read", files=files).json()["pictures"]
    recognition.stop()
    assert [timeless(one) for one in told] == [timeless(json.loads(line)) for line in printed]
    assert any(one["plates"] for one in told)


# -- what cannot be read --------------------------------------------------------------------------------------------


def test_a_picture_that_cannot_be_read_does_not_keep_others_from_it(client: TestClient) -> None:
    answer = client.post("/v1/read", files=[("image", ("a.txt", b"hello")), ("image", ("b.jpg", PICTURE))])
    assert texts(answer) == [[], ["ANY", "FAINT"]]
    assert answer.json()["pictures"][0]["error"] == "this is not a picture"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The picture is empty (0 bytes). It was probably never written; take it again."),
        (b"%PDF-1.7", "This is not a picture. Give a JPEG, PNG, WebP, BMP or TIFF file."),
        (b"GIF89a" + bytes(40), "This is not a picture. Give a JPEG, PNG, WebP, BMP or TIFF file."),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "This is not a picture. Give a JPEG, PNG, WebP, BMP or TIFF file.",
        ),
        (PICTURE[:-40], "The JPEG picture is cut short or damaged. Copy or take it again."),
    ],
)
def test_where_no_picture_can_be_read_the_request_is_refused_and_says_which_and_why(
    client: TestClient, data: bytes, sentence: str
) -> None:
    assert problem(client.post("/v1/read", content=data, headers=JPEG)) == (
        422,
        "No picture could be read.",
        {"body": sentence},
    )
    (at,) = problem(client.post("/v1/read", json=as_json(data)))[2]
    assert at == "images.0.data"


def png_of(width: int, height: int) -> bytes:
    """A header that promises much, and nothing behind it."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + b"IEND"


def test_a_picture_with_too_many_pixels_is_refused_before_they_are_made(client: TestClient, nets: Nets) -> None:
    status, detail, errors = problem(client.post("/v1/read", files={"image": png_of(50_000, 50_000)}))
    assert (status, detail) == (413, "No picture could be read.")
    assert errors == {
        "image.0": "The PNG picture is too large: 50000 x 50000 pixels, limit 1 megapixels. Shrink the picture first."
    }
    assert nets.seen == []


def test_a_jpeg_that_asks_for_thousands_of_passes_is_refused(client: TestClient) -> None:
    whole = cv2.imencode(".jpg", np.zeros((64, 64, 3), np.uint8), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    last = whole[whole.rindex(b"\xff\xda") : -2]
    status, _, errors = problem(client.post("/v1/read", content=whole[:-2] + 500 * last + b"\xff\xd9", headers=JPEG))
    assert status == 422
    assert errors == {"body": "The JPEG picture has 510 scans, limit 100. Save it again as an ordinary JPEG."}


def test_a_file_that_is_two_things_is_read_as_the_picture_that_it_is(client: TestClient) -> None:
    answer = client.post("/v1/read", content=PICTURE + b"PK\x03\x04<script>alert(1)</script>", headers=JPEG)
    assert texts(answer) == [["ANY", "FAINT"]]
    assert "script" not in answer.text


def test_a_name_that_would_be_a_path_is_only_a_name(client: TestClient) -> None:
    name = "../../etc/passwd<img src=x>"
    answer = client.post("/v1/read", json={"images": [{"data": base64.b64encode(PICTURE).decode(), "name": name}]})
    assert answer.json()["pictures"][0]["image"] == name
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_network_that_fails_on_all_is_our_mistake(client: TestClient) -> None:
    odd = cv2.imencode(".png", np.zeros((13, 13, 3), np.uint8))[1].tobytes()
    assert problem(client.post("/v1/read", content=odd, headers=JPEG))[0] == 500


# -- bounds ---------------------------------------------------------------------------------------------------------

LARGE = "The body is larger than 0.2 MB. See recognition in the configuration."


async def taken(app: Any, kind: str) -> tuple[int, int]:
    """Status, and how many pieces of 10 kB the application took of a body that does not say how large it is."""
    count, answered = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal count
        count += 1
        return {"type": "http.request", "body": bytes(10_000), "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    headers = [(b"host", b"localhost"), (b"content-type", kind.encode())]
    scope = {"type": "http", "method": "POST", "path": "/v1/read", "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    return answered[0]["status"], count


@pytest.mark.parametrize("kind", ["image/jpeg", "application/json"])
def test_no_more_is_taken_of_a_body_than_it_may_have(client: TestClient, kind: str) -> None:
    assert asyncio.run(taken(client.app, kind)) == (413, 21)


@pytest.mark.parametrize(
    "kind", ["image/jpeg", "application/json", "multipart/form-data; boundary=abc", "application/octet-stream"]
)
def test_a_body_that_is_too_large_is_refused(client: TestClient, kind: str) -> None:
    told = problem(client.post("/v1/read", content=bytes(300_000), headers={"content-type": kind}))
    assert told == (413, LARGE, {"body": "at most 200000 bytes"})


def test_more_pictures_than_may_be_are_refused(client: TestClient) -> None:
    sentence = "There are more than 4 {}. See recognition in the configuration."
    assert problem(client.post("/v1/read", files=[("image", ("a.jpg", PICTURE))] * 5))[:2] == (
        413,
        sentence.format("files"),
    )
    assert problem(client.post("/v1/read", json=as_json(*[PICTURE] * 5))) == (
        413,
        sentence.format("pictures"),
        {"images": "at most 4"},
    )


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "video/mp4"])
def test_another_kind_of_body_is_refused(client: TestClient, kind: str) -> None:
    assert problem(client.post("/v1/read", content=PICTURE, headers={"content-type": kind})) == (
        415,
        f"{kind} cannot be read. Send image/*, multipart/form-data with files, or application/json with `images`.",
        {},
    )


def test_a_body_of_no_kind_is_refused(client: TestClient) -> None:
    status, detail, _ = problem(client.post("/v1/read", content=PICTURE))
    assert (status, detail.startswith("A body without a Content-Type cannot be read.")) == (415, True)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"images": "Field required"}),
        ({"images": []}, {"images": "List should have at least 1 item after validation, not 0"}),
        ({"images": [{"data": 5}]}, {"images.0.data": "Input should be a valid string"}),
        ({"images": [{"data": "?"}]}, {"images.0.data": "no base64: Only base64 data is allowed"}),
        (as_json(PICTURE, top=0), {"top": "Input should be greater than or equal to 1"}),
        (as_json(PICTURE, tpo=1), {"tpo": "Extra inputs are not permitted"}),
        (as_json(PICTURE, regions=7), {"regions": "Input should be a valid list"}),
        ([], {"body": "Input should be a valid dictionary or instance of Pictures"}),
    ],
)
def test_what_is_wrong_with_the_json_is_named(client: TestClient, body: object, errors: dict[str, str]) -> None:
    assert problem(client.post("/v1/read", json=body)) == (422, "These values cannot be used.", errors)


def test_what_is_no_json_is_said(client: TestClient) -> None:
    answer = client.post("/v1/read", content=b'{"images": [', headers={"content-type": "application/json"})
    assert problem(answer)[:2] == (422, "The body is no JSON: EOF while parsing a list at line 1 column 12.")


def test_a_form_without_a_file_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/read", files={"image": (None, "text")})
    assert problem(answer) == (422, "There is no picture in this form.", {"image": "a file is missing"})


def test_an_unknown_region_is_named(client: TestClient) -> None:
    status, _, errors = problem(client.post("/v1/read?regions=gb,xx", content=PICTURE, headers=JPEG))
    assert (status, errors["regions"][:35]) == (422, "there is no region 'xx'. Known: ad,")


def test_an_option_of_the_query_is_named(client: TestClient) -> None:
    status, _, errors = problem(client.post("/v1/read?min_confidence=2", content=PICTURE, headers=JPEG))
    assert (status, errors) == (422, {"min_confidence": "Input should be less than or equal to 1"})


def test_who_finds_the_house_full_is_told_when_to_come_back(client: TestClient, nets: Nets) -> None:
    go, here = Event(), Event()

    def pause() -> None:
        here.set()
        go.wait(10)

    nets.pause = pause
    answers: list[Response] = []

    def send() -> None:
        answers.append(client.post("/v1/read", content=PICTURE, headers=JPEG))

    waiting = [Thread(target=send) for _ in range(2)]
    for one in waiting:
        one.start()
    assert here.wait(10)
    while client.app.state.parts.recognition.room:  # type: ignore[attr-defined]
        sleep(0.01)
    turned_away = client.post("/v1/read", content=PICTURE, headers=JPEG)
    status, detail, _ = problem(turned_away)
    assert (status, detail) == (
        429,
        "As many pictures as may wait are waiting already. Try again later; recognition.queue says how many.",
    )
    assert 1 <= int(turned_away.headers["retry-after"]) <= 60
    go.set()
    for one in waiting:
        one.join()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert client.post("/v1/read", content=PICTURE, headers=JPEG).status_code == 200


def test_pictures_that_nobody_waits_for_any_more_are_not_read(
    parts: Parts, nets: Nets, settings: RecognitionSettings
) -> None:
    go, here, telemetry = Event(), Event(), Telemetry()

    def pause() -> None:
        here.set()
        go.wait(10)

    def dropped() -> float | None:
        return telemetry.registry.get_sample_value(
            "marque_drops_total", {"part": "recognition", "reason": "nobody_waits"}
        )

    nets.pause = pause
    recognition = Recognition(lambda: nets, settings, SystemClock(), telemetry)
    server = Server(create_app(replace(parts, hosts=None, recognition=recognition)), "127.0.0.1", 0, parts.closing)
    server.start()
    asked = Request("POST", f"{server.url}/v1/read", files=[("image", ("a.jpg", PICTURE))] * 3)
    with closing(HTTPConnection("127.0.0.1", server.port)) as connection:
        connection.request("POST", "/v1/read", asked.read(), {"Content-Type": asked.headers["content-type"]})
        assert here.wait(10)
    while dropped() != 2:
        sleep(0.01)
    go.set()
    recognition.stop()
    server.stop()
    assert (len(nets.seen), recognition.room) == (1, settings.queue)


def test_a_server_that_reads_no_pictures_says_so(parts: Parts) -> None:
    with TestClient(create_app(parts), base_url="http://localhost") as client:
        assert problem(client.post("/v1/read", content=PICTURE, headers=JPEG))[:2] == (
            503,
            "This server reads no pictures.",
        )
