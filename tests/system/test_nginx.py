"""``docs/howto/behind-nginx.md`` with the real nginx: TLS, streams that are not held up, uploads, addresses."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import httpx
import pytest
import yaml
from websockets.sync.client import connect
from websockets.typing import Origin

from event_samples import event
from marque.app import Marque
from marque.clock import SystemClock
from marque.config import parse
from marque.types import PlateEvent
from servers import nginx_server

pytestmark = pytest.mark.system

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "behind-nginx.md"
NAME = "plates.example"


def block(language: str) -> str:
    (code,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return str(code)


def fresh(number: int) -> PlateEvent:
    now = SystemClock().now()
    return replace(event(number), time=now, first_seen=now, last_seen=now)


@pytest.fixture
def marque(tmp_path: Path) -> Iterator[Marque]:
    """As on the page, without its camera, at any port."""
    given = yaml.safe_load(block("yaml")) | {"cameras": [], "storage": {"folder": str(tmp_path / "data")}}
    given["server"]["port"] = 0
    with Marque(parse(yaml.safe_dump(given), {})) as running:
        yield running


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """For the page's name, signed by itself."""
    made, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    names = ["-addext", f"subjectAltName=DNS:{NAME}", "-keyout", str(key), "-out", str(made)]
    subprocess.run(["openssl", *words, *names], check=True, capture_output=True)
    return made, key


@pytest.fixture
def port(marque: Marque, certificate: tuple[Path, Path]) -> Iterator[int]:
    """Where nginx listens with the page's configuration."""
    assert marque.server
    with socket.create_server(("127.0.0.1", 0)) as free:
        found: int = free.getsockname()[1]
    code = block("nginx").replace("listen 443", f"listen 127.0.0.1:{found}")
    code = code.replace("http://127.0.0.1:6277", marque.server.url)
    code = code.replace(f"/etc/ssl/{NAME}.pem", str(certificate[0])).replace(
        f"/etc/ssl/{NAME}.key", str(certificate[1])
    )
    with nginx_server(code, found):
        yield found


@pytest.fixture
def trust(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate[0]))


@pytest.fixture
def api(port: int, trust: ssl.SSLContext) -> Iterator[httpx.Client]:
    """A client that knows where the name leads."""
    with httpx.Client(
        base_url=f"https://127.0.0.1:{port}", verify=trust, timeout=30, headers={"host": f"{NAME}:{port}"}
    ) as client:
        client.event_hooks["request"] = [lambda request: request.extensions.update(sni_hostname=NAME)]
        yield client


def test_the_api_answers_over_tls_by_its_name_only(api: httpx.Client) -> None:
    assert api.get("/health").json()["status"] == "ok"
    assert api.get("/health", headers={"host": "other.example"}).status_code == 421


def test_events_stream_through_unbuffered(api: httpx.Client, marque: Marque) -> None:
    with api.stream("GET", "/v1/stream?after=0") as stream:
        lines = stream.iter_lines()
        for number in (1, 2, 3):
            sent = monotonic()
            marque.log.append(fresh(number))
            data = next(line for line in lines if line.startswith("data:"))
            assert json.loads(data[5:])["id"] == fresh(number).id
            assert monotonic() - sent < 10  # a buffer would keep it for good


def test_a_websocket_passes(port: int, trust: ssl.SSLContext, marque: Marque) -> None:
    raw = socket.create_connection(("127.0.0.1", port))
    url = f"wss://{NAME}:{port}/v1/live?after=0"
    origin = Origin(f"https://{NAME}:{port}")
    with connect(url, sock=raw, ssl=trust, server_hostname=NAME, origin=origin) as live:
        marque.log.append(fresh(1))
        told = json.loads(live.recv(timeout=20))
        while told["type"] != "events":
            told = json.loads(live.recv(timeout=20))
    assert [entry["event"]["id"] for entry in told["events"]] == [fresh(1).id]


def test_uploads_have_nginxs_limit_and_then_ours(api: httpx.Client) -> None:
    jpeg = {"content-type": "image/jpeg"}
    ours = api.post("/v1/read", content=bytes(33_000_000), headers=jpeg)
    assert (ours.status_code, ours.headers["content-type"]) == (413, "application/problem+json")
    theirs = api.post("/v1/read", content=bytes(68_000_000), headers=jpeg)
    assert (theirs.status_code, theirs.headers["content-type"]) == (413, "text/html")


def test_the_audit_has_the_address_that_nginx_saw_and_none_that_is_only_claimed(
    port: int, trust: ssl.SSLContext, marque: Marque
) -> None:
    assert marque.server
    claimed, asked = {"x-forwarded-for": "203.0.113.9"}, {"plate": "AB12CDE"}
    somebody = httpx.HTTPTransport(local_address="127.0.0.2", verify=trust)
    with httpx.Client(transport=somebody) as client:
        there = httpx.Request("GET", f"https://127.0.0.1:{port}/v1/reads", params=asked, headers=claimed)
        there.headers["host"], there.extensions["sni_hostname"] = NAME, NAME
        past = httpx.Request("GET", f"{marque.server.url}/v1/reads", params=asked, headers=claimed)
        for request in (there, past):
            assert client.send(request).status_code == 200
    entries = httpx.get(f"{marque.server.url}/v1/audit").json()["entries"]
    assert [one["address"] for one in entries] == ["127.0.0.2"] * 2
