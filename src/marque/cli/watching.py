"""A running system seen from a terminal: its events as lines, a clean stop on a signal, a summary."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from zoneinfo import ZoneInfo

import typer

from marque.app import Marque, is_loopback
from marque.config import Settings
from marque.telemetry import setup_logs
from marque.types import EventClass, EventKind, PlateEvent
from marque.wire import to_wire

GLANCE = 0.2
"""seconds between looks at the log"""
DRAIN = 15.0
"""seconds that sinks get for the last events of sources that have ended"""
COLOURS = {EventKind.NEW: "green", EventKind.UPDATE: "yellow", EventKind.LOST: "bright_black"}


def watch(settings: Settings, *, as_json: bool = False, exit_when_done: bool = True) -> None:
    """Run until a signal or, where wanted, until every source has ended. Raises MarqueError when it cannot start."""
    setup_logs(settings.log.level, settings.log.style)
    _warn_if_open(settings)
    show = show_json if as_json else show_line
    with stopping() as stop:
        marque = Marque(settings)
        cursor = marque.store.last_cursor()
        with marque:
            _greet(marque)
            cursor = _follow(marque, cursor, show, stop, exit_when_done)
            owed = marque.drain(0 if stop.is_set() else DRAIN)
            if marque.pool is not None:
                marque.pool.stop()
            _show_new(marque, cursor, show)
            summary = _summary(marque, owed)
            failed = [camera for camera in marque.health()["cameras"] if camera["state"] == "failed"]
    typer.echo(summary, err=True)
    if failed:
        raise typer.Exit(1)


def _follow(marque: Marque, cursor: int, show: Callable[[PlateEvent], None], stop: Event, leave: bool) -> int:
    """Show events as they come; the cursor of the last one."""
    done = False
    while not stop.is_set() and not (done and leave):
        done = marque.wait(0)
        cursor = _show_new(marque, cursor, show)
        if not done:
            marque.bell.wait(cursor, GLANCE)
        elif not leave:
            stop.wait(GLANCE)
    return cursor


def _show_new(marque: Marque, cursor: int, show: Callable[[PlateEvent], None]) -> int:
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
    plate = (
        f"{read.display or read.text:<12} {(read.region.code if read.region else '-'):<6} {read.confidence:4.0%}"
        if read
        else f"{'-':<12} {'-':<6}    -"
    )
    quarantined = f"  ({event.reason or 'quarantine'})" if event.event_class is EventClass.QUARANTINE else ""
    typer.secho(f"{time}  {event.camera:<16.16} {event.kind:<7} {plate}{quarantined}", fg=COLOURS[event.kind])


def _warn_if_open(settings: Settings) -> None:
    if settings.server.enabled and not is_loopback(settings.server.host):
        typer.secho(
            f"Anyone who can reach {settings.server.host} sees every plate: there is no authentication yet. "
            "Put a proxy that asks for a password before it, or serve at 127.0.0.1.",
            err=True,
            fg="yellow",
        )


def _greet(marque: Marque) -> None:
    cameras = [camera.id for camera in marque.settings.cameras if camera.enabled]
    if cameras:
        typer.echo(f"Watching {', '.join(cameras)}; stop with Ctrl-C.", err=True)
    if marque.server is not None:
        typer.echo(f"Live page: {marque.server.url}/  API: {marque.server.url}/docs", err=True)


def _summary(marque: Marque, owed: int) -> str:
    cameras = marque.health()["cameras"]
    counts = [sample for family in marque.telemetry.events.collect() for sample in family.samples]
    passes = sum(s.value for s in counts if s.name.endswith("_total") and s.labels["kind"] == EventKind.NEW)
    total = sum(s.value for s in counts if s.name.endswith("_total"))
    lines = (
        [f"{sum(c['frames'] for c in cameras)} frames, {passes:.0f} vehicles, {total:.0f} events."] if cameras else []
    )
    lines += [f"{c['camera']}: {c['state']}: {c['reason']}" for c in cameras if c["state"] in ("lost", "failed")]
    if owed:
        lines.append(f"{owed} deliveries are still owed; they go out when Marque runs again.")
    return "\n".join([*lines, f"Everything is kept in {marque.settings.storage.folder}."])


@contextmanager
def stopping() -> Iterator[Event]:
    """An event that SIGINT and SIGTERM set; the second SIGINT ends the process at once."""
    stop = Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        del frame
        if stop.is_set() and number == signal.SIGINT:
            os._exit(130)
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.stdout.flush()
