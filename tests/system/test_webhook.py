"""From the log to a real HTTP receiver in every mood: taken once, retried, refused, and never in the way of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from event_samples import event
from marque.clock import SystemClock
from marque.config import SinkSettings
from marque.events.bell import Bell
from marque.events.delivery import DeliveryEngine
from marque.events.log import EventLog
from marque.ports import SinkContext
from marque.sinks import webhook
from marque.store import SqlStore
from marque.store.blobs import open_blobs
from marque.telemetry import Telemetry
from marque.types import DeliveryState
from receiver import Receiver, Reply, Request

pytestmark = pytest.mark.system
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


class Site:
    """A log, an engine and one webhook; retries come at once."""

    def __init__(self, store: SqlStore, folder: Path, url: str) -> None:
        settings = SinkSettings(name="web", type="webhook", timeout=0.3, batch=5, max_attempts=3)
        blobs, clock, bell, telemetry = open_blobs(f"file://{folder}/blobs"), SystemClock(), Bell(), Telemetry()
        config = webhook.Config.model_validate({"url": url, "secret": SECRET, "format": "multipart"})
        sink = webhook.build(config, SinkContext("web", blobs.open, clock, settings.timeout))
        self.store = store
        self.log = EventLog(store, blobs, [settings], [], bell, clock, telemetry)
        self.engine = DeliveryEngine(store, {"web": (sink, settings)}, bell, clock, telemetry, lambda: 0.0)

    def settle(self) -> dict[str, str]:
        """State of every delivery by plate, once nothing is owed."""
        end = monotonic() + 60
        while self.store.pending() and monotonic() < end:
            sleep(0.02)
        return {one.event.read.text: one.state.value for one in self.store.deliveries() if one.event.read}


@pytest.fixture
def site(
    tmp_path: Path, receiver: Receiver, open_log: Callable[[str], SqlStore], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    monkeypatch.setattr("marque.events.delivery.POLL", 0.02)
    made = Site(open_log(f"sqlite:///{tmp_path}/log.db"), tmp_path, receiver.url)
    made.engine.start()
    yield made
    made.engine.stop()


def mood(request: Request) -> Reply:
    """Answers by the plate in the event."""
    answers = {
        b"GOOD": Reply(),
        b"TEAPOT": Reply(418, b"I am a teapot"),
        b"BROKEN": Reply(500, b"stack trace"),
        b"HANG": Reply(hang=True),
    }
    return next(reply for plate, reply in answers.items() if b'"text":"' + plate in request.body)


def test_every_answer_has_its_consequence_and_the_good_ones_arrive_once(receiver: Receiver, site: Site) -> None:
    receiver.reply = mood
    plates = ["GOOD1", "TEAPOT", "BROKEN", "GOOD2", "HANG", "GOOD3"]
    for number, plate in enumerate(plates, 1):
        site.log.append(event(number, plate), {"frame": b"jpeg"})
    assert site.settle() == {
        "GOOD1": "delivered",
        "GOOD2": "delivered",
        "GOOD3": "delivered",
        "TEAPOT": "dead",
        "BROKEN": "dead",
        "HANG": "dead",
    }
    tries = {plate: receiver.ids.count(f"{event(number).id}-1") for number, plate in enumerate(plates, 1)}
    assert tries == {"GOOD1": 1, "GOOD2": 1, "GOOD3": 1, "TEAPOT": 1, "BROKEN": 3, "HANG": 3}
    answers = {
        one.event.read.text: one.answer for one in site.store.deliveries(state=DeliveryState.DEAD) if one.event.read
    }
    assert "I am a teapot" in answers["TEAPOT"]
    assert "stack trace" in answers["BROKEN"]
    assert "no answer within 0.3 s" in answers["HANG"]


def test_a_receiver_that_asks_for_patience_costs_no_attempt(receiver: Receiver, site: Site) -> None:
    receiver.reply = lambda _: Reply(429) if len(receiver.requests) <= 4 else Reply()
    site.log.append(event(1, "GOOD"))
    assert site.settle() == {"GOOD": "delivered"}
    assert [one.attempts for one in site.store.deliveries()] == [1]


def test_a_dead_letter_driven_again_arrives(receiver: Receiver, site: Site) -> None:
    receiver.reply = lambda _: Reply(400)
    site.log.append(event(1, "GOOD"))
    assert site.settle() == {"GOOD": "dead"}
    receiver.reply = lambda _: Reply()
    dead = [one.id for one in site.store.deliveries(state=DeliveryState.DEAD)]
    assert site.store.redrive(dead, SystemClock().now()) == 1
    assert site.settle() == {"GOOD": "delivered"}
