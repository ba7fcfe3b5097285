"""A real browser in front of a real server. Debian's Chromium, driven through its executable; where it is missing the
tests skip at home and fail in CI.

Every test's page fails it in the end if anything was written to its console as an error, if a script broke, or if a
request went to another host.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from marque.app import Marque
from marque.config import CameraSettings, ServerSettings, Settings, StorageSettings
from servers import unavailable
from sites import PASSWORDS, Site

PATIENCE = 10_000
"""milliseconds that something on a page may take before the test gives up"""
SLOW_START = 60_000
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser. It is closed with the last test of this folder: while it is open no other loop can run."""
    program = shutil.which("chromium")
    if program is None:
        unavailable("Chromium is not installed (scripts/servers.sh installs it)")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"], timeout=SLOW_START)
        yield browser
        browser.close()


@dataclass
class Watched:
    """What went wrong in a page; ``expected`` are parts of messages that a test provokes on purpose."""

    wrong: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.wrong.append(f"a script broke: {error}"))
        page.on("request", self._asked)

    @property
    def unexpected(self) -> list[str]:
        return [one for one in self.wrong if not any(part in one for part in self.expected)]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.wrong.append(f"{message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "about") and address.hostname not in ("127.0.0.1", "localhost"):
            self.wrong.append(f"another host was asked: {request.url}")


@pytest.fixture
def watched() -> Iterator[Watched]:
    """What goes wrong in the pages of this test."""
    watch = Watched()
    yield watch
    assert watch.unexpected == []


@pytest.fixture
def browse(chromium: Browser, watched: Watched) -> Iterator[Callable[..., Page]]:
    """Opens a page of a context of its own: ``browse(PHONE, color_scheme="dark")``."""
    opened: list[BrowserContext] = []

    def one(viewport: ViewportSize = DESKTOP, **options: Any) -> Page:
        context = chromium.new_context(viewport=viewport, timezone_id="Europe/Berlin", locale="en-GB", **options)
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        page = context.new_page()
        watched.over(page)
        return page

    yield one
    for context in opened:
        context.close()


@pytest.fixture
def page(browse: Callable[..., Page]) -> Page:
    """A page on a desk."""
    return browse()


@contextmanager
def running(folder: Path, authentication: bool = True, **settings: Any) -> Iterator[Site]:
    """``settings``: more sections of a configuration, such as ``sinks``."""
    server = ServerSettings(port=0, authentication=authentication)
    made = Settings(storage=StorageSettings(folder=folder), server=server, **settings)
    with Marque(made) as marque:
        yield Site(marque)


@pytest.fixture(scope="package")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for the tests of this folder: it asks who one is, and knows one user of each role."""
    with running(tmp_path_factory.mktemp("site")) as site:
        for role in PASSWORDS:
            site.add_user(role, role)
        yield site


@pytest.fixture
def site(shared_site: Site) -> Site:
    """The shared server. Tests add reads with plates of their own, and leave its users as they are."""
    return shared_site


@pytest.fixture(scope="package")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server without sign-in and without cameras, on this machine only."""
    with running(tmp_path_factory.mktemp("open"), authentication=False) as site:
        yield site


@pytest.fixture
def fresh_site(tmp_path: Path) -> Iterator[Site]:
    """A server of this test's own: nothing configured, nobody asked who they are."""
    with running(tmp_path, authentication=False) as site:
        yield site


@pytest.fixture
def scene_site(tmp_path: Path) -> Iterator[Site]:
    """A server of this test's own with a drawn street as its camera ``gate``."""
    scene = "scene:seed=3&fps=4&width=960&height=540&vehicles=4&again=true&realtime=true"
    camera = CameraSettings(id="gate", source=scene)
    with running(tmp_path, authentication=False, cameras=[camera]) as site:
        yield site
