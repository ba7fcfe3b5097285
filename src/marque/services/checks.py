"""Is the camera set up well? What its picture and the last plates say, in rows for whoever stands on the ladder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import median, quantiles

from marque.access.audit import Audit
from marque.capture.feed import CameraHealth
from marque.capture.glances import Glance
from marque.capture.pool import CameraPool
from marque.capture.quality import detail, exposure, streak
from marque.services.cameras import Cameras
from marque.types import Image, Principal

FEW = 3
"""vehicles before a tenth of them is worth telling"""


class Verdict(StrEnum):
    GOOD = "good"
    WEAK = "weak"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was measured. ``advice`` is one sentence; ``value`` None: there was nothing to measure yet."""

    name: str
    value: float | None
    unit: str
    verdict: Verdict
    advice: str


@dataclass(frozen=True, slots=True)
class Check:
    """``time``: of the picture, None where there is none; ``plates``: readings that were looked at."""

    time: datetime | None
    plates: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """How a value is judged: ``good`` and ``weak`` are the last values that are; ``fine`` and ``mend`` the advice."""

    name: str
    unit: str
    good: float
    weak: float
    fine: str
    mend: str
    lacking: str = "No plate has been read yet: let a vehicle pass."

    def row(self, value: float | None) -> Row:
        """The value's row. Where more is worse, ``good`` is less than ``weak``."""
        if value is None:
            return Row(self.name, None, self.unit, Verdict.UNKNOWN, self.lacking)
        verdict = Verdict.GOOD if self._within(value, self.good) else Verdict.BAD
        if verdict is Verdict.BAD and self._within(value, self.weak):
            verdict = Verdict.WEAK
        return Row(self.name, round(value, 2), self.unit, verdict, self.fine if verdict is Verdict.GOOD else self.mend)

    def _within(self, value: float, bound: float) -> bool:
        return value >= bound if self.good > self.weak else value <= bound


NO_PICTURE = "There is no picture yet: is the camera running?"
NOT_LIVE = "Only a live camera has this."
CLOSER = "Zoom in, mount the camera nearer, or raise its resolution: 100 pixels and more read best."
PLATE_WIDTH = Scale("plate_width", "px", 100, 70, "Plates are wide enough where they are nearest.", CLOSER)
PLATE_WIDTH_P10 = Scale(
    "plate_width_p10", "px", 80, 50, "The smallest plates are wide enough, too.", CLOSER,
    "Fewer than three vehicles were read yet: let more pass.",
)  # fmt: skip
PLATE_SHARPNESS = Scale(
    "plate_sharpness", "", 0.35, 0.2, "Plates are crisp.",
    "Focus on the place where plates are read, clean the lens, and lower the camera's compression.",
)  # fmt: skip
MOTION_BLUR = Scale(
    "motion_blur", "x", 1.6, 2.3, "Plates are not smeared by their movement.",
    "Plates are smeared {way}: shorten the shutter time (1/500 s or less for moving vehicles) and add light.",
)  # fmt: skip
PICTURE_SHARPNESS = Scale(
    "picture_sharpness", "", 30, 10, "The picture is in focus.",
    "The picture is soft: focus, clean the lens, raise the bit rate; in the dark, judge by the plates.", NO_PICTURE,
)  # fmt: skip
DIM = Scale(
    "brightness", "%", 15, 5, "The picture is neither dark nor glaring.",
    "The picture is dark: add light or infrared; longer shutter times smear moving plates.", NO_PICTURE,
)  # fmt: skip
GLARING = Scale(
    "brightness", "%", 75, 90, "The picture is neither dark nor glaring.",
    "The picture is too bright: shorten the shutter time, or turn the camera away from the light.", NO_PICTURE,
)  # fmt: skip
CLIPPED_DARK = Scale(
    "clipped_dark", "%", 25, 60, "Little of the picture is black.",
    "Much of the picture is black: add light, or look away from strong lamps.", NO_PICTURE,
)  # fmt: skip
CLIPPED_BRIGHT = Scale(
    "clipped_bright", "%", 5, 15, "Little of the picture is blown out.",
    "Much of the picture is white: shorten the exposure, or keep the sky and lamps out of the picture.", NO_PICTURE,
)  # fmt: skip
PLATE_CLIPPED = Scale(
    "plate_clipped", "%", 25, 50, "Plates are not blown out.",
    "Plates are blown out to white: lower exposure, gain or the infrared lamp's power.",
)  # fmt: skip
FRAME_RATE = Scale(
    "frame_rate", "1/s", 10, 5, "The camera gives enough frames.",
    "The camera gives few frames: set 10 to 25 a second, so that passing plates are seen several times.", NOT_LIVE,
)  # fmt: skip
PROCESSED_RATE = Scale(
    "processed_rate", "1/s", 8, 4, "Enough frames are looked at.",
    "Few frames are looked at: lower frame_skip, use fewer cameras or a lower resolution on this machine.", NOT_LIVE,
)  # fmt: skip
LATENCY = Scale(
    "latency", "ms", 500, 2000, "Events come in time.",
    "Events come late: this machine is busy, or the camera buffers; lower its resolution or frame rate.", NOT_LIVE,
)  # fmt: skip
DROPPED = Scale(
    "dropped", "%", 20, 60, "Few frames are left out.",
    "Many frames are left out because the last one was not done: lower the camera's frame rate or resolution.",
    NOT_LIVE,
)  # fmt: skip
TILT = Scale(
    "plate_tilt", "degrees", 10, 25, "Plates lie level.",
    "Plates lean: turn the camera about its axis until they lie level, or mount it nearer to the lane's middle.",
)  # fmt: skip
SKEW = Scale(
    "plate_skew", "degrees", 15, 30, "Plates are seen nearly from the front.",
    "Plates are seen from the side or from high above: keep the angle to the lane under 30 degrees.",
)  # fmt: skip


