"""Pictures of every page of the dashboard, by day, by night and on a phone, in ``docs/images/dashboard``. They need
Debian's Chromium; where it is missing they stay as they are. ``python scripts/screenshots.py [page ...]`` makes some.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from showcase import NOW, PASSWORD, showcase

from marque.types import Image, PlateEvent

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
FOLDER = IMAGES / "dashboard"
DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {**DESK, "color_scheme": "light"},
    "dark": {**DESK, "color_scheme": "dark"},
    "phone": {**PHONE, "color_scheme": "light"},
}
MOST = 120_000
"""bytes of one picture"""
SETTLE = 1500
"""milliseconds for a page to come to rest"""
WATCHED = 15_000
"""milliseconds until the curves of a camera have a few points"""
NEARLY = 0.004
"""share of the pixels that may differ from the picture of before for it to stay: a clock, a rate"""


@dataclass(frozen=True)
class Shot:
    """A page, what is done on it first, and whether one signs in for it."""

    path: str
    does: Callable[[Page], object] = lambda _page: None
    signed_in: bool = True


def shots(lately: list[PlateEvent]) -> dict[str, Shot]:
    """Every page by the name of its picture; ``lately`` are reads that there are."""
    reads = [(one.id, one.read.text) for one in lately if one.read and one.revision > 2]
    read, text = next(one for one in reversed(reads) if misread(one[1]) != one[1])
    desks = ("health", "deliveries", "storage", "models", "users", "keys", "roles", "audit", "account")
    return {
        "sign-in": Shot("/login", signed_in=False),
        "live": Shot("/"),
        "first-steps": Shot("/start"),
        "search": Shot("/search?q=today"),
        "search-fuzzy": Shot(f"/search?q={misread(text)}"),
        "read": Shot(f"/reads/{read}"),
        "cameras": Shot("/cameras"),
        "camera": Shot("/cameras/north-gate", does=lambda page: page.wait_for_timeout(WATCHED)),
        "camera-zones": Shot("/cameras/north-gate#zones"),
        "camera-thresholds": Shot("/cameras/north-gate#thresholds"),
        "camera-check": Shot("/cameras/north-gate#check"),
        "analytics": Shot("/analytics?span=7d"),
        "reading": Shot("/try", does=drop),
        **{f"operations-{desk}": Shot(f"/operations/{desk}") for desk in desks},
    }


def misread(text: str) -> str:
    """The text as somebody else may have read it."""
    for one, other in ("B8", "8B", "O0", "0O", "S5", "5S", "Z2", "2Z", "D0", "6G", "G6", "1I", "I1"):
        if one in text:
            return text.replace(one, other, 1)
    return text


def drop(page: Page) -> None:
    """Have the picture of the documentation read."""
    page.locator("input[type=file]").first.set_input_files(IMAGES / "scene.jpg")
    page.locator(".overlay .quad").first.wait_for(state="attached", timeout=120_000)


def take(page: Page, url: str, shot: Shot) -> Image:
    """The page as it is seen once it has come to rest, HxWx3 BGR."""
    page.goto(url + shot.path)
    page.locator("h1").first.wait_for(state="attached")
    shot.does(page)
    page.wait_for_timeout(SETTLE)
    page.wait_for_function("document.fonts.ready.then(() => [...document.images].every((image) => image.complete))")
    shown = cv2.imdecode(np.frombuffer(page.screenshot(animations="disabled"), np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    return np.asarray(shown, np.uint8)


def keep(name: str, image: Image) -> None:
    """Write it as WebP, unless it looks as it did."""
    path = FOLDER / f"{name}.webp"
    if path.exists() and alike(np.asarray(cv2.imread(str(path)), np.uint8), image):
        return
    for quality in (82, 70, 58, 46, 34):
        data = cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes()
        if len(data) < MOST:
            break
    FOLDER.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    sys.stderr.write(f"{path.relative_to(ROOT)}: written, {len(data) // 1000} kB\n")


def alike(one: Image, other: Image) -> bool:
    """Whether only a few pixels differ much."""
    if one.shape != other.shape:
        return False
    return float((cv2.absdiff(one, other).max(axis=2) > 48).mean()) < NEARLY


def session(url: str) -> str:
    """The token of the admin's sign-in."""
    answer = httpx.post(f"{url}/v1/session", json={"name": "admin", "password": PASSWORD}, timeout=60)
    return answer.raise_for_status().cookies["marque_session"]


def look(browser: Browser, url: str, wanted: dict[str, Shot]) -> None:
    """Every page in every look."""
    known = session(url)
    for look, options in LOOKS.items():
        for signed_in in (True, False):
            context = browser.new_context(**options, locale="en-GB", timezone_id="Europe/Berlin")
            if signed_in:
                context.add_cookies([{"name": "marque_session", "value": known, "url": url}])
            context.set_default_timeout(60_000)
            page = context.new_page()
            page.clock.set_fixed_time(NOW + timedelta(seconds=40))
            for name, shot in wanted.items():
                if shot.signed_in is signed_in:
                    keep(f"{name}-{look}", take(page, url, shot))
            context.close()


def main(names: list[str]) -> None:
    program = shutil.which("chromium")
    if program is None:
        sys.stderr.write("The pictures of the dashboard stay as they are: Chromium is not installed.\n")
        return
    with tempfile.TemporaryDirectory() as folder, showcase(Path(folder)) as shown, sync_playwright() as playwright:
        marque, lately = shown
        assert marque.server
        wanted = {name: shot for name, shot in shots(lately).items() if not names or name in names}
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"], timeout=60_000)
        look(browser, marque.server.url, wanted)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
