"""The dashboard in front of the API: what is its, the policy of its pages, one server beside another."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import cast

import httpx
import pytest

from marque.app import Marque
from marque.config import ServerSettings, Settings, StorageSettings
from marque.web import Dashboard, Services
from marque.web.frame import DOORS

PICTURE = Path(__file__).parents[3] / "docs" / "images" / "scene.jpg"
CALL = """
import sys
from marque.cli import app
try:
    app(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
sys.exit("nicegui" in sys.modules)
"""


@contextmanager
def serving(folder: Path, site: str = "here") -> Iterator[str]:
    """The address of a server that asks nobody who they are."""
    settings = Settings(site=site, storage=StorageSettings(folder=folder), server=ServerSettings(port=0))
    with Marque(settings) as marque:
        assert marque.server is not None
        yield marque.server.url


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("served")) as found:
        yield found


def serves(path: str) -> bool:
    return Dashboard(cast("Services", None)).serves({"type": "http", "path": path})


class TestWhatIsIts:
    @pytest.mark.parametrize("path", [door.path for door in DOORS])
    def test_every_door_leads_to_a_page(self, path: str) -> None:
        assert serves(path)

    @pytest.mark.parametrize("path", ["/reads/0196a1b2", "/cameras/gate", "/_nicegui/x.js", "/_nicegui_ws/socket.io/"])
    def test_pages_of_one_thing_and_the_files_are_its(self, path: str) -> None:
        assert serves(path)

    @pytest.mark.parametrize(
        "path",
        ["/v1/reads", "/docs", "/login", "/metrics", "/health", "/reads", "/reads/1/2", "/searching", "/x/search"],
    )
    def test_everything_else_is_the_apis(self, path: str) -> None:
        assert not serves(path)

    def test_a_path_that_is_nobodys_is_refused_as_by_the_api(self, url: str) -> None:
        for path in ("/nowhere", "/reads/1/2", "/v1/nowhere"):
            answer = httpx.get(url + path)
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"


class TestItsPolicy:
    def test_each_answer_names_a_nonce_of_its_own(self, url: str) -> None:
        answers = [httpx.get(url + "/search", timeout=30) for _ in range(2)]
        nonces = [re.findall(r"'nonce-([^']+)'", answer.headers["content-security-policy"]) for answer in answers]
        assert [len(found) for found in nonces] == [1, 1]
        assert nonces[0] != nonces[1]

    def test_every_script_of_a_page_bears_it(self, url: str) -> None:
        answer = httpx.get(url + "/search", timeout=30)
        (nonce,) = re.findall(r"'nonce-([^']+)'", answer.headers["content-security-policy"])
        assert re.findall(r"<script(?! nonce=)", answer.text) == []
        assert set(re.findall(r"<script nonce=\"([^\"]+)\"", answer.text)) == {nonce}

    def test_no_text_is_evaluated_and_no_page_kept(self, url: str) -> None:
        answer = httpx.get(url + "/search", timeout=30)
        assert "unsafe-eval" not in answer.headers["content-security-policy"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


def test_two_servers_of_a_process_show_each_their_own(tmp_path: Path) -> None:
    with serving(tmp_path / "north", "the north") as north, serving(tmp_path / "south", "the south") as south:
        for url, mine, other in ((north, "the north", "the south"), (south, "the south", "the north")):
            shown = httpx.get(url + "/cameras", timeout=30).text
            assert mine in shown
            assert other not in shown


def test_a_server_goes_on_when_the_one_that_was_there_first_has_ended(tmp_path: Path) -> None:
    with ExitStack() as first:
        first.enter_context(serving(tmp_path / "north", "the north"))
        with serving(tmp_path / "south", "the south") as south:
            first.close()
            assert "the south" in httpx.get(south + "/cameras", timeout=30).text


def test_reading_a_picture_from_the_command_line_loads_no_dashboard() -> None:
    words = [sys.executable, "-c", CALL, "read", str(PICTURE)]
    subprocess.run(words, check=True, capture_output=True, timeout=120)
