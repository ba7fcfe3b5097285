"""All cameras, one thread that sees: one frame per camera and batch, so that none waits for another.

Every source has a thread of its own (:mod:`marque.capture.feed`) and a slot for one frame. The worker takes what is in
the slots, runs the nets over all of it at once, and hands the events on. Cameras come and go while it runs.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Condition, Event, Lock, Thread
from typing import TypeVar

import structlog
from pydantic import ValidationError

from marque import plugins
from marque.capture.camera import Camera, Wanted
from marque.capture.feed import CameraHealth, Feed
from marque.capture.glances import Glance
from marque.capture.ids import uuid7
from marque.capture.outbox import Emit, Outbox
from marque.capture.reading import PlateReader
from marque.capture.rejections import Rejection
from marque.capture.sources import parse_source
from marque.capture.visits import Surroundings, Told
from marque.config import CameraSettings
from marque.errors import ConfigError, Conflict, InferenceError
from marque.ports import Clock, Source, SourceContext, VehicleFinder
from marque.telemetry import Telemetry
from marque.types import Detection, Frame, Image, SeenVehicle

TICK = 0.25
"""seconds the worker waits for frames before it looks at the time"""

LEAVE = 10.0
"""seconds that a removed camera's last events get to be told"""

Out = TypeVar("Out")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """What a camera saw last: the frame, the plates that are tracked in it and the text of each, empty where none is
    known yet. ``stills``: every frame is a picture of its own."""

    frame: Frame
    plates: tuple[tuple[Detection, str], ...] = ()
    stills: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Of the frame, (width, height)."""
        height, width = self.frame.image.shape[:2]
        return width, height


@dataclass(slots=True)
class Lane:
    """One camera's feed and pipeline; ``time`` is that of its last frame. ``leaving``: it was removed, and what is
    still open in it is to be told; ``gone`` is set when that is done."""

    feed: Feed
    camera: Camera
    time: datetime
    closed: bool = False
    view: View | None = None
    leaving: bool = False
    gone: Event = field(default_factory=Event)


class CameraPool:
    """Watches cameras and gives every event, with its pictures ``frame`` and ``plate`` (JPEG), to ``emit``.

    ``reader`` is asked for when the first camera comes, ``finder`` when the first comes that wants vehicles. Raises
    ConfigError or UnknownPlugin when a camera's source cannot be built.
    """

    def __init__(
        self,
        cameras: Sequence[CameraSettings],
        reader: Callable[[], PlateReader],
        emit: Emit,
        clock: Clock,
        telemetry: Telemetry,
        site: str | None = None,
        finder: Callable[[], VehicleFinder] | None = None,
    ) -> None:
        self._nets = reader
        self._finder = finder
        self._clock = clock
        self._telemetry = telemetry
        self._site = site
        self._ready = Condition()
        self._outbox = Outbox(emit, clock, telemetry)
        self._stopping, self._done = Event(), Event()
        self._changing, self._managed = Lock(), False
        self._lanes = [self._lane(c) for c in cameras if c.enabled]
        self._worker = Thread(target=self._work, name="inference", daemon=True)

    @property
    def _reader(self) -> PlateReader:
        return self._nets()

    @property
    def _vehicles(self) -> VehicleFinder:
        if self._finder is None:
            raise ConfigError(["a camera has `vehicles: on`, and nothing here finds vehicles"])
        return self._finder()

    def start(self) -> None:
        """Connect the cameras and begin."""
        for lane in self._lanes:
            lane.feed.start()
        self._worker.start()

    def add(self, settings: CameraSettings) -> None:
        """Watch one more camera. Raises Conflict when it is watched already, ConfigError or UnknownPlugin when its
        source cannot be built."""
        with self._changing:
            if settings.id in self.watched or self._stopping.is_set():
                raise Conflict(f"the camera {settings.id} is watched already, or nothing is watched any more")
            lane = self._lane(settings)
            with self._ready:
                self._managed = True
                self._lanes = [*self._lanes, lane]  # never changed in place: the worker goes through it meanwhile
                self._done.clear()
            if self._worker.is_alive():
                lane.feed.start()

    def remove(self, camera: str) -> bool:
        """Watch a camera no more, once vehicles that are still there were told ``lost``; False when it was not
        watched."""
        with self._changing:
            lane = self._of(camera)
            if lane is None:
                return False
            lane.feed.stop()
            with self._ready:
                self._managed = lane.leaving = True
                self._ready.notify_all()
            if self._worker.is_alive():
                lane.gone.wait(LEAVE)
            with self._ready:
                self._lanes = [one for one in self._lanes if one is not lane]
        self._telemetry.camera_up.labels(camera).set(0)
        return True

    @property
    def watched(self) -> list[str]:
        """Ids of the cameras, in the order they came."""
        return [lane.camera.settings.id for lane in self._lanes]

    def view(self, camera: str) -> View | None:
        """What the camera saw last; None when it is not watched, or has given no frame yet."""
        lane = self._of(camera)
        return lane.view if lane else None

    def live(self, camera: str) -> bool:
        """Whether the camera is watched and gives its frames as they happen."""
        lane = self._of(camera)
        return lane is not None and lane.feed.source.live

    def rejections(self, camera: str) -> list[Rejection]:
        """What the camera saw and did not tell, newest first; nothing when it is not watched."""
        lane = self._of(camera)
        return lane.camera.rejections.all() if lane else []

    def stop(self) -> None:
        """End everything; vehicles still there are told ``lost``."""
        self._stopping.set()
        for lane in self._lanes:
            lane.feed.stop()
        with self._ready:
            self._ready.notify_all()
        if self._worker.is_alive():
            self._worker.join()

    def wait(self, timeout: float | None = None) -> bool:
        """True when every camera's source has ended (a live one never does) and all events are handed on."""
        return self._done.wait(timeout)

    def health(self) -> list[CameraHealth]:
        """How every camera is doing, in the order of the settings."""
        return [lane.feed.health for lane in self._lanes]

    def glances(self, camera: str) -> tuple[list[Glance], list[Image]]:
        """The last plates that the camera read and their crops, oldest first; nothing when it is not watched."""
        lane = self._of(camera)
        return lane.camera.glances.all() if lane else ([], [])

    def _of(self, camera: str) -> Lane | None:
        return next((lane for lane in self._lanes if lane.camera.settings.id == camera), None)

    def _lane(self, settings: CameraSettings) -> Lane:
        source = build_source(settings, self._clock)
        feed = Feed(settings, source, self._ready, self._telemetry, clock=self._clock)
        finds = {"vehicles": self._vehicles.version} if settings.vehicles else {}
        outside = Surroundings(
            interpret=lambda reading, detection, count: self._reader.plate_read(
                reading, detection, settings.regions, count
            ),
            new_id=lambda: uuid7(self._clock.now(), secrets.token_bytes(10)),
            dropped=lambda reason: self._telemetry.drops.labels("visit", reason).inc(),
            models={**self._reader.versions, **finds},
            site=self._site,
        )
        return Lane(feed, Camera(settings, self._reader, outside, stills=source.stills), self._clock.now())

    def _work(self) -> None:
        """The worker: until stopped, batch after batch."""
        while not self._stopping.is_set():
            try:
                self.step(self._batch())
            except Exception:
                log.exception("a batch broke")
                self._telemetry.drops.labels("pool", "broken_batch").inc()
        self._finish(self._lanes)
        self._outbox.flush(now=True)
        for lane in self._lanes:
            lane.gone.set()

    def _batch(self) -> list[tuple[Lane, Frame]]:
        """One frame of every camera that has one; waits up to TICK for the first."""
        with self._ready:
            self._ready.wait_for(self._something, TICK)
        taken = [(lane, lane.feed.slot.take()) for lane in self._lanes]
        return [(lane, frame) for lane, frame in taken if frame is not None]

    def _something(self) -> bool:
        coming = any(lane.feed.slot.full or (lane.leaving and not lane.gone.is_set()) for lane in self._lanes)
        return coming or self._stopping.is_set()

    def step(self, batch: Sequence[tuple[Lane, Frame]]) -> None:
        """See one batch and tell what follows from it."""
        wanted = self._follow(batch)
        with self._timed("recognize", bool(wanted)):
            readings = self._each(self._reader.recognize, [w.crop for _, w in wanted], [lane for lane, _ in wanted])
        for (lane, want), reading in zip(wanted, readings, strict=True):
            self._telemetry.readings.labels(lane.camera.settings.id).inc()
            if reading is not None:
                self._tell(lane.camera.learn(want, reading))
        self._pass_time(batch)
        with self._timed("emit", not self._outbox.empty):
            self._outbox.flush()
        self._measure(batch)
        self._look_around()

    def _measure(self, batch: Sequence[tuple[Lane, Frame]]) -> None:
        """Count what was seen, and how old the frames of live cameras are by now."""
        now, moment = self._clock.now(), self._clock.monotonic()
        for lane, frame in batch:
            lane.feed.meter.taken.count(moment)
            if lane.feed.source.live:
                lane.feed.meter.saw(max(0.0, (now - frame.time).total_seconds()))

    def _look_around(self) -> None:
        """Let go of lanes that were removed; notice when nothing more will come. Whoever takes the last camera out may
        put another in."""
        with self._ready:
            for lane in self._lanes:
                if lane.leaving and lane.closed:
                    lane.gone.set()
            staying = [lane for lane in self._lanes if not lane.leaving]
            over = all(lane.closed for lane in staying) and self._outbox.empty
            if over and (staying or not self._managed):
                self._done.set()

    def _follow(self, batch: Sequence[tuple[Lane, Frame]]) -> list[tuple[Lane, Wanted]]:
        """Detect where something moved, track, and give the crops to be read."""
        with self._timed("gate", bool(batch)):
            looks = [(lane, frame) for lane, frame in batch if lane.camera.looks(frame)]
        with self._timed("detect", bool(looks)):
            found = self._each(self._reader.detect, [f.image for _, f in looks], [lane for lane, _ in looks])
        seen = {id(lane): detections for (lane, _), detections in zip(looks, found, strict=True)}
        vehicles = self._seek(looks)
        with self._timed("track", bool(batch)):
            wanted = [
                (lane, w)
                for lane, frame in batch
                for w in lane.camera.follow(frame, seen.get(id(lane)), vehicles.get(id(lane)))
            ]
        for lane, frame in batch:
            lane.view = View(frame, tuple(lane.camera.plates()), lane.feed.source.stills)
        return wanted

    def _seek(self, looks: Sequence[tuple[Lane, Frame]]) -> Mapping[int, Sequence[SeenVehicle] | None]:
        """The vehicles of the lanes, by id, whose cameras want them now."""
        sought = [(lane, frame) for lane, frame in looks if lane.camera.seeks(frame)]
        if not sought:
            return {}
        with self._timed("vehicles", busy=True):
            found = self._each(self._vehicles.find, [f.image for _, f in sought], [lane for lane, _ in sought])
        return {id(lane): vehicles for (lane, _), vehicles in zip(sought, found, strict=True)}

    def _each(
        self, infer: Callable[[Sequence[Image]], list[Out]], images: Sequence[Image], lanes: Sequence[Lane]
    ) -> Sequence[Out | None]:
        """One result per image. Where the nets fail on the batch they are asked one by one; None: failed alone too."""
        if not images:
            return []
        try:
            return infer(images)
        except InferenceError as error:
            if len(images) > 1:
                pairs = zip(images, lanes, strict=True)
                return [self._each(infer, [image], [lane])[0] for image, lane in pairs]
            self._telemetry.drops.labels("pool", "inference_failed").inc()
            lanes[0].feed.meter.drop("inference_failed")
            log.error("inference failed", camera=lanes[0].camera.settings.id, reason=str(error), hint=error.hint)
            return [None]

    def _pass_time(self, batch: Sequence[tuple[Lane, Frame]]) -> None:
        """Let every camera know what time it is: its frame's, or the clock's where a live camera gives none."""
        for lane, frame in batch:
            lane.time = frame.time
            self._telemetry.frames.labels(frame.camera).inc()
            self._reconsider(lane, frame.time)
            self._tell(lane.camera.tick(frame.time))
        fresh = {id(lane) for lane, _ in batch}
        for lane in self._lanes:
            if lane.feed.source.live and id(lane) not in fresh and not lane.closed:
                lane.time = self._clock.now()
                self._reconsider(lane, lane.time)
                self._tell(lane.camera.tick(lane.time))
        over = [lane for lane in self._lanes if lane.leaving or lane.feed.over]
        self._finish([lane for lane in over if not lane.feed.slot.full])

    def _reconsider(self, lane: Lane, time: datetime | None) -> None:
        """Read what the frames of those who are about to leave (None: of all) show together."""
        for parting in lane.camera.parting(time):
            with self._timed("recognize", busy=True):
                read = self._each(self._reader.recognize, parting.pictures, [lane] * len(parting.pictures))
            readings = [reading for reading in read if reading is not None]
            self._telemetry.readings.labels(lane.camera.settings.id).inc(len(readings))
            self._tell(lane.camera.reconsider(parting, readings, time or lane.time))

    def _finish(self, lanes: Sequence[Lane]) -> None:
        """Tell everything that is still open in these lanes."""
        for lane in lanes:
            if not lane.closed:
                self._reconsider(lane, None)
                self._tell(lane.camera.close(lane.time))
                lane.closed = True

    def _tell(self, told: Sequence[Told]) -> None:
        for event in told:
            self._outbox.put(event)

    @contextmanager
    def _timed(self, stage: str, busy: bool) -> Iterator[None]:
        """Measure a stage, where there is something to do in it."""
        begin = self._clock.monotonic()
        yield
        if busy:
            self._telemetry.stage.labels(stage).observe(self._clock.monotonic() - begin)


def build_source(settings: CameraSettings, clock: Clock) -> Source:
    """The camera's source plugin. Raises ConfigError, UnknownPlugin or MissingExtra."""
    source = settings.source
    options = parse_source(source) if isinstance(source, str) else dict(source)
    kind = str(options.pop("type", ""))
    try:
        built: Source = plugins.build("sources", kind, options, SourceContext(settings.id, clock))
    except ValidationError as error:
        places = [(".".join(map(str, e["loc"])) or "source", e["msg"]) for e in error.errors()]
        raise ConfigError([f"camera {settings.id}: {place}: {what}" for place, what in places]) from error
    return built
