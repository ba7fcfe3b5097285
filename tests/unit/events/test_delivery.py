"""The engine: one thread per sink, woken by the bell, stopped without losing what it holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from event_samples import NOON, event
from fakes import ScriptedSink
from marque.clock import SystemClock
from marque.config import SinkSettings
from marque.errors import StoreError, Temporary
from marque.events.bell import Bell
from marque.events.delivery import DeliveryEngine
from marque.ports import NewDelivery, Outcome
from marque.store import SqlStore
from marque.telemetry import Telemetry
from marque.types import Delivery


@pytest.fixture
def log(tmp_path: Path, open_log: Callable[[str], SqlStore]) -> SqlStore:
    return open_log(f"sqlite:///{tmp_path}/log.db")


class Gate:
    """Lets the test wait for a sink, and a sink wait for the test."""

    def __init__(self) -> None:
        self.came, self.go = Event(), Event()

    def __call__(self, _plate: str) -> Outcome:
        self.came.set()
        assert self.go.wait(30)
        return None


def engine(log: SqlStore, bell: Bell, **sinks: ScriptedSink) -> DeliveryEngine:
    pairs = {name: (sink, SinkSettings(name=name, type="scripted")) for name, sink in sinks.items()}
    return DeliveryEngine(log, pairs, bell, SystemClock(), Telemetry(), lambda: 0.0)


def append(log: SqlStore, bell: Bell, number: int, *sinks: str) -> None:
    cursor = log.append(event(number), [NewDelivery(sink, NOON) for sink in sinks])
    assert cursor is not None
    bell.ring(cursor)


def test_an_event_goes_out_when_the_bell_rings_and_a_slow_sink_delays_no_other(log: SqlStore) -> None:
    bell, slow, quick = Bell(), Gate(), Gate()
    sinks = {"slow": ScriptedSink(slow), "quick": ScriptedSink(quick)}
    running = engine(log, bell, **sinks)
    running.start()
    append(log, bell, 1, "slow", "quick")
    assert slow.came.wait(30)
    quick.go.set()
    assert quick.came.wait(30)
    slow.go.set()
    running.stop()
    assert {name: len(sink.sent) for name, sink in sinks.items()} == {"slow": 1, "quick": 1}
    assert log.pending() == {}


def test_stopping_finishes_the_batch_in_flight_and_closes_the_sinks(log: SqlStore) -> None:
    bell, gate = Bell(), Gate()
    sink = ScriptedSink(gate)
    running = engine(log, bell, web=sink)
    append(log, bell, 1, "web")
    running.start()
    assert gate.came.wait(30)
    gate.go.set()
    running.stop()
    assert (sink.sent, sink.closed) == (["AB12CDE"], True)
    assert log.pending() == {}


def test_a_courier_outlives_refusals_of_the_log_and_bugs(log: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marque.events.delivery.POLL", 0.01)
    bell, gate, claim = Bell(), Gate(), log.claim
    refusals = iter([StoreError("the server restarts", hint="wait"), ZeroDivisionError("a bug")])

    def moody(*asked: object) -> list[Delivery]:
        for refusal in refusals:
            raise refusal
        return claim(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(log, "claim", moody)
    running = engine(log, bell, web=ScriptedSink(gate))
    append(log, bell, 1, "web")
    running.start()
    assert gate.came.wait(30)
    gate.go.set()
    running.stop()
    assert log.pending() == {}


def test_health_tells_of_every_sink(log: SqlStore) -> None:
    def away(_plate: str) -> Outcome:
        tried.set()
        raise Temporary("connection refused")

    bell, tried = Bell(), Event()
    running = engine(log, bell, web=ScriptedSink(away), idle=ScriptedSink())
    append(log, bell, 1, "web")
    running.start()
    assert tried.wait(30)
    running.stop()
    web, idle = running.health()
    assert (web.name, web.pending, web.error, web.delivered) == ("web", 1, "connection refused", None)
    assert (idle.name, idle.pending, idle.error, idle.breaker.value) == ("idle", 0, "", "closed")


def test_an_engine_that_never_started_stops_all_the_same(log: SqlStore) -> None:
    sink = ScriptedSink()
    engine(log, Bell(), web=sink).stop()
    assert sink.closed
