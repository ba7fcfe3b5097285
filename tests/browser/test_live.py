"""The wall shows what passes as it passes, each vehicle once, and begins with something to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import PHONE, Watched
from event_samples import plate
from marque.types import Attribute, Direction, EventClass, EventKind, PlateEvent, Vehicle
from sites import Site
from waiting import until

HOSTILE = "<img src=x onerror=\"document.title='taken'\">"


@pytest.fixture
def wall(site: Site, page: Page) -> Page:
    """The wall, listening."""
    site.open(page, "/", "viewer")
    expect(page.locator("#wall-state")).to_have_text("live")
    return page


def card(page: Page, event: PlateEvent) -> Locator:
    return page.locator(f'.pass[data-id="{event.id}"]')


def later(event: PlateEvent, **changes: object) -> PlateEvent:
    return replace(event, revision=event.revision + 1, **changes)  # type: ignore[arg-type]


def test_a_read_appears_within_two_seconds_of_its_event(site: Site, wall: Page) -> None:
    read = site.keep("LV12ABC", camera="gate", zone="drive", direction=Direction.APPROACHING)
    expect(card(wall, read)).to_be_visible(timeout=2_000)
    expect(card(wall, read)).to_contain_text("gate")
    expect(card(wall, read)).to_contain_text("drive")
    expect(card(wall, read).get_by_role("link")).to_have_attribute("href", f"/reads/{read.id}")
    expect(card(wall, read).locator("img")).to_have_js_property("complete", True)


def test_what_changes_changes_its_card_and_is_said(site: Site, wall: Page) -> None:
    read = site.keep("LV12ABD")
    expect(card(wall, read)).to_contain_text("LV12 ABD")
    changed = later(read, kind=EventKind.UPDATE, read=plate("LV12ABO"), changes={"text": ("LV12ABD", "LV12ABO")})
    site.log(changed)
    expect(card(wall, read)).to_contain_text("plate LV12ABD → LV12ABO")
    site.log(later(changed, kind=EventKind.LOST, changes={}))
    expect(card(wall, read)).to_contain_text("gone")
    expect(card(wall, read)).to_have_count(1)


def test_a_paused_wall_counts_what_waits(site: Site, wall: Page) -> None:
    wall.keyboard.press("p")
    first, second = site.keep("LV12PAA"), site.keep("LV12PAB")
    expect(wall.locator("#wall-pause")).to_contain_text("2 waiting")
    expect(card(wall, first)).to_have_count(0)
    wall.keyboard.press("p")
    expect(card(wall, first)).to_be_visible()
    expect(card(wall, second)).to_be_visible()


def test_pointing_at_the_wall_holds_it_still(site: Site, wall: Page) -> None:
    first = site.keep("LV12HAA")
    card(wall, first).hover()
    second = site.keep("LV12HAB")
    expect(wall.locator("#wall-pause")).to_contain_text("1 waiting")
    wall.mouse.move(5, 5)
    expect(card(wall, second)).to_be_visible()


def test_a_filter_stays_in_the_address(site: Site, wall: Page) -> None:
    shown, hidden = site.keep("LV12FAA"), site.keep("XX99ZZZ")
    doubtful = site.keep("LV12FAQ", event_class=EventClass.QUARANTINE, reason="too_short: hardly a plate")
    wall.keyboard.press("/")
    wall.keyboard.type("lv12f")
    wall.get_by_label("with quarantine").uncheck()
    expect(wall).to_have_url(re.compile(r"\?q=lv12f&quarantine=no$"))
    for _ in range(2):
        expect(card(wall, shown)).to_be_visible()
        expect(card(wall, hidden)).to_have_count(0)
        expect(card(wall, doubtful)).to_have_count(0)
        wall.reload()


def test_quarantine_is_told_with_its_reason(site: Site, wall: Page) -> None:
    read = site.keep("C0", event_class=EventClass.QUARANTINE, reason="too_short: 2 characters, at least 4 are expected")
    expect(card(wall, read)).to_contain_text("quarantine: 2 characters, at least 4 are expected")


def test_the_keyboard_goes_from_read_to_read_and_opens_one(site: Site, wall: Page, watched: Watched) -> None:
    watched.expected.append("404")
    older, newer = site.keep("LV12KAA"), site.keep("LV12KAB")
    expect(card(wall, newer)).to_be_visible()
    wall.keyboard.press("j")
    expect(card(wall, newer)).to_have_class(re.compile("chosen"))
    wall.keyboard.press("j")
    expect(card(wall, older)).to_have_class(re.compile("chosen"))
    wall.keyboard.press("k")
    wall.keyboard.press("Enter")
    expect(wall).to_have_url(f"{site.url}/reads/{newer.id}")


def test_hostile_texts_stay_text(site: Site, wall: Page) -> None:
    read = plate("LV12EVI", display=HOSTILE)
    vehicle = Vehicle(make=Attribute(HOSTILE, 0.9))
    told = site.keep("LV12EVI", read=read, camera=HOSTILE, zone=HOSTILE, vehicle=vehicle, reason=HOSTILE)
    expect(card(wall, told)).to_contain_text(HOSTILE)
    expect(card(wall, told).locator("img")).to_have_count(1)
    assert wall.title() == "Live · Marque"


def test_a_phone_shows_it_in_one_column(site: Site, browse: Callable[..., Page]) -> None:
    phone = browse(PHONE)
    site.open(phone, "/", "viewer")
    read = site.keep("LV12TEL")
    expect(card(phone, read)).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_from_nothing_to_a_read_in_one_click_and_back(fresh_site: Site, page: Page) -> None:
    fresh_site.open(page)
    page.get_by_role("button", name="Start the street").click()
    expect(page.locator(".pass").first).to_be_visible(timeout=90_000)
    page.get_by_role("button", name="Stop and remove the drawn street").click()
    expect(page.locator(".watched li")).to_have_count(0)
    until(lambda: fresh_site.marque.health()["cameras"] == [])
