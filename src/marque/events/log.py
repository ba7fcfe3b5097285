"""Where plate events become durable: processors, pictures, one transaction, the bell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from marque.config import SinkSettings
from marque.events.bell import Bell
from marque.events.subscriptions import matches
from marque.ports import Blobs, Clock, Drop, NewDelivery, Processor, Store
from marque.telemetry import Telemetry
from marque.types import PlateEvent


class EventLog:
    """``append`` is the one way in. What it returned a cursor for survives a kill at any instant after."""

    def __init__(
        self,
        store: Store,
        blobs: Blobs,
        subscriptions: Sequence[SinkSettings],
        processors: Sequence[Processor],
        bell: Bell,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._subscriptions = [one for one in subscriptions if one.enabled]
        self._processors = processors
        self._bell = bell
        self._clock = clock
        self._telemetry = telemetry
        self._log = structlog.get_logger()

    def append(self, event: PlateEvent, pictures: Mapping[str, bytes] | None = None) -> int | None:
        """Keep the event with its pictures and what is owed of it to every sink.

        Returns its cursor, or None when it was dropped: by a processor, because this revision is in the log already,
        or because it can never be kept (all are counted). Raises StorageFull or StoreError; then nothing was accepted,
        and the same may be offered again.
        """
        (kept,) = self.append_many([(event, pictures or {})])
        return None if isinstance(kept, Drop) else kept

    def append_many(self, batch: Sequence[tuple[PlateEvent, Mapping[str, bytes]]]) -> list[int | Drop]:
        """The same for events that came together, in one transaction: for each its cursor, or why it was dropped
        (``duplicate``, ``malformed``, or what the processor said)."""
        offered = [self._offered(event, pictures) for event, pictures in batch]
        ready = [(event, self._owed(event)) for event in offered if not isinstance(event, Drop)]
        written = iter(self._written(ready) if ready else [])
        kept = [event if isinstance(event, Drop) else next(written) for event in offered]
        for event, one in zip(offered, kept, strict=True):
            if isinstance(one, Drop):
                self._telemetry.drops.labels("log", one.reason).inc()
            elif not isinstance(event, Drop):
                self._telemetry.events.labels(event.camera, event.kind, event.event_class).inc()
        if cursors := [one for one in kept if not isinstance(one, Drop)]:
            self._bell.ring(max(cursors))
        return kept

    def _offered(self, event: PlateEvent, pictures: Mapping[str, bytes]) -> PlateEvent | Drop:
        processed = self._process(event)
        return processed if isinstance(processed, Drop) else self._keep(processed, pictures)

    def _written(self, ready: Sequence[tuple[PlateEvent, Sequence[NewDelivery]]]) -> list[int | Drop]:
        """What is not as an event may be is dropped: offered again it would block those behind it for ever."""
        try:
            cursors = self._store.append_many(ready)
        except ValueError as error:
            if len(ready) > 1:
                return [self._written([one])[0] for one in ready]
            self._log.error("an event cannot be kept", event_id=ready[0][0].id, error=str(error))
            return [Drop("malformed")]
        return [Drop("duplicate") if cursor is None else cursor for cursor in cursors]

    def correct(self, event: PlateEvent) -> int | None:
        """Keep the revision that a person made of the newest one, and what is owed of it. Returns its cursor, or None
        when the pass has had another revision since; processors are not asked. Raises StorageFull or StoreError."""
        cursor = self._store.correct(event, self._owed(event))
        if cursor is not None:
            self._telemetry.events.labels(event.camera, event.kind, event.event_class).inc()
            self._bell.ring(cursor)
        return cursor

    def _process(self, event: PlateEvent) -> PlateEvent | Drop:
        for processor in self._processors:
            result = self._ask(processor, event)
            if isinstance(result, Drop):
                return result
            event = result
        return event

    def _ask(self, processor: Processor, event: PlateEvent) -> PlateEvent | Drop:
        try:
            return processor.process(event)
        except Exception as bug:  # noqa: BLE001 - a plugin's bug on one event must not stop the others
            self._log.error("a processor broke", event_id=event.id, error=repr(bug))
            return Drop("processor_broke")

    def _keep(self, event: PlateEvent, pictures: Mapping[str, bytes]) -> PlateEvent:
        digests = {name: self._blobs.put(data) for name, data in pictures.items()}
        return replace(event, images={**event.images, **digests}) if digests else event

    def _owed(self, event: PlateEvent) -> list[NewDelivery]:
        now = self._clock.now()
        return [_delivery(one, now) for one in self._subscriptions if matches(one.filter, event)]


def _delivery(subscription: SinkSettings, now: datetime) -> NewDelivery:
    seconds = subscription.expires_after
    expires = None if seconds is None else now + timedelta(seconds=seconds)
    return NewDelivery(subscription.name, now, expires, subscription.supersede)
