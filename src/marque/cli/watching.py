"""A running system seen from a terminal: its events as lines, a clean stop on a signal, a summary."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import structlog
import typer

from marque.access.users import FIRST
from marque.app import Marque
from marque.config import Settings
from marque.errors import StoreError
from marque.telemetry import setup_logs
from marque.types import EventClass, EventKind, PlateEvent
from marque.wire import to_wire

GLANCE = 0.2
"""seconds between looks at the log"""
PATIENCE = 1.0
"""seconds a log that did not answer is left alone"""
DRAIN = 15.0
"""seconds that sinks get for the last events of sources that have ended"""
LAST = 2.0
"""seconds they get when the process was told to stop"""
COLOURS = {EventKind.NEW: "green", EventKind.UPDATE: "yellow", EventKind.LOST: "bright_black"}


@dataclass
class Stop:
    """Set by a signal. No lock as in ``threading.Event``: a handler runs in the thread that it interrupted."""

    asked: bool = False


def watch(settings: Settings, *, as_json: bool = False, exit_when_done: bool = True, watching: bool = True) -> None:
    """Run until a signal or, where wanted, until every source has ended; without ``watching``, cameras that were added
    through the API are left to another process. Raises MarqueError when it cannot start."""
    setup_logs(settings.log.level, settings.log.style)
    show = show_json if as_json else show_line
    with stopping() as stop:
        marque = Marque(settings, watching=watching)
        cursor = marque.store.last_cursor()
        with marque:
            _greet(marque)
            cursor = follow(marque, cursor, show, stop, leave=exit_when_done)
            marque.stop_watching()
            show_new(marque, cursor, show)
            owed = marque.drain(LAST if stop.asked else DRAIN)
            cameras = marque.health()["cameras"]
    typer.echo(_summary(marque, cameras, owed), err=True)
    if any(camera["state"] == "failed" for camera in cameras):
        raise typer.Exit(1)


def follow(marque: Marque, cursor: int, show: Callable[[PlateEvent], None], stop: Stop, *, leave: bool) -> int:
    """Show events as they come, until told to stop or, with ``leave``, until there is nothing more to come; the cursor
    of the last one. A log that does not answer for a while is waited for: watching goes on meanwhile."""
    done = False
    while not stop.asked and not (done and leave):
        done = marque.wait(0)
        try:
            cursor = show_new(marque, cursor, show)
        except StoreError as error:
            structlog.get_logger().error("events cannot be shown", error=str(error), hint=error.hint)
            marque.bell.wait(marque.bell.latest, PATIENCE)
        if not done or not leave:
            marque.bell.wait(cursor, GLANCE)
    return cursor


def show_new(marque: Marque, cursor: int, show: Callable[[PlateEvent], None]) -> int:
    """Show what came after the cursor; the cursor of the last one."""
    while found := marque.events_after(cursor):
        for stored in found:
            show(stored.event)
        cursor = found[-1].cursor
    return cursor


def show_json(event: PlateEvent) -> None:
    """One JSON object per line."""
    print(json.dumps(to_wire(event), ensure_ascii=False, separators=(",", ":")), flush=True)  # noqa: T201


def show_line(event: PlateEvent) -> None:
    """When, where, which plate and how sure, for people."""
    time = event.time.astimezone(ZoneInfo(event.timezone)).strftime("%H:%M:%S")
    read = event.read
    region = read.region.code if read and read.region else "-"
    plate = f"{read.display or read.text:<12} {region:<6} {read.confidence:4.0%}" if read else "not read"
    seen = f"  {event.vehicle.words}" if event.vehicle else ""
    quarantined = f"  ({event.reason or 'quarantine'})" if event.event_class is EventClass.QUARANTINE else ""
    typer.secho(f"{time}  {event.camera:<16.16} {event.kind:<7} {plate}{seen}{quarantined}", fg=COLOURS[event.kind])


def _greet(marque: Marque) -> None:
    cameras = [camera.id for camera in marque.settings.cameras if camera.enabled]
    if cameras:
        typer.echo(f"Watching {', '.join(cameras)}; stop with Ctrl-C.", err=True)
    if marque.server is not None:
        typer.echo(f"Dashboard: {marque.server.url}/  API: {marque.server.url}/docs", err=True)
    if marque.first_password is not None:
        typer.secho(
            f"Sign in as {FIRST} with the password {marque.first_password}. It is shown this once; "
            f"`marque users password {FIRST}` makes another.",
            err=True,
            fg="yellow",
        )


def _summary(marque: Marque, cameras: Sequence[Mapping[str, Any]], owed: int) -> str:
    lines = []
    if cameras:
        frames, passes, total = sum(c["frames"] for c in cameras), _count(marque, "new"), _count(marque)
        lines.append(f"{frames} frames, {passes} vehicles, {total} events.")
    lines += [f"{c['camera']}: {c['state']}: {c['reason']}" for c in cameras if c["state"] in ("lost", "failed")]
    if owed:
        lines.append(f"{owed} deliveries are still owed; they go out when Marque runs again.")
    return "\n".join([*lines, f"Everything is kept in {marque.settings.storage.folder}."])


def _count(marque: Marque, kind: str | None = None) -> int:
    """Events written to the log by this process, all or of one kind."""
    samples = [sample for family in marque.telemetry.events.collect() for sample in family.samples]
    counted = [s for s in samples if s.name.endswith("_total") and kind in (None, s.labels["kind"])]
    return int(sum(sample.value for sample in counted))


@contextmanager
def stopping() -> Iterator[Stop]:
    """What SIGINT and SIGTERM set; the second SIGINT ends the process at once."""
    stop = Stop()

    def on_signal(number: int, frame: FrameType | None) -> None:
        del frame
        if stop.asked and number == signal.SIGINT:
            os._exit(130)
        stop.asked = True

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.stdout.flush()
