"""Commands told wrong things answer in plain words; told right things, they do them."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from event_samples import event
from marque.app import open_storage
from marque.cli import COMMANDS, app
from marque.cli.deliveries import dead
from marque.clock import SystemClock
from marque.config import StorageSettings, load
from marque.ports import NewDelivery, Settlement
from marque.store import SqlStore
from marque.types import DeliveryState


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def marque(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_the_version_is_told() -> None:
    assert marque("--version").stdout.startswith("marque ")


def test_help_names_every_command_without_importing_one() -> None:
    code = (
        "import sys; from marque.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'cv2', 'onnxruntime', 'sqlalchemy', 'fastapi', 'av'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 0, told.stderr
    assert not [name for name in COMMANDS if name not in told.stdout]


def test_a_misspelt_command_is_guessed() -> None:
    told = marque("rnu")
    assert told.exit_code == 2
    assert "Did you mean 'run'" in told.stderr


def test_init_writes_a_file_that_check_accepts() -> None:
    assert marque("init").exit_code == 0
    told = marque("check")
    assert (told.exit_code, told.stdout) == (0, "marque.yaml is right: 1 camera, 0 sinks.\n")


def test_init_replaces_nothing_unless_told_to() -> None:
    Path("marque.yaml").write_text("site: mine\n")
    told = marque("init")
    assert (told.exit_code, told.stderr.splitlines()[0]) == (1, "marque.yaml is there already")
    assert load(Path("marque.yaml")).site == "mine"
    assert marque("init", "--force").exit_code == 0


def test_init_prints_when_asked() -> None:
    assert yaml.safe_load(marque("init", "-").stdout)["cameras"][0]["id"] == "gate"


def test_check_names_three_mistakes_in_three_lines() -> None:
    Path("marque.yaml").write_text("server: {prot: 1}\nlog: {level: loud}\ncameras: [{id: a}]\n")
    told = marque("check")
    assert told.exit_code == 2
    assert told.stderr.splitlines() == [
        "marque.yaml:1: unknown key server.prot; did you mean 'port'?",
        "marque.yaml:2: log.level: should be 'debug', 'info', 'warning' or 'error', not 'loud'",
        "marque.yaml:3: cameras[0].source is missing",
        "Mend these lines and run `marque check`.",
    ]


def test_check_knows_what_only_a_source_knows() -> None:
    Path("marque.yaml").write_text("cameras:\n- id: gate\n  source: 'scene:sed=1'\n  regions: [xx]\n")
    told = marque("check")
    assert told.exit_code == 2
    first, second, _ = told.stderr.splitlines()
    assert first == "marque.yaml:3: camera gate: unknown key sed; did you mean 'seed'?"
    assert second.startswith("marque.yaml:4: camera gate: ")


def test_the_configuration_is_shown_without_secrets() -> None:
    Path("marque.yaml").write_text("sinks: [{name: hook, type: webhook, url: 'http://u:pw@h/', secret: c2VjcmV0}]\n")
    told = marque("config", "show")
    assert told.exit_code == 0
    shown = yaml.safe_load(told.stdout)
    assert (shown["sinks"][0]["secret"], shown["sinks"][0]["url"]) == ("*****", "http://u:*****@h/")
    assert shown["server"]["port"] == 6277


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["run"], 1, "there is nothing to watch"),
        (["run", "--config", "nowhere.yaml"], 2, "nowhere.yaml: cannot be read: No such file or directory"),
        (
            ["run", "scene:", "--webhook", "nonsense"],
            1,
            "url: Input should be a valid URL, relative URL without a base",
        ),
        (["run", "scene:", "--regions", "GB!"], 1, "regions.0: String should match pattern"),
        (["run", "scene:sed=1"], 2, "camera scene: unknown key sed; did you mean 'seed'?"),
        (["run", "scene:", "--regions", "xx"], 2, "camera scene: "),
        (["run", "nowhere.mp4", "--no-server"], 1, "nowhere: failed: there is no file 'nowhere.mp4'"),
        (["check"], 2, "marque.yaml: cannot be read: No such file or directory"),
        (["deliveries", "show", "7"], 1, "there is no delivery 7"),
        (["deliveries", "show", "9" * 20], 2, "Invalid value for"),
        (["deliveries", "redrive", "9" * 20], 2, "Invalid value for"),
        (["deliveries", "redrive"], 2, "name the deliveries, or say --all"),
        (["serve", "--data", "/proc/nowhere"], 1, "/proc/nowhere cannot be made"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(words: list[str], status: int, said: str) -> None:
    told = marque(*words)
    assert told.exit_code == status, told.stderr
    assert said in told.stderr
    assert "Traceback" not in told.stderr


def test_a_port_that_is_taken_is_a_sentence_not_a_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = marque("serve", "--port", port)
    assert told.exit_code == 1
    assert told.stderr.splitlines() == [
        f"127.0.0.1:{port} cannot be listened at: Address already in use",
        "Choose another with --port, or `server.port` in the configuration.",
    ]


@pytest.fixture
def store() -> SqlStore:
    """A log with one delivered and two dead deliveries."""
    opened, _ = open_storage(StorageSettings(folder=Path("marque-data")))
    now = SystemClock().now()
    for number in (1, 2, 3):
        opened.append(event(number), [NewDelivery("hook", now)])
    states = [DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.DEAD]
    claimed = sorted(d.id for d in opened.claim("hook", 3, 60, now))
    settled = [Settlement(i, state, "410 Gone") for i, state in zip(claimed, states, strict=True)]
    opened.settle(settled, now)
    opened.close()
    return opened


@pytest.mark.usefixtures("store")
class TestDeliveries:
    def test_they_are_listed_as_a_table_for_people(self) -> None:
        told = marque("deliveries", "list")
        assert told.stdout.count("dead") == 2
        assert "AB12CDE" in told.stdout

    def test_they_are_listed_as_lines_for_programs(self) -> None:
        told = marque("deliveries", "list", "--state", "dead", "--json")
        assert [json.loads(line)["answer"] for line in told.stdout.splitlines()] == ["410 Gone", "410 Gone"]

    def test_one_is_shown_with_its_event(self) -> None:
        shown = json.loads(marque("deliveries", "show", "2").stdout)
        assert (shown["answer"], shown["event"]["schema"]) == ("410 Gone", "marque.event/1")

    def test_dead_ones_are_tried_again(self) -> None:
        assert marque("deliveries", "redrive", "2").stdout == "1 delivery will be tried again.\n"
        assert marque("deliveries", "redrive", "--all").stdout == "1 delivery will be tried again.\n"
        assert marque("deliveries", "redrive", "--all").stdout == "0 deliveries will be tried again.\n"

    def test_one_that_is_refused_anew_meanwhile_is_met_once(self) -> None:
        opened, _ = open_storage(StorageSettings(folder=Path("marque-data")))
        with closing(opened):
            assert list(dead(opened, None)) == [[3, 2]]

    def test_a_delivered_one_is_not_tried_again(self) -> None:
        told = marque("deliveries", "redrive", "1")
        assert (told.exit_code, told.stderr.splitlines()[0]) == (1, "the others are no dead letters")


def test_the_doctor_finds_this_machine_well() -> None:
    told = marque("doctor")
    assert told.exit_code == 0, told.stdout
    assert [line.split()[1] for line in told.stdout.splitlines() if line.startswith("ok")] == [
        "python",
        "packages",
        "extras",
        "device",
        "models",
        "disk",
        "storage",
    ]


def test_the_doctor_tries_the_sinks() -> None:
    Path("marque.yaml").write_text("sinks: [{name: hook, type: webhook, url: 'http://127.0.0.1:9/'}]\n")
    told = marque("doctor")
    assert told.exit_code == 1
    assert "hook (webhook): no answer from http://127.0.0.1:9/" in told.stdout
