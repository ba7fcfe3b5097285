"""Cameras while Marque runs: those of the configuration file, and those added through the API, which are kept in the
database. The file has the last word on its own: they can be stopped and started here, not changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Lock, Thread
from typing import Any

import cv2
import numpy as np
import structlog
import yaml
from pydantic import ValidationError

from marque.access.audit import Audit
from marque.capture.feed import CameraHealth
from marque.capture.pool import CameraPool, View, build_source
from marque.config import CameraSettings, masked
from marque.config.document import read_document
from marque.errors import Conflict, MarqueError, NotFound, Overloaded, Unacceptable
from marque.ports import Clock
from marque.services.looks import Looks
from marque.services.seats import Seats
from marque.services.sources import SourceGuard, unmasked
from marque.store.cameras import CameraRows, KeptCamera
from marque.types import Frame, Image, Principal
from marque.vision.image import outlined

WATCHERS = 16
"""live pictures at a time"""
TRIES = 2
"""sources tried at a time"""
PATIENCE = 15.0
"""seconds a source that is tried gets for its first frame"""
QUALITY = (cv2.IMWRITE_JPEG_QUALITY, 80)


@dataclass(frozen=True, slots=True)
class CameraState:
    """One camera as people see it. ``origin``: file or api. ``settings`` have masks for passwords. ``running``: whether
    it is to be watched; ``health``: how that goes, None where it is not; ``picture``: whether there is one."""

    settings: dict[str, Any]
    origin: str
    running: bool
    health: CameraHealth | None
    changed_by: str = ""
    picture: bool = False


class Cameras:
    """``pool`` watches. ``watching`` is False for a process that only serves. ``claim``: whether those that were added
    through the API are this process's to watch, asked at the start: where several run over one database, one does.
    Passwords come in and never go out."""

    def __init__(
        self,
        configured: Sequence[CameraSettings],
        rows: CameraRows,
        pool: CameraPool,
        guard: SourceGuard,
        audit: Audit,
        clock: Clock,
        site: str | None = None,
        watching: bool = True,
        claim: Callable[[], bool] = lambda: True,
    ) -> None:
        self._claim, self._claimed = claim, False
        self._configured = {camera.id: camera for camera in configured}
        self._rows, self._pool, self._guard = rows, pool, guard
        self._audit, self._clock, self.site, self._watching = audit, clock, site, watching
        self._changing, self._looks = Lock(), Looks(audit, clock)
        self.watchers = Seats(WATCHERS, too_many)
        busy = "other sources are being tried already"
        self._tries = Seats(TRIES, lambda: Overloaded(busy, hint="Try again in a few seconds.", retry_after=5))

    def start(self) -> None:
        """Watch the kept cameras that are to run; one that cannot be is said in the log and does not stop the rest."""
        self._claimed = self._watching and self._claim()
        if self._watching and not self._claimed:
            hint = "They are watched here from the next start on that finds them free; those of the file are watched."
            structlog.get_logger().warning("another process watches the cameras added through the API", hint=hint)
        for camera, origin, running in self._known().values():
            if not self._watches(origin) or running == (camera.id in self._pool.watched):
                continue
            if not running:
                self._pool.remove(camera.id)
                structlog.get_logger().info("camera was stopped through the API", camera=camera.id)
                continue
            try:
                self._pool.add(camera)
            except MarqueError as error:
                log = structlog.get_logger()
                log.error("a camera cannot be watched", camera=camera.id, origin=origin, reason=str(error))

    def all(self, principal: Principal) -> list[CameraState]:
        """Those that the principal may see, the file's first."""
        health = {one.camera: one for one in self._pool.health()}
        by = {one.id: one.changed_by for one in self._rows.all()}
        return [
            CameraState(
                masked(camera.model_dump(mode="json")),
                origin,
                running,
                health.get(camera.id),
                by.get(camera.id, ""),
                self._pool.view(camera.id) is not None,
            )
            for camera, origin, running in self._known().values()
            if self._sees(principal, camera.id)
        ]

    def one(self, principal: Principal, camera: str) -> CameraState:
        """Raises NotFound."""
        found = next((one for one in self.all(principal) if one.settings["id"] == camera), None)
        if found is None:
            raise NotFound(f"there is no camera {camera}")
        return found

    def add(self, principal: Principal, settings: CameraSettings) -> None:
        """Raises Conflict for an id that is taken, Unacceptable for a source that may not be."""
        with self._changing:
            if settings.id in self._known():
                raise Conflict(f"there is a camera {settings.id} already", hint="Choose another id.")
            self._keep(principal, "camera added", self._checked(settings, None))

    def change(self, principal: Principal, camera: str, settings: CameraSettings) -> None:
        """Raises NotFound, Conflict for a camera of the file, Unacceptable."""
        with self._changing:
            old = self._own(principal, camera)
            if settings.id != camera:
                raise Unacceptable("the id of a camera stays", field="id", hint="Add another camera instead.")
            self._keep(principal, "camera changed", self._checked(settings, old))

    def remove(self, principal: Principal, camera: str) -> None:
        """Raises NotFound, Conflict for a camera of the file."""
        with self._changing:
            self._own(principal, camera)
            self._rows.remove(camera)
            self._audit.record(principal, "camera removed", camera)
            self._pool.remove(camera)

    def run(self, principal: Principal, camera: str, running: bool) -> None:
        """Start or stop a camera, and keep it so after a restart. Raises NotFound."""
        with self._changing:
            self.one(principal, camera)
            settings, origin, _ = self._known()[camera]
            kept = settings.model_dump(mode="json") if origin == "api" else None
            self._rows.put(KeptCamera(camera, kept, running, self._clock.now(), principal.name))
            self._audit.record(principal, "camera started" if running else "camera stopped", camera)
            self._pool.remove(camera)
            if running and self._watches(origin):
                self._pool.add(settings)

    def picture(self, principal: Principal, camera: str, overlay: bool, width: int | None = None) -> bytes:
        """What the camera saw last, as JPEG, at most ``width`` pixels wide. Who looks on looks once: that is written
        down every ten minutes. Raises NotFound where there is nothing yet."""
        self.one(principal, camera)
        view = self._pool.view(camera)
        if view is None:
            raise NotFound(f"the camera {camera} has no picture yet", hint="Is it running?")
        self._looks.note(principal, "camera looked at", camera)
        return jpeg(smaller(drawn(view) if overlay else view.frame.image, width))

    def sequence(self, camera: str) -> int | None:
        """Number of the camera's last frame; None when it is not watched, or gave none yet."""
        view = self._pool.view(camera)
        return view.frame.sequence if view else None

    def watched(self, camera: str) -> bool:
        """Whether the camera is being watched."""
        return camera in self._pool.watched

    def attempt(self, principal: Principal, settings: CameraSettings) -> bytes:
        """One frame of a source, as JPEG. Raises Unacceptable with what the source said, Overloaded."""
        known = self._known().get(settings.id)
        checked = self._checked(settings, known[0] if known else None)
        with self._tries.one():
            self._audit.record(principal, "camera tried", settings.id)
            return jpeg(self._first(checked).image)

    def exported(self, principal: Principal, secrets: bool = False) -> str:
        """The cameras as the configuration file would hold them."""
        entries = [
            camera.model_dump(mode="json", exclude_defaults=True) | ({} if running else {"enabled": False})
            for camera, _, running in self._known().values()
            if self._sees(principal, camera.id)
        ]
        self._audit.record(principal, "cameras exported", detail={"secrets": secrets}, results=len(entries))
        shown = entries if secrets else masked(entries)
        return yaml.safe_dump({"cameras": shown}, sort_keys=False, allow_unicode=True)

    def imported(self, principal: Principal, text: str) -> int:
        """Add and change the cameras of a configuration; those of this server's file, and those that it does not name,
        stay. How many there were. Raises Unacceptable, and then nothing was changed."""
        with self._changing:
            known = self._known()
            wanted = [(number, one) for number, one in enumerate(_parsed(text)) if one.id not in self._configured]
            checked = [self._taken(number, one, known) for number, one in wanted]
            self._keep(principal, "camera imported", *checked)
            return len(checked)

    def _known(self) -> dict[str, tuple[CameraSettings, str, bool]]:
        """Every camera: its settings, where they are from, whether it is to run."""
        kept = self._rows.all()
        known = {name: (camera, "file", camera.enabled) for name, camera in self._configured.items()}
        for one in kept:
            if one.id in known:
                known[one.id] = (known[one.id][0], "file", one.running)
            elif one.settings is not None:
                known[one.id] = (CameraSettings.model_validate(one.settings), "api", one.running)
        return known

    def _own(self, principal: Principal, camera: str) -> CameraSettings:
        """A camera that may be changed here."""
        if self.one(principal, camera).origin == "file":
            hint = "Change it there, or remove it there and add it here."
            raise Conflict(f"the camera {camera} is in the configuration file", hint=hint)
        return self._known()[camera][0]

    def _checked(self, settings: CameraSettings, old: CameraSettings | None) -> CameraSettings:
        source = unmasked(settings.source, old.source if old else None)
        self._guard.check(source)
        return settings.model_copy(update={"source": source})

    def _taken(
        self, number: int, settings: CameraSettings, known: Mapping[str, tuple[CameraSettings, str, bool]]
    ) -> CameraSettings:
        """One of those that are imported."""
        try:
            return self._checked(settings, known[settings.id][0] if settings.id in known else None)
        except Unacceptable as error:
            raise Unacceptable(str(error), field=f"cameras.{number}.{error.field}", hint=error.hint) from error

    def _keep(self, principal: Principal, action: str, *settings: CameraSettings) -> None:
        now, by = self._clock.now(), principal.name
        self._rows.put(*(KeptCamera(one.id, one.model_dump(mode="json"), one.enabled, now, by) for one in settings))
        for one in settings:
            self._audit.record(principal, action, one.id)
            self._pool.remove(one.id)
            if one.enabled and self._watches("api"):
                self._pool.add(one)

    def _watches(self, origin: str) -> bool:
        """Whether it is this process that watches a camera of there."""
        return self._watching and (origin == "file" or self._claimed)

    def _sees(self, principal: Principal, camera: str) -> bool:
        within = principal.within
        here = within.sites is None or self.site in within.sites
        return here and (within.cameras is None or camera in within.cameras)

    def _first(self, settings: CameraSettings) -> Frame:
        """The first frame, of a thread that is left behind when the source hangs."""
        source, got = build_source(settings, self._clock), Queue[Frame | Exception](1)

        def read() -> None:
            try:
                got.put(next(iter(source)))
            except Exception as error:  # noqa: BLE001 - a source of somebody else's may raise anything
                got.put(error)

        with closing(source):
            Thread(target=read, name=f"try-{settings.id}", daemon=True).start()
            try:
                found = got.get(timeout=PATIENCE)
            except Empty:
                raise Unacceptable(f"no picture came within {PATIENCE:g} s", field="source") from None
        if isinstance(found, Frame):
            return found
        raise Unacceptable(str(found) or repr(found), field="source", hint=getattr(found, "hint", "")) from found


