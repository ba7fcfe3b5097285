"""Keeping it running from the browser: dead letters, people, keys, and who may do none of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Watched, running
from marque.config import SinkSettings
from receiver import Receiver, Reply
from sites import PASSWORDS, Site, sign_in


@pytest.fixture
def refused(tmp_path: Path) -> Iterator[tuple[Site, Receiver]]:
    """A server whose only sink refuses the first event it is given for good."""
    answers = iter([Reply(400, b"no <b>such</b> gate")])
    with Receiver(lambda _request: next(answers, Reply())) as receiver:
        hook = SinkSettings(name="hook", type="webhook", url=receiver.url)
        with running(tmp_path, authentication=False, sinks=[hook]) as site:
            site.keep("DE4DLT")
            yield site, receiver


def test_a_dead_letter_is_redriven(refused: tuple[Site, Receiver], page: Page) -> None:
    site, receiver = refused
    site.open(page, "/operations/deliveries")
    expect(page.get_by_text("DE4D LT")).to_be_visible()
    expect(page.get_by_role("cell", name="refused with 400: no <b>such</b> gate").first).to_be_visible()
    page.get_by_label("choose delivery 1").check()
    page.get_by_role("button", name="Redrive chosen").click()
    page.get_by_role("dialog").get_by_role("button", name="Redrive").click()
    expect(page.get_by_text("1 are tried again.")).to_be_visible()
    expect(page.get_by_text("No dead letters: every sink took what it was given.")).to_be_visible()
    assert site.marque.drain(10) == 0
    assert len(receiver.requests) == 2


def test_a_viewer_is_refused_what_a_viewer_may_not_do(site: Site, page: Page, watched: Watched) -> None:
    watched.expected.append("403")
    site.open(page, "/operations/users", role="viewer")
    expect(page.get_by_role("heading", name="Users is not for you")).to_be_visible()
    tabs = page.get_by_role("navigation", name="Operations").get_by_role("link")
    expect(tabs).to_have_text(["Health", "Storage", "Models", "Roles", "Your account"])
    answer = page.evaluate("fetch('/v1/users').then(answer => answer.status)")
    assert answer == 403
    page.goto(site.url + "/analytics")
    expect(page.get_by_role("heading", name="This page is not for you")).to_be_visible()


def test_somebody_is_added_and_gets_a_password_that_is_shown_once(site: Site, page: Page) -> None:
    site.open(page, "/operations/users", role="admin")
    page.get_by_role("button", name="Add a user").click()
    page.get_by_label("Name").fill("guard")
    page.get_by_role("button", name="Add", exact=True).click()
    password = page.locator("code.secret").inner_text()
    page.get_by_role("button", name="I have it").click()
    expect(page.get_by_role("cell", name="guard", exact=True)).to_be_visible()
    assert password not in page.content()
    answer = httpx.post(f"{site.url}/v1/session", json={"name": "guard", "password": password})
    assert answer.status_code == 200


def test_a_key_is_shown_once_works_and_is_revoked(site: Site, page: Page, watched: Watched) -> None:
    watched.expected.append("422")
    site.open(page, "/operations/keys", role="admin")
    page.get_by_role("button", name="Make an API key").click()
    page.get_by_label("Name").fill("<img src=x onerror=alert(1)>")
    page.get_by_label("Role").select_option("viewer")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("alert")).to_contain_text("this is no name for a key")
    name = "edge 1"
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make it").click()
    key = page.locator("code.secret").inner_text()
    page.get_by_role("button", name="I have it").click()
    expect(page.get_by_role("cell", name=name, exact=True)).to_be_visible()
    asking = {"Authorization": f"Bearer {key}"}
    assert httpx.get(f"{site.url}/v1/reads", headers=asking).status_code == 200
    page.get_by_role("button", name=f"Revoke {name}").click()
    page.get_by_role("dialog").get_by_role("button", name=f"Revoke {name}").click()
    expect(page.get_by_role("cell", name=name, exact=True)).to_have_count(0)
    assert httpx.get(f"{site.url}/v1/reads", headers=asking).status_code == 401


def test_the_trail_says_who_signed_in(site: Site, page: Page) -> None:
    sign_in(page, site, "admin", PASSWORDS["admin"])
    site.open(page, "/operations/audit")
    page.get_by_label("What").fill("signed in")
    expect(page.get_by_role("row", name="admin signed in").first).to_be_visible()


@pytest.mark.parametrize("tab", ["health", "storage", "models", "roles"])
def test_a_tab_says_how_things_are(site: Site, page: Page, tab: str) -> None:
    site.open(page, f"/operations/{tab}", role="admin")
    told = {"health": "Marque", "storage": "Kept for", "models": "Finds vehicles", "roles": "reads:search"}
    expect(page.get_by_text(told[tab]).last).to_be_visible()
