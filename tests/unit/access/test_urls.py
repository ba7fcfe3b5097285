"""What is set through the API leads out of the site unless the configuration allows more."""

from __future__ import annotations

import pytest

from marque.access.urls import UrlGuard
from marque.errors import Unacceptable

NAMES = {
    "hooks.example": ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
    "inside.example": ["10.1.2.3"],
    "both.example": ["93.184.215.14", "127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "nvr.local": ["192.168.10.7"],
}


def look_up(host: str) -> list[str]:
    """A directory of some names; a literal address is its own."""
    if host in NAMES:
        return NAMES[host]
    if host == "nowhere.example":
        raise OSError("no such name")
    return [host]


@pytest.mark.parametrize(
    "url", ["https://hooks.example/plates?x=1", "http://8.8.8.8:8080/", "https://[2606:4700::1111]/"]
)
def test_a_public_address_will_do(url: str) -> None:
    UrlGuard(lookup=look_up).check(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.9.9.9:6277/v1/users",
        "http://0.0.0.0/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://100.100.100.200/",
        "http://169.254.169.254/latest/meta-data/",
        "http://168.63.129.16/machine",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://224.0.0.1/",
        "http://[ff02::1]/",
        "http://255.255.255.255/",
        "http://240.0.0.1/",
        "http://inside.example/",
        "http://both.example/",
        "http://metadata.google.internal/",
        "http://public.example@127.0.0.1/",
    ],
)
def test_an_address_inside_is_refused(url: str) -> None:
    with pytest.raises(Unacceptable, match="is not a public address") as refused:
        UrlGuard(lookup=look_up).check(url)
    assert refused.value.hint == "It lies inside the site, where this server fetches nothing for others."
    assert refused.value.field == "url"


@pytest.mark.parametrize("url", ["http://2130706433/", "http://0x7f000001/", "http://127.1/", "http://localhost/"])
def test_however_loopback_is_written_the_system_knows_it(url: str) -> None:
    with pytest.raises(Unacceptable, match="is not a public address"):
        UrlGuard().check(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("file:///etc/passwd", "this is no URL of https or http"),
        ("gopher://hooks.example/", "this is no URL of https or http"),
        ("hooks.example", "this is no URL of https or http"),
        ("https://", "this is no URL of https or http"),
        ("", "this is no URL of https or http"),
        ("https://hooks.example/\r\nHost: x", "this is no URL of https or http"),
        ("https://[::1", "this is no URL"),
        ("https://hooks.example:99999/", "this is no URL"),
        ("https://nowhere.example/", "nowhere.example cannot be looked up"),
    ],
)
def test_what_is_no_url_is_refused(url: str, why: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        UrlGuard(lookup=look_up).check(url)
    assert str(refused.value) == why


def test_a_refusal_shows_no_password() -> None:
    with pytest.raises(Unacceptable) as refused:
        UrlGuard(lookup=look_up).check("http://user:geheim@10.0.0.1/?token=geheim")
    assert "geheim" not in f"{refused.value} {refused.value.hint}"


@pytest.mark.parametrize("allowed", ["192.168.10.0/24", "192.168.10.7", "NVR.local"])
def test_what_the_configuration_allows_may_be_used(allowed: str) -> None:
    UrlGuard([allowed], look_up).check("rtsp://admin:x@nvr.local:554/1", schemes=("rtsp", "rtsps"))


def test_an_allowed_network_allows_no_other() -> None:
    guard = UrlGuard(["192.168.10.0/24"], look_up)
    guard.check("http://[::ffff:192.168.10.9]/")
    with pytest.raises(Unacceptable):
        guard.check("http://192.168.11.7/")
    with pytest.raises(Unacceptable) as refused:
        guard.check("http://10.0.0.1/", field="source.url")
    assert refused.value.field == "source.url"
