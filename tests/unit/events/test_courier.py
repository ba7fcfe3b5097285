"""One sink's deliveries: sent, retried, paused, given up. Time is told, nothing sleeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from event_samples import NOON, event
from fakes import FakeClock, ScriptedSink
from marque.config import SinkSettings
from marque.errors import NotFound, Permanent, StoreError, Temporary
from marque.events.courier import DEATHS, Courier
from marque.events.retry import BreakerState
from marque.ports import NewDelivery, Outcome, Payload
from marque.store import SqlStore
from marque.telemetry import Telemetry
from marque.types import DeliveryState


class Bench:
    """A courier with everything around it in the test's hands; jitter is always the longest."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.clock = FakeClock()
        self.sink = ScriptedSink()
        self.telemetry = Telemetry()
        self.courier = self.hire()

    def hire(self, **settings: Any) -> Courier:
        wanted = SinkSettings(name="web", type="scripted", **settings)
        self.courier = Courier(self.store, self.sink, wanted, self.clock, self.telemetry, lambda: 1.0)
        return self.courier

    def append(self, *plates: str | None, expires: float | None = None) -> None:
        now = self.clock.now()
        until = None if expires is None else now + timedelta(seconds=expires)
        first = self.store.last_cursor() + 1
        self.store.append_many(
            [(event(first + i, plate), [NewDelivery("web", now, until)]) for i, plate in enumerate(plates)]
        )

    def work(self) -> None:
        """Steps until there is nothing to do at this time."""
        for _ in range(100):
            if not self.courier.step():
                return
        raise AssertionError("the courier never rests")

    def states(self) -> dict[str, str]:
        return {one.event.read.text if one.event.read else "": one.state.value for one in self.store.deliveries()}

    def counted(self, outcome: str) -> float:
        labels = {"sink": "web", "outcome": outcome}
        return self.telemetry.registry.get_sample_value("marque_delivery_attempts_total", labels) or 0.0


@pytest.fixture
def bench(tmp_path: Path, open_log: Callable[[str], SqlStore]) -> Bench:
    return Bench(open_log(f"sqlite:///{tmp_path}/log.db"))


def fails(*plates: str, outcome: Outcome) -> Callable[[str], Outcome]:
    return lambda plate: outcome if plate in plates else None


def raises(error: Exception) -> Callable[[str], Outcome]:
    def answer(_plate: str) -> Outcome:
        raise error

    return answer


def test_what_is_owed_is_sent_once_in_order_and_in_batches(bench: Bench) -> None:
    bench.hire(batch=2)
    bench.append("A", "B", "C")
    bench.work()
    bench.work()
    assert bench.sink.batches == [["A", "B"], ["C"]]
    assert set(bench.states().values()) == {"delivered"}
    assert bench.counted("delivered") == 3


def test_a_failed_event_is_tried_again_after_a_growing_wait(bench: Bench) -> None:
    bench.append("A")
    bench.sink.answer = fails("A", outcome=Temporary("busy", answer="503"))
    for wait in (1, 2, 4):
        bench.work()
        bench.clock.advance(wait - 0.01)
        assert not bench.courier.step()
        bench.clock.advance(0.01)
    bench.sink.answer = fails(outcome=None)
    bench.work()
    assert bench.states() == {"A": "delivered"}
    assert len(bench.sink.batches) == 4


def test_the_receiver_decides_how_long_to_wait(bench: Bench) -> None:
    bench.append("A")
    bench.sink.answer = fails("A", outcome=Temporary("busy", retry_after=300))
    bench.work()
    bench.clock.advance(299)
    assert not bench.courier.step()
    bench.clock.advance(1)
    assert bench.courier.step()


def test_a_refused_event_becomes_a_dead_letter_with_its_answer(bench: Bench) -> None:
    bench.append("A", "B")
    bench.sink.answer = fails("A", outcome=Permanent("refused with 400", answer="no such car park"))
    bench.work()
    assert bench.states() == {"A": "dead", "B": "delivered"}
    (dead,) = bench.store.deliveries(state=DeliveryState.DEAD)
    assert dead.answer == "refused with 400: no such car park"


