"""``docs/howto/users-and-keys.md``, from top to bottom, against a running server."""

from __future__ import annotations

import csv
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marque.app import Marque
from marque.cli import app
from marque.config import parse

pytestmark = pytest.mark.system

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "users-and-keys.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
KEPT = re.compile(r"([A-Z_]+)=\$\((.*)\)")
PIPED = re.compile(r"printf '(.*)\\n' \| (.*)")


def blocks(language: str) -> list[str]:
    return [code for found, code in FENCE.findall(PAGE.read_text()) if found == language]


def marque(line: str, typed: str = "") -> str:
    """Run the command here: a process of its own would take seconds to begin."""
    done = CliRunner().invoke(app, shlex.split(line)[1:], input=typed)
    assert done.exit_code == 0, f"{line}: {done.output}"
    return done.stdout


def perform(line: str, variables: dict[str, str]) -> str:
    """One line of the page, as a shell would do it; what it prints."""
    if found := KEPT.fullmatch(line):
        variables[found[1]] = marque(found[2]).strip()
        return ""
    if found := PIPED.fullmatch(line):
        return marque(found[2], found[1] + "\n")
    if line.startswith("marque "):
        return marque(line)
    done = subprocess.run(
        ["bash", "-c", line], env=os.environ | variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
    return done.stdout


def test_its_settings_are_right() -> None:
    first, second = (parse(code, {}) for code in blocks("yaml"))
    assert (first.server.authentication, len(second.server.camera_networks)) == (True, 2)


def test_its_commands_do_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    variables: dict[str, str] = {}
    with Marque(parse("server: {port: 0, authentication: true}", {})) as site:
        assert site.server
        lines = "".join(blocks("sh")).replace("http://localhost:6277", site.server.url).splitlines()
        said = "".join(perform(line, variables) for line in lines if line)
    assert "investigator now, everywhere" in said
    assert '"kind":"key"' in said
    assert '"cameras":["gate"]' in said
    with (tmp_path / "audit.csv").open() as file:
        actions = {row["action"] for row in csv.DictReader(file)}
    assert actions >= {"user added", "user changed", "key added", "key revoked", "plate searched", "signed in"}
