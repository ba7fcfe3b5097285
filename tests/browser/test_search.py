"""One box finds what was read, and says what it was taken to mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import PHONE, Watched, running
from event_samples import event
from marque.types import Attribute, Correction, EventClass, PlateEvent, Vehicle
from sites import Site

EVIL = '<img src=x onerror="window.hacked=1">\'"&'
BERLIN = ZoneInfo("Europe/Berlin")
YESTERDAY = (datetime.now(BERLIN).replace(hour=12, minute=30) - timedelta(days=1)).astimezone(UTC)
"""where the browser is"""


def passed(number: int, text: str, **changes: object) -> PlateEvent:
    time = YESTERDAY + timedelta(seconds=number)
    made = event(500_000 + number, text)
    return replace(made, time=time, first_seen=time, last_seen=time, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with two cameras that saw a hundred vehicles yesterday, one of them of an odd name."""
    with running(tmp_path_factory.mktemp("street")) as site:
        for role in ("viewer", "investigator"):
            site.add_user(role, role)
        van = Vehicle(type=Attribute("van", 0.9), color=Attribute("black", 0.8))
        for number in range(1, 101):
            site.log(passed(number, f"KX{number:02}LMN", camera="yard", vehicle=van if number == 7 else None))
        site.keep("8BC123", camera="gate")
        site.log(passed(201, "QT44QTE", event_class=EventClass.QUARANTINE))
        yield site


def ask(page: Page, words: str) -> None:
    page.get_by_role("searchbox").fill(words)
    page.get_by_role("searchbox").press("Enter")


def found(page: Page) -> list[str]:
    expect(page.locator("#results")).not_to_have_attribute("aria-busy", "true")
    return page.locator("#results .found .plate .text").all_text_contents()


def test_a_fuzzy_search_finds_it_and_says_why(street: Site, page: Page) -> None:
    street.open(page, "/search", "investigator")
    ask(page, "BBC123")
    hit = page.locator(".found")
    expect(hit).to_have_count(1)
    expect(hit).to_contain_text("8 ↔ B")
    expect(page.locator("#count")).to_have_text("1 read")
    expect(page.locator(".chip")).to_contain_text("BBC123 = a plate that looks like BBC123, likeliest first")
    page.get_by_role("button", name="exactly BBC123").click()
    expect(page.locator("#results")).to_contain_text("Nothing was found")
    expect(page).to_have_url(street.url + "/search?q=%22BBC123%22")
    page.get_by_role("button", name="Look for what looks like BBC123").click()
    expect(hit).to_contain_text("8 ↔ B")


def test_every_word_is_explained_while_it_is_written(street: Site, page: Page) -> None:
    street.open(page, "/search", "investigator")
    page.get_by_role("searchbox").press_sequentially("black van yesterday 8-20 yrad")
    chips = page.locator(".chip")
    expect(chips).to_have_count(4)
    expect(chips.nth(2)).to_contain_text(re.compile(r"yesterday 8-20 = [\w ]+, 08:00\u201320:00"))
    expect(chips.nth(3)).to_contain_text("this is no name, no time and no plate")
    page.get_by_role("button", name="camera:yard").click()
    expect(page.locator(".found")).to_have_count(1)
    expect(page.locator(".found")).to_contain_text("black van")


def test_facets_add_words_and_the_way_back_takes_them_out(street: Site, page: Page) -> None:
    street.open(page, "/search?q=yesterday", "investigator")
    expect(page.locator("#count")).to_have_text("101 reads")
    page.get_by_role("button", name="quarantine").click()
    expect(page).to_have_url(street.url + "/search?q=yesterday+quarantine")
    expect(page.locator("#count")).to_have_text("1 read")
    expect(page.get_by_role("button", name="quarantine")).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(page.locator("#count")).to_have_text("101 reads")
    expect(page.get_by_role("searchbox")).to_have_value("yesterday")


def test_an_hour_of_a_day_is_chosen(street: Site, page: Page) -> None:
    street.open(page, "/search?q=yesterday", "investigator")
    page.get_by_role("button", name="12:00, 101").click()
    expect(page).to_have_url(street.url + "/search?q=yesterday+12-13")
    expect(page.locator("#count")).to_have_text("101 reads")
    expect(page.locator(".chip").first).to_contain_text("12:00\u201313:00")


