"""Webhooks: signed, with pictures, and every answer understood."""

from __future__ import annotations

import email
import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any

import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook

from event_samples import event
from fakes import FakeClock
from marque.errors import Permanent, StoreError, Temporary
from marque.ports import Outcome, SinkContext
from marque.sinks.webhook import Config, WebhookSink, build
from marque.types import PlateEvent
from marque.wire import from_wire
from receiver import Receiver, Reply

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PICTURES = {"frame": "f" * 64, "plate": "a" * 64}
Open = Callable[..., WebhookSink]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime.now(UTC))


@pytest.fixture
def open_sink(receiver: Receiver, clock: FakeClock) -> Iterator[Open]:
    made: list[WebhookSink] = []

    def make(timeout: float = 10.0, **options: Any) -> WebhookSink:
        context = SinkContext("web", lambda digest: b"\xff\xd8" + digest[:1].encode(), clock, timeout)
        made.append(build(Config(**{"url": receiver.url, **options}), context))
        return made[-1]

    yield make
    for sink in made:
        sink.close()


def send(sink: WebhookSink, *events: PlateEvent) -> list[Outcome]:
    return sink.send([sink.encode(one) for one in events])


def test_an_event_arrives_as_its_json(receiver: Receiver, open_sink: Open) -> None:
    assert send(open_sink(), event(1)) == [None]
    (request,) = receiver.requests
    assert (request.method, request.path) == ("POST", "/plates")
    assert request.headers["content-type"] == "application/json"
    assert from_wire(json.loads(request.body)) == event(1)


def test_the_id_names_event_and_revision(receiver: Receiver, open_sink: Open) -> None:
    send(open_sink(), event(1), event(1, revision=2), event(1))
    assert receiver.ids == [f"{event(1).id}-{revision}" for revision in (1, 2, 1)]


def test_the_signature_is_what_standard_webhooks_verifies(receiver: Receiver, open_sink: Open) -> None:
    send(open_sink(secret=SECRET), event(1, "WÜAB12"))
    (request,) = receiver.requests
    assert from_wire(Webhook(SECRET).verify(request.body, request.headers)) == event(1, "WÜAB12")


def test_a_retry_is_signed_anew(receiver: Receiver, open_sink: Open, clock: FakeClock) -> None:
    sink = open_sink(secret=SECRET)
    payload = sink.encode(event(1))
    sink.send([payload])
    clock.advance(60)
    sink.send([payload])
    first, second = (request.headers for request in receiver.requests)
    assert int(second["webhook-timestamp"]) == int(first["webhook-timestamp"]) + 60
    assert first["webhook-signature"] != second["webhook-signature"]


def test_without_a_secret_nothing_is_signed(receiver: Receiver, open_sink: Open) -> None:
    send(open_sink(), event(1))
    assert "webhook-signature" not in receiver.requests[0].headers


@pytest.mark.parametrize("secret", ["", "whsec_", "not base64!"])
def test_a_secret_that_cannot_sign_is_refused(open_sink: Open, secret: str) -> None:
    with pytest.raises(ValidationError):
        open_sink(secret=secret)


