"""A picture is dropped on the page, and its plates are there."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Watched
from marque.capture.sources import scene
from marque.capture.video import write_video
from sites import Site

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "scene.jpg"
TAKES = 60_000
"""milliseconds; the networks may have to be loaded first"""
HOSTILE = "<b onclick=alert(1)>x.jpg"
DROP = """([name, type, data]) => {
  const held = new DataTransfer();
  held.items.add(new File([Uint8Array.from(atob(data), (char) => char.charCodeAt(0))], name, { type }));
  document.querySelector("#drop").dispatchEvent(new DragEvent("drop", { dataTransfer: held, bubbles: true }));
}"""


@pytest.fixture
def reading(open_site: Site, page: Page) -> Page:
    open_site.open(page, "/try")
    expect(page.locator("#drop")).to_be_visible()
    return page


def drop(page: Page, name: str, type_: str, data: bytes) -> None:
    page.evaluate(DROP, [name, type_, base64.b64encode(data).decode()])


def test_a_dropped_picture_shows_its_plates(reading: Page) -> None:
    drop(reading, HOSTILE, "image/jpeg", PICTURE.read_bytes())
    plate = reading.get_by_label("EM466RG", exact=True)
    expect(plate).to_be_visible(timeout=TAKES)
    expect(plate).to_contain_text("Detected")
    expect(plate.locator(".characters li")).to_have_count(7)
    expect(reading.locator(".overlay .quad")).to_have_count(1)
    expect(reading.get_by_role("heading", name=HOSTILE)).to_be_visible()


def test_what_is_no_picture_is_said_to_be_none(reading: Page, watched: Watched) -> None:
    watched.expected += ["422", "415"]
    drop(reading, "broken.jpg", "image/jpeg", b"this is text")
    expect(reading.get_by_label("broken.jpg").get_by_role("alert")).to_contain_text("This is not a picture.")
    drop(reading, "notes.txt", "text/plain", b"this is text")
    expect(reading.get_by_label("notes.txt").get_by_role("alert")).to_contain_text("text/plain cannot be read.")


def test_a_clip_tells_each_vehicle_once(reading: Page, tmp_path: Path) -> None:
    config = scene.Config(seed=3, width=960, height=540, vehicles=1, fps=5, direction="approaching")
    write_video(tmp_path / "clip.mp4", scene.draw(config), config.fps)
    drop(reading, "clip.mp4", "video/mp4", (tmp_path / "clip.mp4").read_bytes())
    clip = reading.get_by_role("article", name="clip.mp4")
    expect(clip.get_by_role("status")).to_contain_text("one vehicle in", timeout=TAKES)
    expect(clip.get_by_label(scene.truth(config)[0].text, exact=True)).to_be_visible()