def test_patience_ends_after_max_attempts(bench: Bench) -> None:
    bench.hire(max_attempts=3)
    bench.append("A")
    bench.sink.answer = fails("A", outcome=Temporary("busy"))
    for _ in range(5):
        bench.work()
        bench.clock.advance(3600)
    assert bench.states() == {"A": "dead"}
    assert len(bench.sink.batches) == 3


def test_one_poisoned_event_never_holds_up_others(bench: Bench) -> None:
    bench.append("BAD")
    bench.sink.answer = fails("BAD", outcome=Temporary("crashed"))
    for number in range(10):
        bench.clock.advance(4000)
        bench.work()
        bench.append(f"GOOD{number}")
        bench.work()
    assert len(bench.sink.sent) == 10
    assert bench.courier.breaker.state is BreakerState.CLOSED


def test_an_event_that_cannot_be_encoded_is_a_dead_letter_and_the_rest_goes_out(bench: Bench) -> None:
    bench.append("A", None, "B")
    bench.work()
    assert bench.states() == {"A": "delivered", "": "dead", "B": "delivered"}
    (dead,) = bench.store.deliveries(state=DeliveryState.DEAD)
    assert "nothing to say" in dead.answer


def test_pictures_that_cannot_be_opened_for_now_are_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_event: object) -> Payload:
        raise StoreError("the object store does not answer")

    bench.append("A")
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(bench.sink, "encode", away)
        bench.work()
    assert bench.states() == {"A": "pending"}
    bench.clock.advance(1)
    bench.work()
    assert bench.sink.sent == ["A"]


def test_a_picture_that_is_gone_is_a_dead_letter(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_event: object) -> Payload:
        raise NotFound("there is no such picture")

    bench.append("A")
    monkeypatch.setattr(bench.sink, "encode", gone)
    bench.work()
    assert bench.states() == {"A": "dead"}


def test_an_event_that_kills_the_process_is_not_tried_for_ever(bench: Bench) -> None:
    bench.hire(max_attempts=1)
    bench.append("DEADLY")
    for _ in range(1 + DEATHS):
        assert bench.store.claim("web", 1, bench.courier.lease, bench.clock.now())
        bench.clock.advance(bench.courier.lease)
    bench.work()
    assert bench.sink.batches == []
    assert bench.states() == {"DEADLY": "dead"}


def test_a_sink_that_breaks_on_one_event_still_sends_the_others(bench: Bench) -> None:
    def answer(plate: str) -> Outcome:
        if plate == "BAD":
            raise ZeroDivisionError
        return None

    bench.hire(max_attempts=1)
    bench.sink.answer = answer
    bench.append("A", "BAD", "B")
    bench.work()
    assert bench.states() == {"A": "delivered", "BAD": "dead", "B": "delivered"}


def test_while_a_sink_is_away_its_rows_keep_their_attempts_and_their_order(bench: Bench) -> None:
    bench.hire(max_attempts=2)
    bench.append("A", "B", "C")
    bench.sink.answer = raises(Temporary("connection refused"))
    for _ in range(50):
        bench.work()
        bench.clock.advance(60)
    bench.sink.answer = fails(outcome=None)
    bench.append("D")
    bench.work()
    assert bench.sink.sent == ["A", "B", "C", "D"]


