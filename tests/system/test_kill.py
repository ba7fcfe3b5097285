"""``kill -9`` at any instant: what the log accepted reaches the receiver, at least once, always the same."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import sys
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from zlib import crc32

import pytest

import kill_child
from marque.capture.sources import scene
from marque.capture.video import write_video
from marque.queries import EventQuery
from marque.store import SqlStore, open_store
from marque.store.blobs import open_blobs
from receiver import Receiver, Reply, Request

KILLS = 20
"""of a running clip; and of a log, half on each database"""
PATIENCE = 20.0
"""seconds a child may take until it has done something"""

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> ForkServerContext:
    """Makes processes that have everything imported, so that kills hit the work and not the start of Python."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["kill_child", "psycopg", "httpcore", "marque.vision.recognizers.marque"])
    return context


class Moody:
    """Answers every tenth event with 500 when it first comes."""

    def __init__(self) -> None:
        self.refused: set[str] = set()

    def __call__(self, request: Request) -> Reply:
        name = request.headers["webhook-id"]
        if crc32(name.encode()) % 10 == 0 and name not in self.refused:
            self.refused.add(name)
            return Reply(500)
        return Reply()

    def taken(self, ids: list[str]) -> set[str]:
        """What was accepted: everything but the first coming of what was refused once."""
        return {name for name in ids if name not in self.refused or ids.count(name) > 1}


def test_nothing_the_log_accepted_is_lost(tmp_path: Path, store_url: str, processes: ForkServerContext) -> None:
    noted = tmp_path / "accepted"
    with Receiver(mood := Moody()) as receiver:
        for life in range(KILLS // 2):
            work = (kill_child.run_log, tmp_path, store_url, receiver.url, 1 + life * 10_000)
            live_and_die(processes, life, 3 + life, lambda: count_lines(noted), *work)
        finish(processes, tmp_path, store_url, receiver.url)
    accepted = noted.read_text().split()
    assert len(accepted) >= KILLS, "the children lived too short to prove anything"
    assert set(accepted) <= mood.taken(receiver.ids)
    assert_repeats_are_equal(receiver)
    assert_every_picture_is_there(tmp_path, store_url)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short video with vehicle after vehicle, each near enough to be read at once."""
    street = scene.Config(seed=3, vehicles=6, gap=0, speed=8, width=640, height=360, direction="receding")
    near = {frame for one in scene.truth(street) for frame in range(one.first, min(one.first + 10, one.last))}
    path = tmp_path_factory.mktemp("clip") / "near.mp4"
    write_video(path, [image for number, image in enumerate(scene.draw(street)) if number in near], 25)
    return path


def test_nothing_is_lost_of_a_running_clip(
    tmp_path: Path, clip: Path, processes: ForkServerContext, open_log: Callable[[str], SqlStore]
) -> None:
    store_url = f"sqlite:///{tmp_path}/marque.db"
    store = open_log(store_url)
    with Receiver(mood := Moody()) as receiver:
        for life in range(KILLS):
            live_and_die(processes, life, 1, store.last_cursor, kill_child.run_clip, tmp_path, receiver.url, clip)
        finish(processes, tmp_path, store_url, receiver.url)
    stored = [one.event for one in store.events(EventQuery(limit=10_000))]
    assert len(stored) >= KILLS / 2, "the children lived too short to prove anything"
    assert {f"{one.id}-{one.revision}" for one in stored} <= mood.taken(receiver.ids)
    assert_repeats_are_equal(receiver)
    assert_every_picture_is_there(tmp_path, store_url)


def live_and_die(
    processes: ForkServerContext,
    life: int,
    steps: int,
    progress: Callable[[], int],
    work: Callable[..., None],
    *args: Any,
) -> None:
    """Run ``work`` in a process and kill it: every fourth at once, while it may still be starting, the others at a
    random instant after they made so many steps of progress."""
    chance = random.Random(life)
    before = progress()
    child = processes.Process(target=work, args=args, daemon=True)
    child.start()
    end = monotonic() + (PATIENCE if life % 4 else 0)
    while progress() < before + steps and child.is_alive() and monotonic() < end:
        sleep(0.01)
    sleep(chance.uniform(0.0, 0.3))
    child.kill()
    child.join()
    assert child.exitcode in (-9, 0)  # 0: a clip may be over before it is killed


def count_lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def finish(processes: ForkServerContext, folder: Path, store_url: str, url: str) -> None:
    """Deliver what is still owed."""
    last = processes.Process(target=kill_child.run_log, args=(folder, store_url, url, None), daemon=True)
    last.start()
    last.join(60)
    assert last.exitcode == 0


def assert_repeats_are_equal(receiver: Receiver) -> None:
    bodies: dict[str, bytes] = {}
    for request in receiver.requests:
        name = request.headers["webhook-id"]
        assert bodies.setdefault(name, request.body) == request.body
        assert name == "{id}-{revision}".format(**json.loads(request.body))


def assert_every_picture_is_there(folder: Path, store_url: str) -> None:
    store, blobs = open_store(store_url), open_blobs(f"file://{folder}/blobs")
    for one in store.events(EventQuery(limit=10_000)):
        assert one.event.images
        assert all(blobs.open(digest) for digest in one.event.images.values())
    store.close()