def test_pages_follow_until_there_is_no_more(street: Site, page: Page) -> None:
    street.open(page, "/search?q=camera:yard", "investigator")
    expect(page.locator(".found").first).to_be_visible()
    rows = page.locator(".found")
    rows.last.scroll_into_view_if_needed()
    expect(rows).to_have_count(100)
    assert len(set(found(page))) == 100


def test_crops_or_a_table_is_remembered(street: Site, page: Page) -> None:
    street.open(page, "/search?q=quarantine", "investigator")
    expect(page.locator(".crops")).to_be_visible()
    page.locator("h1").evaluate("() => document.activeElement.blur()")
    page.keyboard.press("t")
    expect(page.locator("#results table")).to_be_visible()
    page.reload()
    expect(page.locator("#results table")).to_contain_text("QT44")


def test_keys_go_through_what_was_found_and_open_it(street: Site, page: Page) -> None:
    street.open(page, "/search?q=KX01LMN", "investigator")
    expect(page.locator(".found").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/reads/.+\?q=KX01LMN"))
    page.go_back()
    expect(page.locator(".found.chosen")).to_have_count(1)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_searches_are_kept_under_names_that_stay_text(street: Site, page: Page) -> None:
    street.open(page, "/search?q=quarantine", "investigator")
    page.get_by_text("Saved", exact=True).click()
    page.get_by_role("button", name="Save this search").click()
    page.get_by_label("Name").fill(EVIL)
    page.get_by_role("button", name="Save", exact=True).click()
    ask(page, "camera:gate")
    page.get_by_text("Saved", exact=True).click()
    page.get_by_role("button", name=EVIL, exact=True).click()
    expect(page).to_have_url(street.url + "/search?q=quarantine")
    page.get_by_text("Saved", exact=True).click()
    page.get_by_role("button", name=f"Remove {EVIL}", exact=True).click()
    expect(page.locator("#saved")).to_contain_text("None yet")


def test_what_was_found_can_be_taken_away(street: Site, page: Page) -> None:
    street.open(page, "/search?q=black+van", "investigator")
    expect(page.locator(".found")).to_have_count(1)
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) == 2
    assert "KX07LMN" in lines[1]


def test_a_viewer_is_refused_a_search_for_plates(street: Site, page: Page, watched: Watched) -> None:
    watched.expected.append("403")
    street.open(page, "/search", "viewer")
    ask(page, "BBC123")
    expect(page.locator(".chip")).to_contain_text("you may not search for plates")
    expect(page.get_by_role("alert")).to_contain_text("You may not look for this")
    assert page.locator(".found").count() == 0
    ask(page, "quarantine")
    expect(page.locator(".found")).to_have_count(1)
    expect(page.locator("#export")).to_have_count(0)


def test_hostile_texts_stay_text(street: Site, page: Page) -> None:
    who = Correction(EVIL, "AB12CDE", EVIL, YESTERDAY, EVIL)
    evil = passed(300, EVIL, camera=EVIL, site=EVIL, zone=EVIL, correction=who, reason=EVIL)
    vehicle = Vehicle(type=Attribute(EVIL, 0.9), color=Attribute(EVIL, 0.9), make=Attribute(EVIL, 0.9))
    street.log(replace(evil, vehicle=vehicle, timezone=EVIL[:20]))
    street.open(page, "/search?q=corrected", "investigator")
    expect(page.locator(".found .plate")).to_contain_text(EVIL[:4])
    page.keyboard.press("Escape")
    page.locator("#look").click()
    expect(page.locator("#results table")).to_contain_text(EVIL)
    ask(page, EVIL)
    expect(page.locator(".chip").first).to_be_visible()
    page.goto(f"{street.url}/reads/{evil.id}")
    expect(page.locator(".history")).to_contain_text(EVIL)
    expect(page.locator(".facts").first).to_contain_text(EVIL)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x]").count() == 0


def test_it_fits_a_phone(street: Site, browse: type[Page]) -> None:
    page = browse(PHONE)
    street.open(page, "/search?q=yesterday", "investigator")
    expect(page.locator(".found").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
