"""Hands stored events to sinks. A sink only encodes and sends; claiming, retrying, pausing and giving up is done here.

One :class:`Courier` per sink, one thread per courier: sinks never wait for one another.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread

import structlog

from marque.config import SinkSettings
from marque.events.bell import Bell
from marque.events.courier import Courier
from marque.events.retry import BreakerState
from marque.ports import Clock, Sink, Store
from marque.telemetry import Telemetry

POLL = 1.0
"""seconds after which an idle courier looks for retries that have become due"""


@dataclass(frozen=True, slots=True)
class SinkHealth:
    """How a sink is doing. ``error`` is the last failure since the last success, or empty."""

    name: str
    breaker: BreakerState
    pending: int
    error: str
    delivered: datetime | None
    """when the last delivery succeeded, or None"""


class DeliveryEngine:
    """Every sink's courier, running. ``start`` and ``stop`` once each."""

    def __init__(
        self,
        store: Store,
        sinks: Mapping[str, tuple[Sink, SinkSettings]],
        bell: Bell,
        clock: Clock,
        telemetry: Telemetry,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._sinks = sinks
        self._bell = bell
        self._stopping = Event()
        self._couriers = [Courier(store, *one, clock, telemetry, jitter) for one in sinks.values()]
        self._threads = [
            Thread(target=self._work, args=(one,), name=f"sink-{one.name}", daemon=True) for one in self._couriers
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the batches in flight, then close the sinks. What is still owed stays in the log."""
        self._stopping.set()
        self._bell.ring()
        for thread, courier in zip(self._threads, self._couriers, strict=True):
            if thread.is_alive():
                thread.join(courier.lease)
        for sink, _ in self._sinks.values():
            sink.close()

    def health(self) -> list[SinkHealth]:
        """Every sink, in the order it was given."""
        owed = self._store.pending()
        return [
            SinkHealth(one.name, one.breaker.state, owed.get(one.name, 0), one.error, one.delivered)
            for one in self._couriers
        ]

    def _work(self, courier: Courier) -> None:
        while not self._stopping.is_set():
            heard = self._bell.latest
            try:
                busy = courier.step()
            except Exception as error:  # noqa: BLE001 - a courier outlives everything: a refusing log, and bugs
                courier.error = f"cannot deliver: {error}"
                structlog.get_logger().error("cannot deliver", sink=courier.name, error=repr(error))
                self._stopping.wait(POLL)
                continue
            if not busy:
                self._bell.wait(heard, POLL)
