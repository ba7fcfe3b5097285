"""``kill -9`` at any instant: what the log accepted reaches the receiver, at least once, always the same."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import sys
from multiprocessing.context import ForkServerContext
from pathlib import Path
from time import sleep

import pytest

import kill_child
from marque.ports import EventQuery
from marque.store import open_store
from marque.store.blobs import open_blobs
from receiver import Receiver, Reply, Request

KILLS = 20


def forkserver(monkeypatch: pytest.MonkeyPatch) -> ForkServerContext:
    """Makes processes that have everything imported, so that kills hit the work and not the start of Python."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["kill_child", "psycopg", "httpcore"])
    return processes


class Moody:
    """Answers every tenth event with 500 when it first comes."""

    def __init__(self) -> None:
        self.refused: set[str] = set()

    def __call__(self, request: Request) -> Reply:
        name = request.headers["webhook-id"]
        if int(name.split("-")[-2]) % 10 == 0 and name not in self.refused:
            self.refused.add(name)
            return Reply(500)
        return Reply()


@pytest.mark.system
@pytest.mark.timeout(170)
def test_nothing_accepted_is_lost(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(6277)
    processes = forkserver(monkeypatch)
    with Receiver(Moody()) as receiver:
        for life in range(KILLS):
            child = processes.Process(
                target=kill_child.run, args=(tmp_path, store_url, receiver.url, 1 + life * 10_000), daemon=True
            )
            child.start()
            if life % 4:  # every fourth is killed while it may still be opening the log
                wait_until_longer(tmp_path / "accepted")
            sleep(chance.uniform(0.0, 0.3))
            child.kill()
            child.join()
            assert child.exitcode == -9
        last = processes.Process(target=kill_child.run, args=(tmp_path, store_url, receiver.url, None), daemon=True)
        last.start()
        last.join(60)
        assert last.exitcode == 0
    accepted = (tmp_path / "accepted").read_text().split()
    assert len(accepted) > KILLS, "the children lived too short to prove anything"
    assert set(accepted) <= taken(receiver)
    assert_repeats_are_equal(receiver)
    assert_every_picture_is_there(tmp_path, store_url)


def wait_until_longer(file: Path) -> None:
    """Wait until the child has noted another event."""
    before = size(file)
    while size(file) == before:
        sleep(0.005)


def size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def taken(receiver: Receiver) -> set[str]:
    """What was answered 204: everything but the first coming of what was refused once."""
    assert isinstance(receiver.reply, Moody)
    refused = receiver.reply.refused
    return {name for name in receiver.ids if name not in refused or receiver.ids.count(name) > 1}


def assert_repeats_are_equal(receiver: Receiver) -> None:
    bodies: dict[str, bytes] = {}
    for request in receiver.requests:
        name = request.headers["webhook-id"]
        assert bodies.setdefault(name, request.body) == request.body
        assert name == "{id}-{revision}".format(**json.loads(request.body))


def assert_every_picture_is_there(folder: Path, store_url: str) -> None:
    store, blobs = open_store(store_url), open_blobs(f"file://{folder}/blobs")
    for one in store.events(EventQuery(limit=10_000)):
        assert blobs.open(one.event.images["frame"]).startswith(b"picture")
    store.close()
