"""Commands that ask a server tell the same as those that ask the log here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner, Result

from event_samples import event
from marque.app import Marque
from marque.cli import app
from marque.config import ReaderSettings, ServerSettings, Settings, StorageSettings
from marque.plates.render import draw_plate


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Marque]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    settings = Settings(
        server=ServerSettings(port=0),
        storage=StorageSettings(folder=tmp_path / "marque-data"),
        reader=ReaderSettings(device="cpu"),  # where the command line reads a few pictures
    )
    with Marque(settings) as running:
        for number, text in enumerate(["AB12CDE", "8BC123", "AB99XYZ"], 1):
            running.log.append(event(number, text))
        yield running


def here(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def there(site: Marque, *words: str) -> Result:
    assert site.server is not None
    return here("--server", site.server.url, *words)


@pytest.mark.parametrize(
    "words",
    [
        ("search", "--json"),
        ("search", "AB?9*", "--json"),
        ("search", "BBC123"),
        ("search", "--camera", "nowhere"),
        ("export", "--limit", "2"),
        ("export", "-f", "jsonl", "--plate", "AB", "--match", "prefix"),
        ("tail", "--after", "1", "--limit", "2", "--json"),
    ],
)
def test_a_server_answers_as_the_log_here_does(site: Marque, words: tuple[str, ...]) -> None:
    local, remote = here(*words), there(site, *words)
    assert (local.exit_code, remote.exit_code) == (0, 0), local.output + remote.output
    assert local.stdout == remote.stdout
    assert local.stdout


def test_a_fuzzy_hit_says_why(site: Marque) -> None:
    told = there(site, "search", "BBC123").stdout
    assert "8BC1 23" in told
    assert "8~B" in told


def test_pictures_are_sent_and_told_as_if_read_here(site: Marque, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "plate.png"), draw_plate("KA07EVE", region="gb", height=120))
    told = [
        json.loads(run.stdout)
        for run in (here("read", "--json", "--crop", "plate.png"), there(site, "read", "--json", "--crop", "plate.png"))
    ]
    for one in told:
        one.pop("ms")
    assert told[0] == told[1]
    assert told[0]["plates"][0]["text"] == "KA07EVE"


def test_a_broken_picture_is_not_sent(site: Marque, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"not a picture")
    told = there(site, "read", "broken.jpg")
    assert told.exit_code == 1
    assert "broken.jpg: this is not a picture." in told.stderr


def test_a_command_for_this_machine_refuses_a_server() -> None:
    told = here("--server", "http://127.0.0.1:1", "doctor")
    assert told.exit_code == 1
    assert told.stderr.splitlines() == [
        "`marque doctor` works on this machine only",
        "Leave out --server. A server can be asked by: export, read, search, tail.",
    ]


def test_a_server_in_the_environment_leaves_other_commands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUE_SERVER", "http://127.0.0.1:1")
    assert here("check", "--help").exit_code == 0


def test_a_server_that_is_away_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = here("--server", "http://127.0.0.1:9", "export")
    assert told.exit_code == 1
    assert told.stderr.splitlines()[0].startswith("http://127.0.0.1:9 does not answer: ")


def test_what_cannot_be_asked_is_said_before_anybody_is() -> None:
    told = here("export", "--since", "noon")
    assert told.exit_code == 2
    assert "'noon' is not a time such as 2026-05-04T12:00" in told.stderr
    told = here("search", "?*-")
    assert told.exit_code == 2
    assert "there is no letter or digit in it" in told.stderr
