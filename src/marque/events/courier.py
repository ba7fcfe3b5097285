"""Takes one sink's deliveries out of the log, sends them, and writes down what became of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from marque.config import SinkSettings
from marque.errors import MarqueError, NotFound, Permanent, SinkError, StoreError, Temporary
from marque.events.retry import Backoff, Breaker, BreakerState
from marque.ports import Clock, Outcome, Payload, Settlement, Sink, Store
from marque.telemetry import Telemetry
from marque.types import Delivery, DeliveryState

PROBE_CAP = 60.0
"""seconds; a sink that is back is noticed within this time"""
MARGIN = 5.0
"""seconds beyond two timeouts (the batch's, and its last request's) before a batch is taken for abandoned"""
DEATHS = 5
"""attempts beyond ``max_attempts``: some may have ended with the process, which need not be the event's fault"""
COUNT_EVERY = 10.0
"""seconds between counts of what is owed"""

GIVEN_UP = frozenset({DeliveryState.DEAD, DeliveryState.EXPIRED})

Sent = tuple[Delivery, Payload]


class Courier:
    """One sink's deliveries. ``step`` does one round and never waits for anything but the sink."""

    def __init__(
        self,
        store: Store,
        sink: Sink,
        settings: SinkSettings,
        clock: Clock,
        telemetry: Telemetry,
        jitter: Callable[[], float],
    ) -> None:
        self.name = settings.name
        self.lease = 2 * settings.timeout + MARGIN
        self.breaker = Breaker(clock, Backoff(jitter, cap=PROBE_CAP))
        self.error = ""
        self.delivered: datetime | None = None
        self._store = store
        self._sink = sink
        self._settings = settings
        self._clock = clock
        self._telemetry = telemetry
        self._backoff = Backoff(jitter)
        self._counted = float("-inf")
        self._log = structlog.get_logger().bind(sink=self.name)

    def step(self) -> bool:
        """Claim what is due, send it, settle it. False when there was nothing to do now. Raises StoreError."""
        self._count()
        if not self.breaker.may_send():
            return False
        claimed = self._store.claim(self.name, self._limit(), self.lease, self._clock.now())
        if not claimed:
            return False
        settlements = self._deliver(claimed)
        self._store.settle(settlements, self._clock.now())
        self._tell(settlements)
        return True

    def _limit(self) -> int:
        """One to probe with; one, too, where an event may expire, so that its time is checked right before it goes."""
        alone = self.breaker.state is BreakerState.HALF_OPEN or self._settings.expires_after is not None
        return 1 if alone else self._settings.batch

    def _deliver(self, claimed: Sequence[Delivery]) -> list[Settlement]:
        now = self._clock.now()
        stale = [d for d in claimed if d.expires is not None and d.expires <= now]
        settlements = [Settlement(d.id, DeliveryState.EXPIRED, "expired before it could be delivered") for d in stale]
        deadly = [d for d in claimed if d not in stale and d.attempts > self._settings.max_attempts + DEATHS]
        settlements += [Settlement(d.id, DeliveryState.DEAD, "Marque died at every attempt") for d in deadly]
        ready: list[Sent] = []
        for delivery in claimed:
            if delivery not in stale and delivery not in deadly:
                self._encode(delivery, ready, settlements)
        return settlements + self._hand_over(ready) if ready else settlements

    def _encode(self, delivery: Delivery, ready: list[Sent], settlements: list[Settlement]) -> None:
        try:
            ready.append((delivery, self._sink.encode(delivery.event)))
        except NotFound as gone:
            settlements.append(Settlement(delivery.id, DeliveryState.DEAD, f"cannot be encoded: {gone}"))
        except StoreError as away:
            settlements.append(self._outcome(delivery, Temporary(f"cannot be encoded now: {away}")))
        except Exception as error:  # noqa: BLE001 - a plugin's bug on one event must not stop the others
            settlements.append(Settlement(delivery.id, DeliveryState.DEAD, f"cannot be encoded: {error!r}"))

    def _hand_over(self, ready: Sequence[Sent]) -> list[Settlement]:
        """One settlement per delivery, whatever the sink did."""
        try:
            outcomes = self._send([payload for _, payload in ready])
        except Temporary as away:
            self.breaker.away(away.retry_after)
            return [self._untried(delivery, away) for delivery, _ in ready]
        except Permanent as refused:
            outcomes = [refused] * len(ready)
        except Exception as bug:  # noqa: BLE001 - see _isolate
            return self._isolate(ready, bug)
        return self._judge(ready, outcomes)

    def _send(self, payloads: Sequence[Payload]) -> list[Outcome]:
        """A sink that tried nothing is away: handing the same in again at once would go on for ever."""
        outcomes = self._sink.send(payloads)
        if not outcomes:
            raise Temporary("the sink tried nothing")
        return outcomes

    def _isolate(self, ready: Sequence[Sent], bug: Exception) -> list[Settlement]:
        """The sink broke on something in the batch: send one by one, so that only the culprit pays for it."""
        if len(ready) > 1:
            return [settlement for one in ready for settlement in self._hand_over([one])]
        return self._judge(ready, [Temporary(f"the sink broke: {bug!r}")])

    def _judge(self, ready: Sequence[Sent], outcomes: Sequence[Outcome]) -> list[Settlement]:
        tried = [(delivery, outcome) for (delivery, _), outcome in zip(ready, outcomes, strict=False)]
        rest = [delivery for delivery, _ in ready[len(tried) :]]
        if any(not isinstance(outcome, Temporary) for _, outcome in tried):
            self.breaker.answered()
        else:
            self.breaker.failed(delivery.id for delivery, _ in tried)
        late = Temporary("its batch ran out of time")
        return [self._outcome(*one) for one in tried] + [self._untried(delivery, late) for delivery in rest]

    def _outcome(self, delivery: Delivery, outcome: Outcome) -> Settlement:
        if outcome is None:
            return Settlement(delivery.id, DeliveryState.DELIVERED)
        answer = _answer(outcome)
        if not isinstance(outcome, Temporary) or delivery.attempts >= self._settings.max_attempts:
            return Settlement(delivery.id, DeliveryState.DEAD, answer)
        delay = self._backoff.delay(delivery.attempts, outcome.retry_after)
        return Settlement(delivery.id, DeliveryState.PENDING, answer, self._clock.now() + timedelta(seconds=delay))

    def _untried(self, delivery: Delivery, why: SinkError) -> Settlement:
        """Back in its old place in the queue, with its attempt: the sink's own pause keeps it waiting."""
        return Settlement(delivery.id, DeliveryState.PENDING, _answer(why), delivery.created, tried=False)

    def _tell(self, settlements: Sequence[Settlement]) -> None:
        for one in settlements:
            outcome = "retry" if one.state is DeliveryState.PENDING else one.state.value
            self._telemetry.attempts.labels(self.name, outcome).inc()
            if one.state is DeliveryState.DELIVERED:
                self.delivered, self.error = self._clock.now(), ""
            else:
                self.error = one.answer
            if one.state in GIVEN_UP:
                self._log.warning("given up", delivery=one.delivery, state=one.state.value, answer=one.answer)
        again = [one.answer for one in settlements if one.state is DeliveryState.PENDING]
        if again:
            self._log.warning("to be tried again", deliveries=len(again), answer=again[0])
        self._telemetry.breaker.labels(self.name).set(self.breaker.state is not BreakerState.CLOSED)

    def _count(self) -> None:
        now = self._clock.monotonic()
        if now - self._counted >= COUNT_EVERY:
            self._counted = now
            self._telemetry.pending.labels(self.name).set(self._store.pending().get(self.name, 0))


def _answer(error: MarqueError) -> str:
    said = getattr(error, "answer", "")
    return f"{error}: {said}" if said else str(error)