def too_many() -> Overloaded:
    """For whom there is no place to watch."""
    return Overloaded("too many people are watching already", hint="Try again later.", retry_after=10)


def _parsed(text: str) -> list[CameraSettings]:
    """The cameras in a configuration. Variables are not filled in: this environment is not the sender's to read."""
    document = read_document("body", text, {})
    if document.problems:
        raise Unacceptable(document.problems[0], field="body")
    entries = document.data.get("cameras") if isinstance(document.data, Mapping) else None
    if not isinstance(entries, list):
        raise Unacceptable("there is no list `cameras`", field="cameras")
    return [_camera(number, entry) for number, entry in enumerate(entries)]


def _camera(number: int, entry: Any) -> CameraSettings:
    try:
        return CameraSettings.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, ("cameras", number, *first["loc"])))
        raise Unacceptable(str(first["msg"]), field=place) from error


def drawn(view: View) -> Image:
    """The view with its plates' corners and texts on it."""
    return outlined(view.frame.image, [(plate.quad, plate.box, text) for plate, text in view.plates])


def smaller(image: Image, width: int | None) -> Image:
    """The picture, at most ``width`` pixels wide."""
    height, wide = image.shape[:2]
    if width is None or wide <= width:
        return image
    size = (width, max(1, round(height * width / wide)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def jpeg(image: Image) -> bytes:
    """The picture as JPEG."""
    return bytes(np.asarray(cv2.imencode(".jpg", image, QUALITY)[1]).tobytes())
