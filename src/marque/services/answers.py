"""Pictures in, plates out, as ``marque read --json`` and ``POST /v1/read`` both tell it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from marque.errors import ImageError, InferenceError, MarqueError
from marque.types import Image, PlateRead, Vehicle
from marque.vision.reader import TimedReads
from marque.wire import plate_to_wire, vehicle_to_wire

DIGITS = 4


class TimedReader(Protocol):
    """Reads one picture; :class:`marque.Reader` does."""

    def read_timed(self, image: Image, regions: Sequence[str] = ()) -> TimedReads: ...
    def read_plate_timed(self, image: Image, regions: Sequence[str] = ()) -> TimedReads: ...
    def vehicles(self, image: Image) -> list[Vehicle]: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a picture's reads is wanted. ``crop``: the picture is a plate, nothing is detected. ``vehicles``: tell of
    those as well."""

    regions: tuple[str, ...] = ()
    top: int = 5
    min_confidence: float = 0.0
    crop: bool = False
    vehicles: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one picture: ``image`` and ``timed``, or why it could not be read. ``vehicles``: None where nobody
    asked for them."""

    name: str
    image: Image | None = None
    timed: TimedReads | None = None
    fault: MarqueError | None = None
    vehicles: Sequence[Vehicle] | None = None

    @property
    def reads(self) -> list[PlateRead]:
        return self.timed.reads if self.timed else []

    @property
    def error(self) -> str | None:
        return None if self.fault is None else str(self.fault)


def answer(reader: TimedReader, name: str, open_image: Callable[[], Image], choice: Choice) -> Answer:
    """Read one picture; a picture or a network that fails is an answer too."""
    try:
        image = open_image()
        timed = (reader.read_plate_timed if choice.crop else reader.read_timed)(image, choice.regions)
        vehicles = reader.vehicles(image) if choice.vehicles else None
    except (ImageError, InferenceError) as fault:
        return Answer(name, fault=fault)
    reads = [
        replace(r, candidates=r.candidates[: choice.top]) for r in timed.reads if r.confidence >= choice.min_confidence
    ]
    return Answer(name, image, replace(timed, reads=reads), vehicles=vehicles)


def to_json(answer: Answer) -> dict[str, Any]:
    """The promised shape; ``width``, ``height`` and ``ms`` are null where the picture could not be read,
    ``vehicles`` is there where they were asked for."""
    timed, image = answer.timed, answer.image
    told = {
        "image": answer.name,
        "width": None if image is None else image.shape[1],
        "height": None if image is None else image.shape[0],
        "ms": timed and {"detect": timed.detect_ms, "recognize": timed.recognize_ms, "total": timed.total_ms},
        "plates": [plate_to_wire(plate) for plate in answer.reads],
        "error": answer.error,
    }
    if answer.vehicles is not None:
        told["vehicles"] = [vehicle_to_wire(vehicle) for vehicle in answer.vehicles]
    rounded: dict[str, Any] = _rounded(told)
    return rounded


def _rounded(value: Any) -> Any:
    """Floats without digits that mean nothing."""
    match value:
        case float():
            return round(value, DIGITS)
        case dict():
            return {key: _rounded(each) for key, each in value.items()}
        case list() | tuple():
            return [_rounded(each) for each in value]
    return value
