"""The demo's receiver keeps what is posted to it."""

from __future__ import annotations

from pathlib import Path

import httpx

from marque.cli.receiver import Receiver
from marque.wire import from_wire

GOLDEN = Path(__file__).parents[2] / "golden" / "event-new.json"


def test_an_event_that_is_posted_is_kept() -> None:
    with Receiver() as receiver:
        answer = httpx.post(receiver.url, content=GOLDEN.read_bytes())
        assert answer.status_code == 204
        assert receiver.events.get(timeout=5) == from_wire(httpx.Response(200, content=GOLDEN.read_bytes()).json())