@pytest.mark.parametrize("headers", [{"X": "M\u00fcnchen"}, {"X": "a\r\nb: c"}, {"X Y": "z"}, {"": "z"}])
def test_headers_that_http_cannot_carry_are_refused(open_sink: Open, headers: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        open_sink(headers=headers)


def test_own_headers_go_along(receiver: Receiver, open_sink: Open) -> None:
    send(open_sink(headers={"Authorization": "Bearer x"}), event(1))
    assert receiver.requests[0].headers["authorization"] == "Bearer x"


def test_pictures_go_along_as_form_files(receiver: Receiver, open_sink: Open) -> None:
    send(open_sink(format="multipart"), event(1, images=PICTURES))
    parts = form(receiver.requests[0].headers["content-type"], receiver.requests[0].body)
    assert from_wire(json.loads(str(parts["json"].get_payload()))) == event(1, images=PICTURES)
    assert parts["frame"].get_payload(decode=True) == b"\xff\xd8f"
    assert (parts["plate"].get_content_type(), parts["plate"].get_filename()) == ("image/jpeg", "plate.jpg")


def form(content_type: str, body: bytes) -> dict[str, Message]:
    message = email.message_from_bytes(f"content-type: {content_type}\r\n\r\n".encode() + body)
    parts = [part for part in message.walk() if part is not message]
    return {str(part.get_param("name", header="content-disposition")): part for part in parts}


def test_a_picture_that_is_gone_fails_its_own_event_only(receiver: Receiver) -> None:
    def gone(digest: str) -> bytes:
        raise StoreError(f"there is no picture {digest}")

    sink = build(Config(url=receiver.url, format="multipart"), SinkContext("web", gone, FakeClock()))
    with pytest.raises(StoreError):
        sink.encode(event(1, images=PICTURES))
    assert sink.encode(event(2)).body
    sink.close()


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_2xx_accepts(receiver: Receiver, open_sink: Open, status: int) -> None:
    receiver.reply = lambda _: Reply(status)
    assert send(open_sink(), event(1)) == [None]


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410, 422])
def test_a_refusal_is_for_good_and_keeps_the_answer(receiver: Receiver, open_sink: Open, status: int) -> None:
    receiver.reply = lambda _: Reply(status, b"no such car park \xff" * 1000, {"location": "/other"})
    (outcome,) = send(open_sink(), event(1))
    assert isinstance(outcome, Permanent)
    assert f"{status}, moved to /other" in str(outcome)
    assert outcome.answer.startswith("no such car park")
    assert len(outcome.answer) <= 2000
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504])
def test_a_trouble_of_the_receiver_is_tried_again(receiver: Receiver, open_sink: Open, status: int) -> None:
    receiver.reply = lambda _: Reply(status, b"sorry")
    (outcome,) = send(open_sink(), event(1))
    assert isinstance(outcome, Temporary)
    assert (outcome.answer, outcome.retry_after) == ("sorry", None)


@pytest.mark.parametrize(
    ("status", "value", "seconds"), [(429, "17", 17), (503, "120", 120), (429, "soon", None), (429, "\u00b2", None)]
)
def test_a_receiver_that_asks_for_patience_gets_it_for_everything(
    receiver: Receiver, open_sink: Open, status: int, value: str, seconds: float | None
) -> None:
    receiver.reply = lambda _: Reply(status, headers={"retry-after": value})
    with pytest.raises(Temporary) as later:
        send(open_sink(), event(1), event(2))
    assert later.value.retry_after == seconds
    assert len(receiver.requests) == 1


def test_patience_may_be_asked_for_as_a_date(receiver: Receiver, open_sink: Open, clock: FakeClock) -> None:
    date = f"{clock.now() + timedelta(seconds=90):%a, %d %b %Y %H:%M:%S GMT}"
    receiver.reply = lambda _: Reply(503, headers={"retry-after": date})
    with pytest.raises(Temporary) as later:
        send(open_sink(), event(1))
    assert later.value.retry_after == pytest.approx(90, abs=1)


def test_a_receiver_that_hangs_costs_one_event_its_attempt(receiver: Receiver, open_sink: Open) -> None:
    receiver.reply = lambda request: Reply(hang=b"HANG" in request.body)
    hung, fine = send(open_sink(timeout=0.3), event(1, "HANG"), event(2))
    assert isinstance(hung, Temporary)
    assert "0.3 s" in str(hung)
    assert fine is None


def test_a_receiver_that_is_not_there_is_away_for_everything(open_sink: Open) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with pytest.raises(Temporary, match="cannot connect"):
        send(open_sink(url=url), event(1))
    with pytest.raises(Temporary, match="no answer") as away:
        open_sink(url=url.replace("//", "//me:hunter2@")).check()
    assert "hunter2" not in str(away.value)


def test_what_was_accepted_before_the_receiver_went_away_stays_accepted(receiver: Receiver, open_sink: Open) -> None:
    receiver.reply = lambda _: Reply(429 if len(receiver.requests) > 2 else 204)
    assert send(open_sink(), *[event(number) for number in range(5)]) == [None, None]


def test_a_batch_stops_when_its_time_is_up(receiver: Receiver, open_sink: Open, clock: FakeClock) -> None:
    def slow(_request: object) -> Reply:
        clock.advance(6)
        return Reply()

    receiver.reply = slow
    assert send(open_sink(timeout=10), *[event(number) for number in range(5)]) == [None, None]


def test_any_answer_proves_that_the_receiver_is_there(receiver: Receiver, open_sink: Open) -> None:
    receiver.reply = lambda _: Reply(405)
    open_sink().check()
    assert [one.method for one in receiver.requests] == ["OPTIONS"]
