"""A site to show: a harbour on a summer's afternoon, with four weeks of passes behind it. Its vehicles are drawn, and
read by Marque itself; every run tells the same story.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby, islice
from pathlib import Path
from threading import Thread
from typing import Any

import cv2
from numpy.random import default_rng

from marque.access.scopes import Role, everything
from marque.app import Marque
from marque.capture.ids import uuid7
from marque.capture.pool import CameraPool
from marque.capture.sources import scene
from marque.clock import SystemClock
from marque.config import CameraSettings, Settings
from marque.plates import normalize
from marque.telemetry import Telemetry, setup_logs
from marque.types import PlateEvent
from marque.vision.reader import Reader

NOW = datetime(2026, 6, 17, 12, 36, 20, tzinfo=UTC)
ZONE = "Europe/Berlin"
DAYS, PASSES, LATELY = 28, 4000, 64
"""how far back it goes, how many passes that makes, and how many of them are new enough to have pictures"""
BY_HOUR = (1, 1, 1, 1, 2, 6, 14, 26, 22, 15, 12, 12, 14, 13, 14, 18, 23, 20, 13, 8, 5, 4, 3, 2)
PASSWORD = "nine tall birches"
USERS = {"kim": Role.OPERATOR, "robin": Role.INVESTIGATOR, "sam": Role.VIEWER}
TOOK, REFUSED = "bookings", "barrier"
"""sinks: one that takes everything, and one that refuses some"""

Told = tuple[PlateEvent, Mapping[str, bytes]]


@dataclass(frozen=True)
class Place:
    """A camera: what it looks at, which of its vehicles stand there now, and the share of all passes that it sees."""

    name: str
    scene: scene.Config
    share: float
    zone: str
    standing: int = 1


PLACES = (
    Place("north-gate", scene.Config(seed=3, vehicles=7, direction="approaching", fps=8, gap=0.4), 0.5, "entry"),
    Place("south-gate", scene.Config(seed=21, vehicles=5, direction="receding", fps=8, gap=0.4), 0.35, "exit"),
    Place("quay", scene.Config(seed=8, vehicles=4, direction="approaching", fps=8, gap=0.4, night=True), 0.15, "quay"),
)


class StoryClock:
    """Begins at NOW with the story, and goes on as time does."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.monotonic() - self._began)

    def monotonic(self) -> float:
        return time.monotonic()


@contextmanager
def showcase(folder: Path) -> Iterator[tuple[Marque, list[PlateEvent]]]:
    """The site, running: users, sinks and cameras, what passed, and what is just there. Beside it what passed lately,
    the newest last, each as it was told of in the end."""
    setup_logs("error")
    seen = [passes(place) for place in PLACES]
    with ExitStack() as opened:
        around = opened.enter_context(surroundings([standing(place) for place in PLACES], seen[0][0][-1][0]))
        marque = Marque(settings(folder, around), StoryClock())
        opened.callback(marque.stop)
        lately = tell(marque, seen)  # before any camera gives pictures, which this would hold up
        marque.start()
        people(marque)
        marque.drain(20)
        yield marque, lately


# -- what passes -------------------------------------------------------------------------------------------------------


def passes(place: Place) -> list[list[Told]]:
    """What Marque says of the vehicles of a drawn street, pass by pass, with its pictures."""
    told: list[Told] = []
    reader = Reader()
    source = {"type": "scene", **place.scene.model_dump()}
    camera = CameraSettings.model_validate({"id": place.name, "source": source, "timezone": ZONE})
    pool = CameraPool(
        [camera], lambda: reader, lambda *one: told.append(one), SystemClock(), Telemetry(), site="harbour"
    )
    pool.start()
    pool.wait()
    pool.stop()
    told.sort(key=lambda one: (one[0].id, one[0].revision))
    return [list(several) for _, several in groupby(told, key=lambda one: one[0].id)]


def again(pass_: Sequence[Told], when: datetime, number: int) -> list[Told]:
    """The same pass at another time, under an identity of its own."""
    made = uuid7(when, number.to_bytes(10, "big"))
    shift = when - pass_[0][0].first_seen

    def moved(one: PlateEvent) -> PlateEvent:
        times = {name: getattr(one, name) + shift for name in ("time", "first_seen", "last_seen")}
        return replace(one, id=made, **times)

    return [(moved(event), pictures) for event, pictures in pass_]


