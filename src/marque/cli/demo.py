"""``marque demo``: the whole way, from a drawn street to a receiver, in front of your eyes."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from marque.app import Marque
from marque.capture.sources import file, scene
from marque.capture.video import QUICK, write_video
from marque.cli.receiver import Receiver
from marque.cli.run import run
from marque.clock import SystemClock
from marque.config import CameraSettings, ServerSettings, Settings, SinkSettings, StorageSettings
from marque.errors import SourceEnded
from marque.plates import fold
from marque.ports import SourceContext
from marque.types import EventClass, EventKind, Image, PlateEvent
from marque.vision.image import annotate
from marque.vision.reader import Reader

ROWS = 12
"""events that the live table shows"""
EVERY = 2
"""of so many frames one is in the annotated video: reading each once more takes time"""
DRAIN = 15.0
"""seconds the receiver gets for the last events"""


@dataclass(slots=True)
class Told:
    """What the receiver was told, in the order it came."""

    events: list[PlateEvent] = field(default_factory=list)

    def take(self, receiver: Receiver) -> None:
        """Everything that has come since."""
        while True:
            try:
                self.events.append(receiver.events.get_nowait())
            except Empty:
                return

    @property
    def texts(self) -> list[str]:
        """The last word on each vehicle, quarantine left out."""
        last = {event.id: event for event in self.events if event.event_class is EventClass.NORMAL}
        return [event.read.text for event in last.values() if event.read]


def demo(
    source: Annotated[str | None, typer.Argument(help="A camera or video to watch instead.")] = None,
    out: Annotated[Path, typer.Option(help="Where clip, events and annotated video go.")] = Path("demo-out"),
    vehicles: Annotated[int, typer.Option(min=1, max=50, help="How many vehicles pass.")] = 4,
    seed: Annotated[int, typer.Option(help="Another number, another street.")] = 3,
) -> None:
    """Show the whole way: a drawn street, video, events, store, webhook to a local receiver, summary."""
    if source:
        run([source], data=out / "data")
        return
    console = Console()
    config = scene.Config(seed=seed, vehicles=vehicles)
    clip = out / "street.mp4"
    with console.status("Drawing a street ..."):
        frames = write_video(clip, scene.draw(config), config.fps, coding=QUICK)
    console.print(f"Drew {frames} frames of {config.width}x{config.height} into {clip}.")
    told, seconds = watch(clip, fresh(out / "data"), console)
    annotated = out / "annotated.mp4"
    with console.status("Drawing what each frame read ..."):
        write_video(annotated, annotated_frames(clip), config.fps / EVERY, coding=QUICK)
    summarize(console, told, frames, seconds, [p.text for p in scene.truth(config)])
    console.print(f"Annotated video: {annotated}")
    console.print(f"Dashboard and API over these events: marque serve --data {out / 'data'}")


def watch(clip: Path, data: Path, console: Console) -> tuple[Told, float]:
    """Run the system over the clip; what the receiver was told and how many seconds it took."""
    told = Told()
    with Receiver() as receiver, Marque(settings(clip, data, receiver.url)) as marque:
        start = time.monotonic()
        with Live(table(told.events), console=console, refresh_per_second=8) as live:
            while not marque.wait(0.1):
                told.take(receiver)
                live.update(table(told.events))
            seconds = time.monotonic() - start
            marque.drain(DRAIN)
            told.take(receiver)
            live.update(table(told.events))
    return told, seconds


def settings(clip: Path, data: Path, url: str) -> Settings:
    """One camera that plays the clip, one webhook."""
    return Settings(
        cameras=[CameraSettings(id="street", source={"type": "file", "path": str(clip)})],
        sinks=[SinkSettings.model_validate({"name": "receiver", "type": "webhook", "url": url})],
        storage=StorageSettings(folder=data),
        server=ServerSettings(port=0),
    )


def fresh(data: Path) -> Path:
    """The folder, without what an earlier demo left in it."""
    shutil.rmtree(data, ignore_errors=True)
    return data


def table(events: Sequence[PlateEvent]) -> Table:
    """The last events as a table."""
    shown = Table("time", "event", "plate", "region", "confidence", "readings", "direction", title="At the receiver")
    for event in events[-ROWS:]:
        read = event.read
        if read is not None:
            region = read.region.code if read.region else "-"
            when = f"{event.time:%H:%M:%S.%f}"[:-4]
            kind = event.kind if event.event_class is EventClass.NORMAL else f"{event.kind} (quarantine)"
            row = (when, kind, read.display or read.text, region, f"{read.confidence:.0%}", str(read.readings))
            shown.add_row(*row, event.direction)
    return shown


def annotated_frames(clip: Path) -> Iterator[Image]:
    """The clip with what is read in every single frame drawn on it."""
    reader = Reader()
    source = file.build(file.Config(path=clip), SourceContext("street", SystemClock()))
    with suppress(SourceEnded):
        for frame in source:
            if frame.sequence % EVERY == 0:
                yield annotate(frame.image, reader.read(frame.image))


def summarize(console: Console, told: Told, frames: int, seconds: float, truth: Sequence[str]) -> None:
    """Frames, speed, events, and the reads held against what was drawn."""
    texts = [fold(text) for text in told.texts]
    right = [text for text in truth if fold(text) in texts]
    missed = sorted(set(truth) - set(right))
    wrong = [text for text in told.texts if fold(text) not in {fold(t) for t in truth}]
    kinds = ", ".join(f"{sum(e.kind is kind for e in told.events)} {kind}" for kind in EventKind)
    console.print(f"{frames} frames in {seconds:.1f} s: {frames / seconds:.0f} frames per second.")
    console.print(f"{len(told.events)} events at the receiver ({kinds}).")
    console.print(f"{len(right)} of {len(truth)} plates read right (O and 0, I and 1 counted as the same).")
    if missed:
        console.print(f"Not read right: {', '.join(missed)}. Read but not there: {', '.join(wrong) or 'none'}.")
