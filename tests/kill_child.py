"""The processes that ``test_kill`` kills: they make events and deliver them until they die or have nothing to do."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from time import sleep

from event_samples import event
from marque.cli.watching import watch
from marque.clock import SystemClock
from marque.config import CameraSettings, ServerSettings, Settings, SinkSettings, StorageSettings
from marque.events import courier
from marque.events.bell import Bell
from marque.events.delivery import DeliveryEngine
from marque.events.log import EventLog
from marque.ports import SinkContext
from marque.sinks import webhook
from marque.store import open_store
from marque.store.blobs import open_blobs
from marque.telemetry import Telemetry

courier.MARGIN = 0.5  # what a killed process took along is soon due again


def sink(url: str) -> SinkSettings:
    """Posts every event to the test's receiver."""
    wanted = {"filter": {"classes": []}, "timeout": 0.5, "batch": 10}
    return SinkSettings.model_validate({"name": "web", "type": "webhook", "url": url, **wanted})


def run_clip(folder: Path, url: str, clip: Path) -> None:
    """What ``marque run`` does with a clip."""
    camera = CameraSettings(id="gate", source=str(clip), lost_after=0.2, min_readings=1)
    watch(
        Settings(
            cameras=[camera],
            sinks=[sink(url)],
            storage=StorageSettings(folder=folder),
            server=ServerSettings(enabled=False),
        )
    )


def run_log(folder: Path, database: str, url: str, first: int | None) -> None:
    """Append events ``first``, ``first + 1`` ... for ever, noting each in the file ``accepted`` once the log has it;
    with ``first=None`` only deliver what is owed, and return."""
    store, blobs, settings = open_store(database), open_blobs(f"file://{folder}/blobs"), sink(url)
    clock, bell, telemetry = SystemClock(), Bell(), Telemetry()
    context = SinkContext("web", blobs.open, clock, settings.timeout)
    receiver = webhook.build(webhook.Config(**settings.options), context)
    log = EventLog(store, blobs, [settings], [], bell, clock, telemetry)
    engine = DeliveryEngine(store, {"web": (receiver, settings)}, bell, clock, telemetry)
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
