"""Whether many frames of one vehicle tell more than the best of them: `python -m marque_training.passes`.

Passes with known texts (`clips.py`) go through a camera's pipeline as they would in service. Told at `lost`: right or
wrong? Beside it the single frames: the surest, the sharpest, and the best chosen by hindsight, that is, whether any was
right; among those that the camera read, and among all. Then how much the confidence at `lost` is worth.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np

from marque.capture.camera import Camera
from marque.capture.quality import sharpness
from marque.capture.visits import Interpret, Surroundings, Told
from marque.config import CameraSettings
from marque.plates import fold
from marque.types import Detection, EventKind, Frame, Image, PlateEvent, PlateRead, Reading
from marque.vision.reader import Reader
from marque_training import clips
from marque_training.clips import Clip, Find
from marque_training.datasets import CROP_SETS, data_folder, load_crops
from marque_training.recognizer.reliability import bins, error, kept, reader_of
from marque_training.shares import wilson

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
RUNS = Path(__file__).parents[1] / "runs" / "passes"
CAMERA = CameraSettings.model_validate({"id": "passes", "source": "scene:", "motion_gate": False})


Together = Callable[[Sequence[Image]], list[Reading]]
"""pictures that many frames make -> what the net reads in them"""


def _unread(pictures: Sequence[Image]) -> list[Reading]:  # noqa: ARG001
    return []


@dataclass(frozen=True)
class Single:
    """What one frame by itself would have told."""

    text: str
    confidence: float
    sharpness: float


@dataclass(frozen=True)
class Pass:
    """One vehicle: what was told of it in the end (nothing: an empty text), by itself and frame by frame."""

    clip: Clip
    text: str
    confidence: float
    readings: int
    read: tuple[Single, ...]
    seen: tuple[Single, ...]
    events: int

    def says(self, text: str) -> bool:
        """Whether this is the plate, look-alikes counted as the same."""
        return fold(text) == fold(self.clip.text)

    @property
    def right(self) -> bool:
        return self.says(self.text)

    def best(self, of: Callable[[Single], float]) -> bool:
        """Whether the frame that a rule prefers is right, of those that the camera read."""
        return bool(self.read) and self.says(max(self.read, key=of).text)


class Replay:
    """Stands for the reader: knows what the nets said of the frame at hand. ``asked``: what the camera had read."""

    def __init__(self, interpret: Interpret) -> None:
        self.asked: list[Find] = []
        self._interpret = interpret
        self._finds: list[tuple[Find, Image]] = []

    @property
    def versions(self) -> Mapping[str, str]:
        return {}

    def show(self, finds: Sequence[Find]) -> None:
        """The next frame."""
        self._finds = [(find, find.crop) for find in finds]

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        return [[find.detection for find, _ in self._finds] for _ in images]

    def crop(self, image: Image, detection: Detection) -> Image:  # noqa: ARG002
        return next(crop for find, crop in self._finds if find.detection == detection)

    def recognize(self, crops: Sequence[Image]) -> list[Reading]:
        found = [next(find for find, own in self._finds if own is crop) for crop in crops]
        self.asked += found
        return [find.reading for find in found]

    def plate_read(
        self,
        reading: Reading,
        detection: Detection,
        regions: Sequence[str] = (),  # noqa: ARG002
        readings: int = 1,
    ) -> PlateRead:
        return self._interpret(reading, detection, readings)


def replay(clip: Clip, interpret: Interpret, together: Together = _unread, settings: CameraSettings = CAMERA) -> Pass:
    """A clip through the camera's pipeline. Of several visits told, the one with most readings counts. ``together``
    reads what many frames show in one picture.
    """
    reader = Replay(interpret)
    told = [e.read for e in _events(clip, reader, interpret, together, settings) if e.kind is EventKind.LOST]
    reads = [read for read in told if read is not None]
    last = max(reads, key=lambda read: read.readings, default=None)
    seen = {id(find): _single(find, interpret) for finds in clip.frames for find in finds}
    read = tuple(seen[id(find)] for find in reader.asked)
    text, sure, count = (last.text, last.confidence, last.readings) if last else ("", 0.0, 0)
    return Pass(clip, text, sure, count, read, tuple(seen.values()), len(reads))


def _events(
    clip: Clip, reader: Replay, interpret: Interpret, together: Together, settings: CameraSettings
) -> Iterator[PlateEvent]:
    numbers = count()
    outside = Surroundings(interpret, lambda: f"visit {next(numbers)}", lambda _: None)
    camera = Camera(settings, reader, outside)
    blank, time = np.zeros((clip.size[1], clip.size[0], 3), np.uint8), NOON

    def parting(over: bool = False) -> list[Told]:
        leaving = camera.parting(None if over else time)
        return [event for one in leaving for event in camera.reconsider(one, together(one.pictures), time)]

    for number, finds in enumerate(clip.frames):
        time = NOON + timedelta(seconds=number / clip.fps)
        reader.show(finds)
        wanted = camera.follow(Frame(blank, settings.id, time, number), reader.detect([blank])[0])
        readings = reader.recognize([want.crop for want in wanted])
        told = [camera.learn(want, reading) for want, reading in zip(wanted, readings, strict=True)]
        yield from (event for events in [*told, parting(), camera.tick(time)] for event, _ in events)
    yield from (event for events in (parting(over=True), camera.close(time)) for event, _ in events)


def _single(find: Find, interpret: Interpret) -> Single:
    read = interpret(find.reading, find.detection, 1)
    return Single(read.text, read.confidence, sharpness(find.crop))


WAYS: dict[str, Callable[[Pass], bool]] = {
    "told at lost": lambda p: p.right,
    "surest frame": lambda p: p.best(lambda s: bool(s.text) * s.confidence),
    "sharpest frame": lambda p: p.best(lambda s: s.sharpness),
    "by hindsight, of those read": lambda p: any(p.says(s.text) for s in p.read),
    "by hindsight, of all": lambda p: any(p.says(s.text) for s in p.seen),
}


def table(passes: Sequence[Pass]) -> Iterator[str]:
    """Vehicles right by each way, with 95 % intervals, and by how many they differ from what was told."""
    for name, way in WAYS.items():
        right = [way(p) for p in passes]
        low, high = wilson(sum(right), len(right))
        more = sum(p.right and not r for p, r in zip(passes, right, strict=True))
        less = sum(r and not p.right for p, r in zip(passes, right, strict=True))
        share = sum(right) / max(1, len(right))
        yield f"  {name:<28}{sum(right):>5} of {len(right)}{share:8.1%}  [{low:.1%}, {high:.1%}]   +{more} -{less}"


def trust(passes: Sequence[Pass]) -> Iterator[str]:
    """Confidence against what is right, of the vehicles that were told."""
    given = [(p.confidence, p.right) for p in passes if p.text]
    yield f"  calibration error {error(given):.3f}; kept at 95 % right {kept(given):.1%} of {len(given)}"
    for each in bins(given):
        low, high = wilson(each.right, each.count)
        share = f"{each.right / each.count:.3f}  [{low:.3f}, {high:.3f}]"
        yield f"  {each.low:.1f}-{each.high:.1f}{each.count:>6}  sure {each.sure:.3f}  right {share}"


def record(reader: Reader, folder: Path, seeds: range, data: Path, films: Path | None = None) -> Iterator[Clip]:
    """See what is not kept yet: of every seed a vehicle of the drawn street and a plate of each real set there is, and
    the videos whose texts are known.
    """
    for seed in _missing(folder, "street", seeds):
        yield clips.street(reader, seed)
    for crops in (c for c in CROP_SETS if "masked" not in c.name and (data / c.name).exists()):
        if missing := _missing(folder, crops.name, seeds):
            chosen = clips.whole(load_crops(crops, data))
            for seed in missing:
                yield clips.approach(reader, crops.name, chosen[seed % len(chosen)], seed)
    for video, text in clips.films(films) if films else ():
        if not clips.path(folder, video.name).exists():
            yield clips.film(reader, video, text)


def _missing(folder: Path, kind: str, seeds: range) -> list[int]:
    return [seed for seed in seeds if not clips.path(folder, f"{kind} {seed}").exists()]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--folder", type=Path, default=RUNS, help="where what the nets saw is kept")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=20, help="vehicles of each kind")
    parser.add_argument("--films", type=Path, help="a folder of videos with known texts")
    options = parser.parse_args(arguments)
    reader = reader_of(None)
    seeds = range(options.first, options.first + options.count)
    for clip in clips.keep(options.folder, record(reader, options.folder, seeds, options.data, options.films)):
        print(f"\r{clip.name}\033[K", end="", file=sys.stderr, flush=True)
    read = interpreter(reader), reader.recognize
    passes = [replay(clip, *read) for clip in clips.kept(options.folder) if clip.seed in seeds]
    print("\n".join(report(passes)))


def interpreter(reader: Reader) -> Interpret:
    """As a camera without regions of its own reads."""
    return lambda reading, detection, readings: reader.plate_read(reading, detection, (), readings)


def report(passes: Sequence[Pass]) -> Iterator[str]:
    """Every kind by itself, then all that were made here: a few films would be lost among them."""
    kinds = sorted({p.clip.kind for p in passes})
    groups = {kind: [p for p in passes if p.clip.kind == kind] for kind in kinds}
    groups["all but films"] = [p for p in passes if p.clip.kind != "film"]
    for name, group in groups.items():
        yield name
        yield from table(group)
    yield "confidence at lost"
    yield from trust(groups["all but films"])


if __name__ == "__main__":
    main()
