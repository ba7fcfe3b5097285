"""``marque run`` as a process: a drawn street in; events on stdout, at a webhook, over HTTP and in the log."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from receiver import Receiver

pytestmark = pytest.mark.system

SMALL = "scene:width=640&height=360&fps=10&speed=10&gap=0.2&seed=1"
URL = re.compile(r"Dashboard: (http://[^/]+)/")


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[str]]:
    """``marque`` with these words; killed if it is still there at the end."""
    command = [sys.executable, "-m", "marque.cli", *words]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def revisions(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(event["id"], event["revision"]) for event in events]


def server_of(process: subprocess.Popen[str]) -> str:
    """The address that the process says it serves at."""
    assert process.stderr
    for line in process.stderr:
        if found := URL.match(line):
            return found[1]
    raise AssertionError("it never said where it serves")


def test_a_finite_source_is_read_handed_on_and_left(tmp_path: Path) -> None:
    words = (f"{SMALL}&vehicles=2", "--json", "--port", "0", "--data", str(tmp_path))
    with Receiver() as receiver, running("run", *words, "--webhook", receiver.url) as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    printed = [json.loads(line) for line in out.splitlines()]
    assert [event["schema"] for event in printed] == ["marque.event/1"] * len(printed)
    assert {event["kind"] for event in printed} >= {"new", "lost"}
    got = [json.loads(request.body) for request in receiver.requests]
    assert revisions(got) == revisions([event for event in printed if event["class"] == "normal"])
    assert "vehicles" in err
    assert "still owed" not in err


def test_sigterm_ends_it_cleanly_and_nothing_shown_is_missing_where_it_is_served_again(tmp_path: Path) -> None:
    words = ("run", f"{SMALL}&vehicles=20", "--json", "--port", "0", "--data", str(tmp_path))
    with running(*words) as process:
        url = server_of(process)
        with httpx.stream("GET", f"{url}/v1/stream?after=0", timeout=100) as stream:
            assert next(line for line in stream.iter_lines() if line.startswith("id:")) == "id: 1"
        picture = httpx.get(f"{url}/v1/events").json()["events"][-1]["event"]
        shown = httpx.get(f"{url}/v1/events/{picture['id']}/images/frame?revision=1")
        assert shown.content.startswith(b"\xff\xd8")
        assert httpx.get(f"{url}/health").json()["cameras"][0]["state"] == "up"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    printed = [json.loads(line) for line in out.splitlines()]
    last = {event["id"]: event["kind"] for event in printed}
    assert set(last.values()) == {"lost"}, "every vehicle that was there is told to be gone"
    with running("serve", "--port", "0", "--data", str(tmp_path)) as process:
        page = httpx.get(f"{server_of(process)}/v1/events?order=oldest&limit=200").json()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert revisions([entry["event"] for entry in page["events"]]) == revisions(printed)
