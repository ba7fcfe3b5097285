"""``docs/howto/remote-edge-and-server.md`` as it stands, but for the places of the data and the port."""

from __future__ import annotations

import re
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest
import yaml

from marque.app import Marque
from marque.config import Settings, parse

pytestmark = pytest.mark.system

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "remote-edge-and-server.md"
FENCE = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def settings(number: int, folder: Path, url: str = "") -> Settings:
    """A block of the page at home in ``folder``."""
    given = yaml.safe_load(FENCE.findall(PAGE.read_text())[number].replace("${MARQUE_KEY:-}", "''"))
    given["storage"]["folder"] = str(folder / given["storage"]["folder"])
    if url:
        given["sinks"][0]["url"] = url
    else:
        given["server"]["port"] = 0
    return parse(yaml.safe_dump(given), {})


def test_what_the_edge_reads_is_found_at_the_server_with_its_picture(tmp_path: Path) -> None:
    with Marque(settings(0, tmp_path)) as server:
        assert server.server
        with Marque(settings(1, tmp_path, server.server.url)) as edge:
            end = monotonic() + 120
            while not edge.events_after(0) and monotonic() < end:
                sleep(0.1)
            edge.stop_watching()
            assert edge.drain(60) == 0
            sent = [one.event for one in edge.events_after(0)]
        assert sent
        assert [one.event for one in server.events_after(0)] == sent
        shown = httpx.get(f"{server.server.url}/v1/reads", params={"site": "north", "camera": "gate"}).json()
        assert shown["reads"]
        picture = httpx.get(f"{server.server.url}/v1/events/{sent[0].id}/images/frame")
        assert picture.content.startswith(b"\xff\xd8")
