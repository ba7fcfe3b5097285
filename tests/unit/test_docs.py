"""What the documentation says is true: its code runs, its YAML is valid, its commands and links exist."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer.main

from event_samples import event
from marque.cli import app
from marque.clock import SystemClock
from marque.config import load
from marque.ports import SinkContext
from marque.sinks import webhook
from receiver import Receiver

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def blocks(language: str) -> list[tuple[str, str]]:
    """(page, code) of every fenced block in a language."""
    return [
        (str(page.relative_to(ROOT)), code)
        for page in PAGES
        for found, code in FENCE.findall(page.read_text())
        if found == language
    ]


@pytest.mark.parametrize(("page", "code"), [b for b in blocks("python") if "MARQUE_SERVER" not in b[1]])
def test_python_in_the_docs_runs(page: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(code, page, "exec"), {"__name__": "docs"})


@pytest.mark.parametrize(("page", "code"), [b for b in blocks("yaml") if "cameras:" in b[1]])
def test_configuration_in_the_docs_is_valid(
    page: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in re.findall(r"\$\{(\w+)\}", code):
        monkeypatch.setenv(variable, "c2VjcmV0")
    path = tmp_path / "marque.yaml"
    path.write_text(code)
    assert load(path).cameras, page


def test_the_signature_check_in_the_docs_takes_what_a_webhook_sends_and_nothing_else() -> None:
    (code,) = (code for page, code in blocks("python") if "webhook" in page)
    names: dict[str, Any] = {}
    exec(compile(code, "docs", "exec"), names)
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    with Receiver() as receiver:
        config = webhook.Config.model_validate({"url": receiver.url, "secret": secret})
        with closing(webhook.build(config, SinkContext("web", lambda _: b"", SystemClock()))) as sink:
            assert sink.send([sink.encode(event(1))]) == [None]
    (request,) = receiver.requests
    assert names["is_from_marque"](request.headers, request.body, secret)
    assert not names["is_from_marque"](request.headers, request.body + b" ", secret)
    assert not names["is_from_marque"](request.headers | {"webhook-timestamp": "1700000000"}, request.body, secret)


def find(words: list[str]) -> Any:
    """The command that ``words`` name, as far as they are words of the command line."""
    command: Any = typer.main.get_command(app)
    for word in words:
        if not hasattr(command, "get_command"):
            break
        found = command.get_command(None, word)
        assert found is not None, f"there is no command {word!r}"
        command = found
    return command


def command_lines() -> list[str]:
    return [
        line.split("#")[0].strip()
        for _, code in blocks("sh")
        for line in code.splitlines()
        if line.startswith("marque ")
    ]


@pytest.mark.parametrize("line", command_lines())
def test_every_command_in_the_docs_exists_with_its_options(line: str) -> None:
    words = line.removeprefix("marque ").removeprefix("--server https://plates.example ").split()
    command = find([w for w in words if not w.startswith("-")])
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    used = {w.split("=")[0] for w in words if w.startswith("--")}
    assert used <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [t for t in LINK.findall(page.read_text()) if "://" not in t]
    assert [t for t in targets if not (page.parent / t).exists()] == []
