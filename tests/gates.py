"""One camera in tests: driven frame by frame (``gate``, ``watch``), or sight by sight (``Gate``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from cameras import NOON, FakeReader, Seen, frame, read_as
from marque.capture.camera import Camera
from marque.capture.rejections import Rejections
from marque.capture.visit import Sight
from marque.capture.visits import Surroundings, Told, Visits
from marque.config import CameraSettings
from marque.types import Box, Detection, Frame, PlateEvent, Reading
from plate_readings import reading

HERE = Box(10, 10, 40, 18)
SIZE = (1280, 720)


def gate(reader: FakeReader, *, stills: bool = False, **settings: object) -> Camera:
    made = CameraSettings.model_validate({"id": "gate", "source": "scene:", **settings})
    outside = Surroundings(read_as, lambda: "id", lambda _: None)
    return Camera(made, reader, outside, stills=stills)


def watch(camera: Camera, reader: FakeReader, frames: list[Frame]) -> list[Told]:
    """What the pool does, one frame at a time."""
    told: list[Told] = []
    for one in frames:
        found = reader.detect([one.image])[0] if camera.looks(one) else None
        wanted = camera.follow(one, found)
        for want, said in zip(wanted, reader.recognize([w.crop for w in wanted]), strict=True):
            told += camera.learn(want, said)
        told += parting(camera, reader, one.time)
        told += camera.tick(one.time)
    return told


def parting(camera: Camera, reader: FakeReader, time: datetime | None = None) -> list[Told]:
    """What is read before vehicles are lost; before all are, without a time."""
    return [
        event
        for one in camera.parting(time)
        for event in camera.reconsider(one, reader.recognize(one.pictures), time or NOON)
    ]


def always(box: Box = HERE, text: str = "AB12CDE", count: int = 10) -> FakeReader:
    return FakeReader({n: [Seen(reading(text), box)] for n in range(count)})


def frames(count: int = 10) -> list[Frame]:
    return [frame(n) for n in range(count)]


@dataclass
class Gate:
    """A camera whose plates and readings the test gives."""

    settings: dict[str, Any] = field(default_factory=dict)
    stills: bool = False
    events: list[PlateEvent] = field(default_factory=list)
    pictures: list[Any] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    encoded: int = 0
    rejections: Rejections = field(default_factory=Rejections)

    def __post_init__(self) -> None:
        ids = count(1)
        outside = Surroundings(read_as, lambda: f"id{next(ids)}", self.dropped.append)
        camera = CameraSettings.model_validate({"id": "gate", "source": "scene:", **self.settings})
        self.visits = Visits(camera, outside, stills=self.stills, rejections=self.rejections)

    def sees(
        self,
        seconds: float,
        text: str | Reading | None = None,
        *,
        track: int = 1,
        x: float = 300,
        width: float = 100,
        sharp: float = 0.5,
        height: float = 25,
    ) -> bool:
        """A plate in the frame at ``seconds``, and what a recogniser would say; whether it was asked."""
        box = Box(x, 300, x + width, 300 + height)
        sequence = round(10 * seconds)
        sight = Sight(track, Detection(box, 0.9), NOON + timedelta(seconds=seconds), sequence, SIZE, sharp)
        self.visits.see(sight)
        if text is None or not self.visits.wants(sight):
            return False
        what = reading(text, 0.99) if isinstance(text, str) else text
        self._told(self.visits.learn(sight, what, lambda: self._encode(sequence)))
        return True

    def time(self, seconds: float) -> None:
        self._told(self.visits.tick(NOON + timedelta(seconds=seconds)))

    def close(self, seconds: float) -> None:
        self._told(self.visits.close(NOON + timedelta(seconds=seconds)))

    @property
    def told(self) -> list[tuple[str, int, str, str]]:
        return [(e.id, e.revision, e.kind.value, e.read.text if e.read else "") for e in self.events]

    def _encode(self, sequence: int) -> dict[str, bytes]:
        self.encoded += 1
        return {"frame": str(sequence).encode()}

    def _told(self, told: Sequence[Told]) -> None:
        self.events += [event for event, _ in told]
        self.pictures += [pictures for _, pictures in told]
