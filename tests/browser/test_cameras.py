"""Cameras are seen, added, and set on their own picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from playwright.sync_api import FloatRect, Locator, Page, expect

from browser.conftest import DESKTOP, PHONE, Watched, running
from marque.access.scopes import everything
from marque.config import CameraSettings
from marque.errors import NotFound
from sites import Site
from waiting import until

SCENE = "scene:seed=3&fps=3&width=640&height=360&vehicles=20&realtime=true"
"""a street in which something passes all the time"""
LEFT_HALF = [(0.0, 0.0), (0.45, 0.0), (0.45, 1.0), (0.0, 1.0)]
TESTS = everything("tests")


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with a camera in its file, `gate`, and a stopped one of its own, `yard`; it knows who one is."""
    cameras = [CameraSettings(id="gate", source=SCENE.replace("fps=3", "fps=1"))]
    with running(tmp_path_factory.mktemp("streets"), cameras=cameras) as site:
        for role in ("viewer", "admin"):
            site.add_user(role, role)
        site.marque.cameras.add(TESTS, CameraSettings(id="yard", source=SCENE))
        until(lambda: all(one.picture for one in site.marque.cameras.all(TESTS)))
        yield site


@pytest.fixture
def yard(streets: Site) -> Iterator[Site]:
    """`yard` is as it was added, and stays so for the next test."""
    yield streets
    streets.marque.cameras.change(TESTS, "yard", CameraSettings(id="yard", source=SCENE))


def picture(page: Page) -> FloatRect:
    """Where the live picture of a camera is, once there is one."""
    expect(page.get_by_alt_text("Live picture of")).to_be_visible(timeout=60_000)
    box = page.locator(".sheet").bounding_box()
    assert box is not None
    return box


def clicked(page: Page, corners: list[tuple[float, float]], does: Callable[[float, float], Any]) -> None:
    box = picture(page)
    for x, y in corners:
        # A step inside the border, for the border itself belongs to what is beside it.
        does(
            box["x"] + min(max(x * box["width"], 1), box["width"] - 2),
            box["y"] + min(max(y * box["height"], 1), box["height"] - 2),
        )


def saved(page: Page) -> None:
    page.get_by_role("button", name="Save zones").click()
    expect(page.get_by_text("The camera obeys it")).to_be_visible()


def zones_of(site: Site, camera: str) -> list[dict[str, Any]]:
    zones: list[dict[str, Any]] = site.marque.cameras.one(TESTS, camera).settings["zones"]
    return zones


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name)


class TestCards:
    def test_every_camera_has_its_picture_and_says_how_it_is(self, streets: Site, page: Page) -> None:
        streets.open(page, "/cameras", "viewer")
        gate = row(page, "gate")
        expect(gate.get_by_text("watching", exact=True)).to_be_visible(timeout=60_000)
        expect(gate.get_by_alt_text("Picture of gate")).to_be_visible(timeout=60_000)
        expect(gate).to_contain_text("looked at")
        expect(gate).to_contain_text("configuration file")

    def test_a_viewer_is_offered_nothing_that_they_may_not_do(self, streets: Site, page: Page) -> None:
        streets.open(page, "/cameras", "viewer")
        expect(row(page, "gate")).to_be_visible()
        for name in ("Add a camera", "Start", "Stop", "Import"):
            expect(page.get_by_role("button", name=name)).to_have_count(0)
        page.goto(f"{streets.url}/cameras/yard#zones")
        expect(page.get_by_role("tab", name="Zones")).to_have_attribute("aria-selected", "true")
        for name in ("Save", "Read here", "Test", "Stop", "Remove"):
            expect(page.get_by_role("button", name=name)).to_have_count(0)
        token = page.evaluate("fetch('/v1/session').then((one) => one.json()).then((one) => one.csrf_token)")
        answer = page.request.put(
            f"{streets.url}/v1/cameras/yard", data={"id": "yard", "source": SCENE}, headers={"X-CSRF-Token": token}
        )
        assert answer.status == 403

    def test_a_camera_is_stopped_and_started(self, yard: Site, page: Page) -> None:
        yard.open(page, "/cameras", "admin")
        page.get_by_role("button", name="Stop yard").click()
        expect(row(page, "yard").get_by_text("stopped", exact=True)).to_be_visible()
        page.get_by_role("button", name="Start yard").click()
        expect(row(page, "yard").get_by_text("watching", exact=True)).to_be_visible(timeout=60_000)

    def test_without_a_camera_it_says_what_to_do(self, open_site: Site, page: Page) -> None:
        open_site.open(page, "/cameras")
        expect(page.get_by_role("heading", name="No camera yet")).to_be_visible()
        expect(page.get_by_role("button", name="Watch the drawn street")).to_be_visible()

    def test_a_camera_that_is_not_there_is_said_not_to_be(self, streets: Site, page: Page, watched: Watched) -> None:
        watched.expected.append("404")
        streets.open(page, f"/cameras/{quote('<img src=x onerror=alert(1)>')}", "viewer")
        expect(page.get_by_role("heading", name="There is no such camera")).to_be_visible()
        page.goto(f"{streets.url}/cameras/none")
        expect(page.get_by_role("heading", name="There is no such camera")).to_be_visible()