def schedule(luck: random.Random) -> tuple[list[datetime], list[datetime]]:
    """When vehicles passed long ago, by the hour of the day, fewer at weekends; and when lately."""
    hours = [NOW.replace(minute=0, second=0) - timedelta(hours=n) for n in range(3, 24 * DAYS)]
    weights = [BY_HOUR[(hour.hour + 2) % 24] * (0.35 if hour.weekday() > 4 else 1) for hour in hours]
    long_ago = [hour + timedelta(seconds=luck.random() * 3600) for hour in luck.choices(hours, weights, k=PASSES)]
    lately = [NOW - timedelta(seconds=20 + 140 * n + luck.random() * 90) for n in range(LATELY)]
    return sorted(long_ago), lately[::-1]


def tell(marque: Marque, seen: Sequence[Sequence[Sequence[Told]]]) -> list[PlateEvent]:
    """Put the story into the log: what is long ago as it ended, what is new with its pictures, to all sinks. Gives what
    is new. ``seen``: the passes that each camera can have."""
    luck, letters = random.Random(6277), default_rng(6277)
    texts = [normalize(scene.plate_text(letters)) for _ in range(400)]
    long_ago, lately = schedule(luck)
    old: list[tuple[PlateEvent, tuple[()]]] = []
    for number, when in enumerate(long_ago):
        of_camera = luck.choices(seen, [place.share for place in PLACES])[0]
        made = again(luck.choice(of_camera), when, number)[-1][0]
        old.append((renamed(made, texts[int(len(texts) * luck.random() ** 2)], luck), ()))
    for start in range(0, len(old), 1000):
        marque.store.append_many(old[start : start + 1000])
    several = [one for of_camera in seen for one in of_camera]
    luck.shuffle(several)
    new = [again(several[n % len(several)], when, PASSES + n) for n, when in enumerate(lately)]
    marque.log.append_many([told for one in new for told in one])
    return [one[-1][0] for one in new]


def renamed(event: PlateEvent, text: str, luck: random.Random) -> PlateEvent:
    """Another vehicle's pass like this one, long ago: only what was read is left of it."""
    if event.read is None:
        return replace(event, revision=1)
    read = replace(event.read, text=text, raw=text, display="", candidates=(), characters=(), format=None, region=None)
    return replace(event, revision=1, read=replace(read, confidence=1 - luck.random() ** 3 / 3), changes={})


# -- what is around it -------------------------------------------------------------------------------------------------


def standing(place: Place) -> bytes:
    """The picture that a camera shows now: one of its vehicles, near enough to be read."""
    one = scene.truth(place.scene)[place.standing]
    image = next(islice(scene.draw(place.scene), round(one.first + 0.75 * (one.last - one.first)), None))
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 92])[1])


@contextmanager
def surroundings(pictures: Sequence[bytes], refused: PlateEvent) -> Iterator[str]:
    """A server that is the cameras (``/0``, ``/1`` ...) and takes what the sinks send, but not one plate."""
    unknown = (refused.read.text if refused.read else "?").encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(200, pictures[int(self.path[1:])], "image/jpeg")

        def do_POST(self) -> None:
            known = unknown not in self.rfile.read(int(self.headers["Content-Length"])) or TOOK in self.path
            self.answer(200 if known else 422, b"" if known else b"no booking for this vehicle", "text/plain")

        def answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def settings(folder: Path, around: str) -> Settings:
    """Three cameras that see something, one that is away."""
    zone = {"name": "", "polygon": [(0.04, 0.62), (0.5, 0.5), (0.97, 0.64), (0.97, 0.98), (0.04, 0.98)]}
    cameras: list[dict[str, Any]] = [
        {"id": place.name, "source": f"{around}/{number}", "zones": [zone | {"name": place.zone}]}
        for number, place in enumerate(PLACES)
    ]
    cameras.append({"id": "ferry-ramp", "source": "http://127.0.0.1:9/snapshot.jpg"})
    sinks: list[dict[str, Any]] = [
        {"name": name, "type": "webhook", "url": f"{around}/{name}"} for name in (TOOK, REFUSED)
    ]
    sinks[1]["filter"] = {"kinds": ["lost"]}
    chosen = {
        "site": "harbour",
        "cameras": [{"timezone": ZONE, "motion_gate": False, "lost_after": 3600, **one} for one in cameras],
        "sinks": [{**one, "batch": 1} for one in sinks],
        "storage": {"folder": str(folder)},
        "server": {"port": 0, "authentication": True},
    }
    return Settings.model_validate(chosen)


def people(marque: Marque) -> None:
    """Users of each role, and keys of two programs."""
    admin = everything("command line")
    marque.desk.users.set_password(admin, "admin", PASSWORD)
    for name, role in USERS.items():
        marque.desk.users.add(admin, name, role, password=PASSWORD)
    marque.desk.keys.add(admin, "edge at the north gate", role=Role.OPERATOR)
    marque.desk.keys.add(admin, "reports", role=Role.INVESTIGATOR)
