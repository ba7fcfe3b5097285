"""A server that asks who one is, as a process: the first password, a browser's way in, no secret in what it says."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import websockets.sync.client
from websockets.exceptions import InvalidStatus

pytestmark = pytest.mark.system

CONFIG = """\
cameras:
  - id: gate
    source: rtsp://operator:camera-geheim@127.0.0.1:9/stream?password=query-geheim
sinks:
  - {name: hook, type: webhook, url: "http://user:url-geheim@127.0.0.1:9/?token=token-geheim", secret: whsec_%s}
server: {port: 0, authentication: true}
log: {level: debug, style: %s}
"""
SIGNING = "Z2VoZWltLWdlaGVpbS1nZWhlaW0tZ2VoZWlt"
WRITTEN = ("camera-geheim", "query-geheim", "url-geheim", "token-geheim", SIGNING)
"""secrets of the configuration"""
FIRST = re.compile(r"Sign in as admin with the password ([\w-]+)\. It is shown this once")
URL = re.compile(r"Dashboard: (http://[^/]+)/")


@dataclass
class Site:
    """A running server, and what it has said so far."""

    process: subprocess.Popen[str]
    url: str
    password: str
    said: str


@contextmanager
def running(folder: Path, style: str) -> Iterator[Site]:
    (folder / "marque.yaml").write_text(CONFIG % (SIGNING, style))
    words = [sys.executable, "-m", "marque.cli", "run", "--stay", "--config", "marque.yaml"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        try:
            said, url, password = "", "", ""
            while not (url and password):
                line = process.stdout.readline()
                assert line, said
                said += line
                url = found[1] if (found := URL.search(line)) else url
                password = found[1] if (found := FIRST.search(line)) else password
            yield Site(process, url, password, said)
        finally:
            process.kill()


def end(site: Site) -> str:
    """Stop it; everything it said."""
    site.process.send_signal(signal.SIGTERM)
    rest, _ = site.process.communicate(timeout=60)
    return site.said + rest


def listens(url: str, origin: str, cookie: str) -> bool:
    """Whether a page of ``origin`` may open a WebSocket."""
    headers = {"Cookie": f"marque_session={cookie}", "Origin": origin}
    try:
        with websockets.sync.client.connect(f"{url}/v1/live".replace("http", "ws"), additional_headers=headers):
            return True
    except InvalidStatus as refused:
        return refused.response.status_code not in (401, 403)


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_browser_signs_in_listens_and_leaves_and_no_secret_is_said(tmp_path: Path, style: str) -> None:
    with running(tmp_path, style) as site, httpx.Client(base_url=site.url, timeout=60) as browser:
        assert browser.get("/", follow_redirects=True).url.path == "/login"
        wrong = browser.post("/v1/session", json={"name": "admin", "password": "wrong-geheim"})
        signed = browser.post("/v1/session", json={"name": "admin", "password": site.password})
        csrf, cookie = {"X-CSRF-Token": signed.json()["csrf_token"]}, browser.cookies["marque_session"]
        assert browser.get("/").url.path == "/"
        with browser.stream("GET", "/v1/stream") as stream:
            assert next(stream.iter_lines()) == "retry: 2000"
        assert listens(site.url, site.url, cookie)
        assert not listens(site.url, "http://evil.example", cookie)
        assert not listens(site.url, site.url, "")
        made = browser.post("/v1/keys", json={"name": "edge", "role": "viewer"}, headers=csrf).json()["text"]
        bad = browser.get("/v1/events", headers={"X-API-Key": made[:-1] + "!"})
        answers = [browser.get(path).text for path in ("/health", "/v1/audit", "/v1/keys", "/v1/users", "/metrics")]
        assert browser.delete("/v1/session", headers=csrf).status_code == 204
        assert browser.get("/v1/session").status_code == 401
        said = end(site)
    secrets = (*WRITTEN, made.split("_")[2], cookie, "wrong-geheim", csrf["X-CSRF-Token"])
    for secret in (*secrets, site.password):
        told = "".join([*answers, wrong.text, bad.text])
        assert secret not in told
        assert said.count(secret) == (secret == site.password), f"{secret} was said"
    kept = b"".join(path.read_bytes() for path in (tmp_path / "marque-data").glob("marque.db*"))
    assert not [secret for secret in (*secrets, site.password) if secret.encode() in kept]
    if style == "json":
        assert all(json.loads(line) for line in said.splitlines() if line.startswith("{"))


def test_the_configuration_is_shown_without_its_secrets(tmp_path: Path) -> None:
    (tmp_path / "marque.yaml").write_text(CONFIG % (SIGNING, "console"))
    words = [sys.executable, "-m", "marque.cli", "config", "show"]
    shown = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert "operator:*****@" in shown.stdout
    assert not [secret for secret in WRITTEN if secret in shown.stdout + shown.stderr]


def test_a_server_that_asks_nobody_is_not_opened_to_others(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "marque.cli", "serve", "--host", "0.0.0.0"]
    refused = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert refused.stderr == (
        "without authentication the server listens to this machine only, not at 0.0.0.0\n"
        "Set `server.authentication: true` (MARQUE_SERVER__AUTHENTICATION=true), or listen at 127.0.0.1.\n"
    )