class TestAdding:
    def test_a_test_shows_a_frame_and_then_it_is_added(self, streets: Site, page: Page) -> None:
        streets.open(page, "/cameras?add", "admin")
        page.get_by_label("Maker").select_option(label="A drawn street, without a camera")
        page.get_by_label("Address").fill("scene:width=320&height=180&vehicles=1")
        page.get_by_role("button", name="Test").click()
        expect(page.get_by_text("It works: a frame of 320 × 180 pixels")).to_be_visible(timeout=30_000)
        expect(page.get_by_alt_text("The first frame of the camera")).to_be_visible()
        page.get_by_label("Name").fill("new")
        page.get_by_role("button", name="Add camera").click()
        expect(page.get_by_role("heading", name="new")).to_be_visible()
        expect(page).to_have_url(f"{streets.url}/cameras/new")
        page.get_by_role("tab", name="Settings").click()
        page.get_by_role("button", name="Remove camera").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove camera").click()
        expect(page).to_have_url(f"{streets.url}/cameras")
        with pytest.raises(NotFound):
            streets.marque.cameras.one(TESTS, "new")

    def test_a_test_says_exactly_why_there_is_no_frame(self, streets: Site, page: Page, watched: Watched) -> None:
        watched.expected.append("422")
        streets.open(page, "/cameras?add", "admin")
        address = page.get_by_label("Address")
        for written, said in {
            "/etc/passwd": "files of this server may not be read through the API",
            "rtsp://127.0.0.1/": "127.0.0.1",
            "scene:width=3": "greater than or equal to 160",
        }.items():
            address.fill(written)
            page.get_by_role("button", name="Test").click()
            expect(page.locator(".setting", has=address).get_by_role("alert")).to_contain_text(said)

    def test_what_is_wrong_is_said_at_its_field(self, streets: Site, page: Page, watched: Watched) -> None:
        watched.expected.append("422")
        streets.open(page, "/cameras?add", "admin")
        page.get_by_label("Name").fill("<b>bold</b>")
        page.get_by_label("Address").fill(SCENE)
        page.get_by_text("How its plates are read").click()
        page.get_by_label("Gone after").fill("soon")
        page.get_by_role("button", name="Add camera").click()
        for label in ("Name", "Gone after"):
            expect(page.get_by_label(label)).to_have_attribute("aria-invalid", "true")

    def test_cameras_come_from_a_file_and_go_into_one(self, streets: Site, page: Page) -> None:
        streets.open(page, "/cameras", "admin")
        page.get_by_role("button", name="Import, export").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Export as YAML").click()
        held = yaml.safe_load(Path(download.value.path()).read_text())
        assert {"gate", "yard"} <= {one["id"] for one in held["cameras"]}
        page.get_by_label("Import: cameras").fill(f'cameras: [{{id: porch, source: "{SCENE}", enabled: false}}]')
        page.get_by_role("button", name="Import", exact=True).click()
        expect(row(page, "porch")).to_be_visible()
        streets.marque.cameras.remove(TESTS, "porch")

    def test_a_file_that_is_refused_says_in_which_field_it_is_wrong(
        self, streets: Site, page: Page, watched: Watched
    ) -> None:
        watched.expected.append("422")
        streets.open(page, "/cameras", "admin")
        page.get_by_role("button", name="Import, export").click()
        page.get_by_label("Import: cameras").fill("cameras: [{id: porch, source: 5}]")
        page.get_by_role("button", name="Import", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text(re.compile(r"^cameras\.0\.source\S*: "))


class TestZones:
    def test_a_zone_is_drawn_with_the_mouse_and_obeyed(self, yard: Site, page: Page) -> None:
        yard.open(page, "/cameras/yard#zones", "admin")
        page.get_by_role("button", name="Read here").click()
        clicked(page, LEFT_HALF, page.mouse.click)
        page.keyboard.press("Enter")
        page.get_by_label("Name of zone 1").fill('<i onclick="x">lane</i>')
        saved(page)
        (zone,) = zones_of(yard, "yard")
        assert (zone["name"], zone["exclude"]) == ('<i onclick="x">lane</i>', False)
        assert zone["polygon"][0] == [0, 0]
        assert zone["polygon"][2] == [pytest.approx(0.45, abs=0.01), 1]
        page.get_by_role("tab", name="Rejected").click()
        expect(page.get_by_text("Outside every zone.").first).to_be_visible(timeout=60_000)

    def test_a_place_is_left_out_and_the_sentence_says_which(self, yard: Site, page: Page) -> None:
        yard.open(page, "/cameras/yard#zones", "admin")
        page.get_by_role("button", name="Leave out").click()
        clicked(page, [(0, 0), (1, 0), (1, 1)], page.mouse.click)
        clicked(page, [(0, 1)], page.mouse.dblclick)
        expect(page.get_by_label("Name of zone 1")).to_have_value("left out 1")
        saved(page)
        page.get_by_role("tab", name="Rejected").click()
        expect(page.get_by_text("In the excluded zone left out 1.").first).to_be_visible(timeout=60_000)

    def test_corners_are_dragged_added_removed_and_it_can_be_undone(self, yard: Site, page: Page) -> None:
        yard.open(page, "/cameras/yard#zones", "admin")
        page.get_by_role("button", name="Read here").click()
        clicked(page, [(0.2, 0.2), (0.8, 0.2), (0.5, 0.8)], page.mouse.click)
        page.keyboard.press("Enter")
        corners = page.get_by_role("button", name=re.compile("^Corner"))
        expect(corners).to_have_count(3)
        middle = page.get_by_role("button", name="Add a corner after corner 1").bounding_box()
        assert middle is not None
        page.mouse.move(middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2)
        page.mouse.down()
        clicked(page, [(0.5, 0.4)], page.mouse.move)
        page.mouse.up()
        expect(corners.nth(1)).to_have_accessible_name("Corner 2 of zone 1, at 320, 144")
        page.keyboard.press("Delete")
        expect(corners).to_have_count(3)
        page.get_by_role("button", name="Undo").click()
        expect(corners).to_have_count(4)
        page.keyboard.press("Escape")

    def test_the_keyboard_is_enough(self, yard: Site, page: Page) -> None:
        yard.open(page, "/cameras/yard#zones", "admin")
        picture(page)
        page.get_by_role("button", name="Read here").press("Enter")
        for keys in (["Space"], ["Shift+ArrowRight"] * 3 + ["Space"], ["Shift+ArrowDown"] * 3 + ["Space"], ["Enter"]):
            for key in keys:
                page.keyboard.press(key)
        corner = page.get_by_role("button", name=re.compile("^Corner 1 of zone 1"))
        expect(corner).to_have_accessible_name("Corner 1 of zone 1, at 320, 180")
        corner.focus()
        for key in ("ArrowLeft", "Shift+ArrowUp"):
            page.keyboard.press(key)
        expect(corner).to_have_accessible_name("Corner 1 of zone 1, at 319, 170")
        expect(corner).to_be_focused()

    def test_a_finger_draws_one_on_a_phone(self, yard: Site, browse: Callable[..., Page]) -> None:
        page = browse(PHONE, has_touch=True)
        yard.open(page, "/cameras/yard#zones", "admin")
        page.get_by_role("button", name="Read here").click()
        clicked(page, [(0.2, 0.2), (0.8, 0.2), (0.5, 0.8)], page.touchscreen.tap)
        page.get_by_role("button", name="Close the zone").click()
        saved(page)
        assert len(zones_of(yard, "yard")[0]["polygon"]) == 3
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    def test_what_is_not_saved_is_not_lost_by_mistake(self, yard: Site, page: Page) -> None:
        yard.open(page, "/cameras/yard#zones", "admin")
        page.get_by_role("button", name="Read here").click()
        clicked(page, LEFT_HALF, page.mouse.click)
        page.keyboard.press("Enter")
        page.get_by_role("tab", name="Check").click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        expect(page.get_by_label("Name of zone 1")).to_have_value("zone 1")
        page.get_by_role("button", name="Discard").click()
        expect(page.get_by_label("Name of zone 1")).to_have_count(0)

    def test_a_camera_of_the_file_gives_what_to_write_there(self, streets: Site, page: Page) -> None:
        streets.open(page, "/cameras/gate#zones", "admin")
        page.get_by_role("button", name="Leave out").click()
        clicked(page, [(0, 0), (0.5, 0), (0.5, 0.5)], page.mouse.click)
        page.keyboard.press("Enter")
        written = yaml.safe_load(page.locator("pre").inner_text())
        assert CameraSettings(id="gate", source=SCENE, **written).zones[0].exclude
        expect(page.get_by_role("button", name="Save")).to_have_count(0)


class TestThresholds:
    def test_they_are_tried_on_the_picture_before_they_are_saved(self, yard: Site, page: Page) -> None:
        yard.open(page, "/cameras/yard#thresholds", "admin")
        page.get_by_label("Least plate width").fill("320")
        expect(page.get_by_text("at least 320 are needed").first).to_be_visible(timeout=60_000)
        assert yard.marque.cameras.one(TESTS, "yard").settings["min_plate_width"] == 16
        page.get_by_role("button", name="Save thresholds").click()
        expect(page.get_by_text("reads with these thresholds now")).to_be_visible()
        assert yard.marque.cameras.one(TESTS, "yard").settings["min_plate_width"] == 320
        page.get_by_role("tab", name="Rejected").click()
        expect(page.get_by_text("too narrow").first).to_be_visible(timeout=60_000)
        expect(page.get_by_alt_text("The plate that was rejected").first).to_be_visible()


class TestTheRest:
    def test_the_check_says_what_it_measured_and_what_helps(self, streets: Site, page: Page) -> None:
        streets.open(page, "/cameras/gate#check", "viewer")
        expect(page.get_by_text("Frames given")).to_be_visible(timeout=60_000)
        expect(page.get_by_text("Plate width, in the middle")).to_be_visible()

    def test_settings_are_saved_and_a_stopped_camera_stays_stopped(self, yard: Site, page: Page) -> None:
        yard.marque.cameras.run(TESTS, "yard", False)
        yard.open(page, "/cameras/yard#settings", "admin")
        page.get_by_text("How its plates are read").click()
        page.get_by_label("Readings that must agree").fill("3")
        page.get_by_role("button", name="Save settings").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        kept = yard.marque.cameras.one(TESTS, "yard")
        assert (kept.settings["min_readings"], kept.running) == (3, False)

    def test_tabs_go_by_keys(self, streets: Site, browse: Callable[..., Page]) -> None:
        page = browse(DESKTOP)
        streets.open(page, "/cameras/gate", "viewer")
        expect(page.get_by_role("tab", name="Now")).to_have_attribute("aria-selected", "true")
        page.get_by_role("tab", name="Now").press("ArrowRight")
        expect(page.get_by_role("tab", name="Zones")).to_be_focused()
        expect(page).to_have_url(f"{streets.url}/cameras/gate#zones")
