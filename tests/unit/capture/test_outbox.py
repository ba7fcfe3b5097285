"""Events that the log refuses are kept, in order, within bounds."""

from __future__ import annotations

from collections.abc import Mapping

from cameras import FakeClock
from event_samples import event
from marque.capture.outbox import AGAIN_AFTER, ROOM, Outbox
from marque.errors import StorageFull
from marque.telemetry import Telemetry
from marque.types import PlateEvent


class Log:
    def __init__(self) -> None:
        self.full = True
        self.offers = 0
        self.kept: list[str] = []

    def __call__(self, event: PlateEvent, _: Mapping[str, bytes]) -> None:
        self.offers += 1
        if self.full:
            raise StorageFull("no room", hint="Make room.")
        self.kept.append(event.id)


def test_refused_events_wait_and_keep_their_order() -> None:
    log, clock = Log(), FakeClock()
    box = Outbox(log, clock, Telemetry())
    for n in range(3):
        box.put((event(n), {}))
        box.flush()
    assert log.offers == 1
    log.full = False
    clock.seconds += AGAIN_AFTER
    box.flush()
    assert log.kept == [event(n).id for n in range(3)]
    assert box.empty


def test_the_last_flush_does_not_wait() -> None:
    log = Log()
    box = Outbox(log, FakeClock(), Telemetry())
    box.put((event(), {}))
    box.flush()
    log.full = False
    box.flush(now=True)
    assert box.empty


def test_when_there_is_no_room_the_oldest_goes_and_is_counted() -> None:
    log, telemetry = Log(), Telemetry()
    box = Outbox(log, FakeClock(), telemetry)
    for n in range(ROOM + 2):
        box.put((event(n), {}))
    log.full = False
    box.flush()
    assert log.kept[0] == event(2).id
    assert telemetry.drops.labels("capture", "log_refused")._value.get() == 2