class Checks:
    """Raises NotFound for a camera that is not there, or not there for whoever asks."""

    def __init__(self, cameras: Cameras, pool: CameraPool, audit: Audit) -> None:
        self._cameras, self._pool, self._audit = cameras, pool, audit

    def check(self, principal: Principal, camera: str) -> Check:
        """What the camera's last picture and last plates say. Nothing is kept."""
        state = self._cameras.one(principal, camera)
        view, (glances, crops) = self._pool.view(camera), self._pool.glances(camera)
        self._audit.record(principal, "camera checked", camera)
        rows = (
            *plate_rows(glances, crops),
            *picture_rows(view.frame.image if view else None),
            *flow_rows(state.health, live=self._pool.live(camera)),
            *angle_rows(glances),
        )
        return Check(view.frame.time if view else None, len(glances), rows)


def plate_rows(glances: Sequence[Glance], crops: Sequence[Image]) -> Iterator[Row]:
    """Width and sharpness of every vehicle's plate at its best, and what the last crops look like."""
    widest = best(glances, lambda g: g.width)
    yield PLATE_WIDTH.row(median(widest) if widest else None)
    yield PLATE_WIDTH_P10.row(quantiles(widest, n=10, method="inclusive")[0] if len(widest) >= FEW else None)
    sharpest = best(glances, lambda g: g.sharpness)
    yield PLATE_SHARPNESS.row(median(sharpest) if sharpest else None)
    yield blur_row(crops)
    yield PLATE_CLIPPED.row(100 * median(exposure(crop).bright for crop in crops) if crops else None)


def blur_row(crops: Sequence[Image]) -> Row:
    """How much longer things are one way than the other."""
    if not crops:
        return MOTION_BLUR.row(None)
    ratio = median(streak(crop) for crop in crops)
    row = MOTION_BLUR.row(max(ratio, 1 / ratio))
    way = "sideways" if ratio < 1 else "up and down"
    return Row(row.name, row.value, row.unit, row.verdict, row.advice.format(way=way))


def picture_rows(image: Image | None) -> Iterator[Row]:
    """Focus and exposure of the whole picture."""
    light = None if image is None else exposure(image)
    yield PICTURE_SHARPNESS.row(None if image is None else detail(image))
    yield (GLARING if light and light.mean > 0.5 else DIM).row(100 * light.mean if light else None)
    yield CLIPPED_DARK.row(100 * light.dark if light else None)
    yield CLIPPED_BRIGHT.row(100 * light.bright if light else None)


def flow_rows(health: CameraHealth | None, *, live: bool) -> Iterator[Row]:
    """How often and how late pictures come; of a live camera only."""
    now = health if live else None
    yield FRAME_RATE.row(now.fps if now else None)
    yield PROCESSED_RATE.row(now.processed_fps if now else None)
    yield LATENCY.row(now.latency_ms if now else None)
    yield DROPPED.row(100 * now.drops.get("replaced", 0) / now.frames if now and now.frames else None)


def angle_rows(glances: Sequence[Glance]) -> Iterator[Row]:
    """From where plates are seen."""
    yield TILT.row(median(g.tilt for g in glances) if glances else None)
    yield SKEW.row(median(g.skew for g in glances) if glances else None)


def best(glances: Sequence[Glance], value: Callable[[Glance], float]) -> list[float]:
    """Every vehicle's best value: far away all plates are small and soft."""
    found: dict[int, float] = {}
    for glance in glances:
        found[glance.track] = max(value(glance), found.get(glance.track, 0.0))
    return list(found.values())