def test_the_breaker_opens_probes_with_one_event_and_closes(bench: Bench) -> None:
    bench.append("A", "B", "C")
    bench.sink.answer = raises(Temporary("connection refused"))
    states = []
    for wait in (1, 2, 4, 8, 16):
        bench.work()
        states.append(bench.courier.breaker.state)
        bench.clock.advance(wait)
    assert bench.telemetry.registry.get_sample_value("marque_sink_breaker_open", {"sink": "web"}) == 1
    states.append(bench.courier.breaker.state)
    bench.sink.answer = fails(outcome=None)
    bench.work()
    states.append(bench.courier.breaker.state)
    assert bench.sink.batches[-2:] == [["A"], ["B", "C"]]
    assert bench.telemetry.registry.get_sample_value("marque_sink_breaker_open", {"sink": "web"}) == 0
    assert states == [*["closed"] * 4, "open", "half-open", "closed"]


def test_an_open_breaker_never_waits_longer_than_a_minute(bench: Bench) -> None:
    bench.append("A")
    bench.sink.answer = raises(Temporary("connection refused"))
    for _ in range(20):
        bench.work()
        bench.clock.advance(60)
    assert bench.courier.breaker.may_send()


def test_many_different_events_failing_open_the_breaker(bench: Bench) -> None:
    bench.append(*"ABCDE")
    bench.sink.answer = fails(*"ABCDE", outcome=Temporary("500"))
    bench.work()
    assert bench.courier.breaker.state is BreakerState.OPEN


def test_a_pause_that_the_receiver_asked_for_is_kept(bench: Bench) -> None:
    bench.append("A")
    bench.sink.answer = raises(Temporary("too many", retry_after=120))
    bench.work()
    bench.clock.advance(119)
    assert not bench.courier.step()
    bench.clock.advance(1)
    assert bench.courier.step()


def test_an_expired_event_is_never_sent(bench: Bench) -> None:
    bench.hire(expires_after=10)
    bench.append("A", "B", expires=10)
    bench.clock.advance(10)
    bench.work()
    assert bench.sink.batches == []
    assert bench.states() == {"A": "expired", "B": "expired"}


def test_events_that_may_expire_are_looked_at_right_before_they_go(bench: Bench) -> None:
    def slow(_plate: str) -> Outcome:
        bench.clock.advance(7)
        return None

    bench.hire(expires_after=10)
    bench.append("A", "B", "C", expires=10)
    bench.sink.answer = slow
    bench.work()
    assert bench.states() == {"A": "delivered", "B": "delivered", "C": "expired"}


def test_what_a_sink_had_no_time_for_is_handed_in_again_without_losing_an_attempt(bench: Bench) -> None:
    bench.hire(max_attempts=1)
    bench.append("A", "B", "C")
    bench.sink.tries = 1
    bench.work()
    assert bench.sink.sent == ["A", "B", "C"]


def test_a_sink_that_tries_nothing_is_paused(bench: Bench) -> None:
    bench.append("A")
    bench.sink.tries = 0
    bench.work()
    assert bench.courier.error == "the sink tried nothing"
    assert bench.sink.batches == [[]]


def test_a_batch_whose_worker_died_is_due_again_after_its_lease(bench: Bench) -> None:
    bench.append("A")
    bench.store.claim("web", 1, bench.courier.lease, bench.clock.now())
    assert not bench.courier.step()
    bench.clock.advance(bench.courier.lease)
    bench.work()
    assert bench.sink.sent == ["A"]


def test_what_is_owed_is_counted_for_the_metrics(bench: Bench) -> None:
    bench.append("A", "B")
    bench.sink.answer = raises(Temporary("away"))
    bench.work()
    bench.clock.advance(10)
    bench.courier.step()
    assert bench.telemetry.registry.get_sample_value("marque_deliveries_pending", {"sink": "web"}) == 2


def test_health_remembers_the_last_success_and_forgets_old_errors(bench: Bench) -> None:
    bench.append("A")
    bench.sink.answer = raises(Temporary("away"))
    bench.work()
    assert (bench.courier.error, bench.courier.delivered) == ("away", None)
    bench.sink.answer = fails(outcome=None)
    bench.clock.advance(5)
    bench.work()
    assert (bench.courier.error, bench.courier.delivered) == ("", NOON + timedelta(seconds=5))
