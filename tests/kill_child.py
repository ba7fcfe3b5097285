"""The process that ``test_kill`` kills: appends events and delivers them until it dies or has nothing left to do."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from time import sleep

from event_samples import event
from marque.clock import SystemClock
from marque.config import SinkSettings
from marque.events.bell import Bell
from marque.events.delivery import DeliveryEngine
from marque.events.log import EventLog
from marque.ports import SinkContext
from marque.sinks import webhook
from marque.store import open_store
from marque.store.blobs import open_blobs
from marque.telemetry import Telemetry

SETTINGS = SinkSettings(name="web", type="webhook", timeout=0.5, batch=10)


def run(folder: Path, database: str, url: str, first: int | None) -> None:
    """Append events ``first``, ``first + 1`` ... for ever, noting each in the file ``accepted`` once the log has it;
    with ``first=None`` only deliver what is owed, and return."""
    store, blobs = open_store(database), open_blobs(f"file://{folder}/blobs")
    clock, bell, telemetry = SystemClock(), Bell(), Telemetry()
    sink = webhook.build(
        webhook.Config.model_validate({"url": url}), SinkContext("web", blobs.open, clock, SETTINGS.timeout)
    )
    log = EventLog(store, blobs, [SETTINGS], [], bell, clock, telemetry)
    engine = DeliveryEngine(store, {"web": (sink, SETTINGS)}, bell, clock, telemetry)
    with ExitStack() as running:
        running.callback(store.close)
        engine.start()
        running.callback(engine.stop)
        if first is None:
            _drain(engine)
        else:
            _append(log, folder, first)


def _append(log: EventLog, folder: Path, number: int) -> None:
    accepted = os.open(folder / "accepted", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    while True:
        for revision in (1, 2):
            one = event(number, revision=revision)
            if log.append(one, {"frame": f"picture {number}".encode()}) is not None:
                os.write(accepted, f"{one.id}-{revision}\n".encode())
        number += 1
        sleep(0.005)


def _drain(engine: DeliveryEngine) -> None:
    while any(one.pending for one in engine.health()):
        sleep(0.05)
