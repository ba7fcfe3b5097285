"""The requests in the how-to pages, sent by curl to a real server; what the pages show is what it answers."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archives import Served, some_reads
from marque.api import Server, create_app
from marque.store import open_store

ROOT = Path(__file__).parents[3]
SHOWN = "http://localhost:6277"
STEP = re.compile(r"^```sh\n(?P<sh>.*?)^```(?:\n+```json\n(?P<json>.*?)^```)?", re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    served = Served(open_store(f"sqlite:///{tmp_path}/log.db"), tmp_path)
    for one in some_reads():
        served.keep(one)
    served.clock.advance(3600)
    server = Server(create_app(served.parts), "127.0.0.1", 0, served.parts.closing)
    server.start()
    yield server.url
    server.stop()
    served.store.close()


def steps(page: str) -> list[tuple[list[str], Any]]:
    """The curl commands of a page in their order, each with the JSON shown below it."""
    found = []
    for step in STEP.finditer((ROOT / "docs" / "howto" / page).read_text("utf-8")):
        lines = step["sh"].replace("\\\n", " ").splitlines()
        commands = [line for line in lines if line.startswith("curl ")]
        shown = json.loads(step["json"]) if step["json"] and len(commands) == 1 else None
        found += [(shlex.split(command), shown) for command in commands]
    return found


def within(shown: Any, told: Any) -> bool:
    """Whether an abridged answer is part of a whole one."""
    if isinstance(shown, dict):
        return isinstance(told, dict) and all(name in told and within(shown[name], told[name]) for name in shown)
    if isinstance(shown, list):
        return isinstance(told, list) and len(shown) == len(told) and all(map(within, shown, told))
    return bool(shown == told)


@pytest.mark.parametrize(("page", "least"), [("search.md", 12), ("export.md", 2)])
def test_what_the_page_asks_is_answered_as_it_shows(page: str, least: int, url: str, tmp_path: Path) -> None:
    asked = steps(page)
    assert len(asked) >= least
    for command, shown in asked:
        words = [word.replace(SHOWN, url) for word in command[1:]]
        told = subprocess.run(
            ["curl", "-sS", "--fail-with-body", "--max-time", "30", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert told.returncode == 0, (command, told.stdout, told.stderr)
        assert shown is None or within(shown, json.loads(told.stdout)), (command, told.stdout)
