"""A read shows what was seen and what became of it, and is corrected in two keystrokes."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from browser.conftest import Watched
from event_samples import event
from marque.ports import NewDelivery, Settlement
from marque.types import DeliveryState
from sites import Site


def test_it_is_corrected_in_two_keystrokes_and_back(site: Site, page: Page) -> None:
    kept = site.keep("8RC451")
    site.open(page, f"/reads/{kept.id}", "operator")
    expect(page.locator(".chars .char").first).to_have_text("8")
    page.keyboard.press("c")
    expect(page.get_by_label("The plate says")).to_be_focused()
    page.keyboard.type("BRC 451")
    page.keyboard.press("Enter")
    expect(page.locator("h1 .plate")).to_contain_text("BRC 451")
    expect(page.locator(".corrected")).to_contain_text("operator corrected 8RC451 to BRC451")
    history = page.locator(".history")
    expect(history).to_contain_text("Corrected by operator")
    expect(history).to_contain_text("plate 8RC451 → BRC451")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("h1 .plate")).to_contain_text("8RC4")
    expect(history.locator("li")).to_have_count(3)


def test_a_candidate_is_taken_by_its_number(site: Site, page: Page) -> None:
    kept = site.keep("KN33KNE")
    site.open(page, f"/reads/{kept.id}", "operator")
    expect(page.locator(".candidates li")).to_have_count(2)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".corrected")).to_contain_text("operator corrected KN33KNE to KN33KNE8")


def test_what_somebody_else_changed_meanwhile_is_not_written_over(site: Site, page: Page, watched: Watched) -> None:
    watched.expected.append("412")
    kept = site.keep("MM11MMM")
    site.open(page, f"/reads/{kept.id}", "operator")
    expect(page.locator(".chars")).to_be_visible()
    page.keyboard.press("c")
    site.log(replace(kept, revision=2, zone="drive"))
    page.keyboard.type("MM11MMN")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("The read has changed since you saw it")
    expect(page.locator(".history")).to_contain_text("zone nothing → drive")


def test_reads_follow_one_another_as_they_were_found(site: Site, page: Page) -> None:
    older, newer = (site.keep(text) for text in ("WW77WWA", "WW77WWB"))
    site.open(page, "/search?q=WW77*", "investigator")
    page.locator(f'[data-id="{newer.id}"] a.open').click()
    expect(page.locator("h1 .plate")).to_contain_text("WW77 WWB")
    expect(page.get_by_text("number 1")).to_be_visible()
    page.keyboard.press("j")
    page.wait_for_url(re.compile(older.id))
    expect(page.locator("h1 .plate")).to_contain_text("WW77 WWA")
    page.get_by_role("link", name="Back to “WW77*”").click()
    expect(page.locator(".found")).to_have_count(2)


def test_other_passes_of_the_plate_are_shown_also_misread_ones(site: Site, page: Page) -> None:
    kept = site.keep("BYY808")
    site.keep("8YY808")
    site.open(page, f"/reads/{kept.id}", "investigator")
    expect(page.locator(".others li")).to_contain_text("8 ↔ B")


def test_the_frame_is_looked_at_closer(site: Site, page: Page) -> None:
    kept = site.keep("ZZ33ZZZ", frame_size=(640, 360))
    site.open(page, f"/reads/{kept.id}", "viewer")
    window = page.locator(".window")
    expect(window.locator("polygon")).to_have_attribute("points", re.compile(r"^412,301 "))
    page.keyboard.press("z")
    expect(window).to_have_class(re.compile("near"))
    page.keyboard.press("z")
    expect(window).not_to_have_class(re.compile("near"))
    window.hover()
    page.mouse.wheel(0, -300)
    expect(window).to_have_class(re.compile("near"))


def test_all_evidence_comes_in_one_zip(site: Site, page: Page) -> None:
    kept = site.keep("EV11DNC")
    site.open(page, f"/reads/{kept.id}", "viewer")
    with page.expect_download() as download:
        page.get_by_role("button", name="All as ZIP").click()
    base = f"marque-EV11DNC-{kept.id}"
    assert download.value.suggested_filename == f"{base}.zip"
    with zipfile.ZipFile(Path(download.value.path())) as packed:
        assert packed.testzip() is None
        assert sorted(packed.namelist()) == [f"{base}-frame.jpg", f"{base}-plate.jpg", f"{base}.json"]
        assert packed.read(f"{base}-plate.jpg").startswith(b"\xff\xd8")
        assert json.loads(packed.read(f"{base}.json"))["event"]["plate"]["text"] == "EV11DNC"


def test_a_dead_letter_of_it_is_tried_again(site: Site, page: Page) -> None:
    now = datetime.now(UTC)
    owed = replace(event(900_001, "DD44LTR"), time=now, first_seen=now, last_seen=now)
    store = site.marque.store
    store.append(owed, [NewDelivery("gone", now)])
    (claimed,) = store.claim("gone", 1, 60, now + timedelta(seconds=1))
    store.settle([Settlement(claimed.id, DeliveryState.DEAD, answer="410 <b>gone</b>")], now)
    site.open(page, f"/reads/{owed.id}", "operator")
    deliveries = page.get_by_label("Deliveries")
    expect(deliveries).to_contain_text("410 <b>gone</b>")
    deliveries.get_by_role("button", name="Try again").click()
    expect(deliveries.locator(".state")).to_have_text("pending")


def test_a_viewer_is_offered_no_correction_and_no_search(site: Site, page: Page) -> None:
    kept = site.keep("VW55VWR")
    site.open(page, f"/reads/{kept.id}", "viewer")
    expect(page.locator(".chars")).to_be_visible()
    assert page.get_by_label("The plate says").count() == 0
    assert page.get_by_label("Deliveries").count() == 0
    expect(page.get_by_label("Other passes")).to_contain_text("you would need the right to search for plates")


def test_a_read_that_is_not_there_says_so(site: Site, page: Page, watched: Watched) -> None:
    watched.expected += ["404", "422"]
    site.open(page, "/reads/0196a1b2-0000-7000-8000-00000000dead", "viewer")
    expect(page.get_by_role("alert")).to_contain_text("There is no such read")
    page.goto(site.url + "/reads/nonsense")
    expect(page.get_by_role("alert")).to_contain_text("There is no such read")
