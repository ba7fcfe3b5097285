"""Whoever comes says who they are, and gets where they wanted to go."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from browser.conftest import Watched
from sites import PASSWORDS, Site, sign_in


def test_a_stranger_signs_in_and_gets_where_they_wanted_to_go(site: Site, page: Page) -> None:
    page.goto(site.url + "/?camera=gate")
    expect(page).to_have_url(f"{site.url}/login?next=/%3Fcamera%3Dgate")
    page.get_by_label("Name").fill("viewer")
    page.get_by_label("Password").fill(PASSWORDS["viewer"])
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site.url}/?camera=gate")


def test_a_wrong_password_is_said_to_be_one(site: Site, page: Page, watched: Watched) -> None:
    watched.expected.append("401")
    page.goto(site.url + "/login")
    page.get_by_label("Name").fill("viewer")
    page.get_by_label("Password").fill("guessed")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).not_to_be_empty()


def test_who_signs_out_is_out(site: Site, page: Page, watched: Watched) -> None:
    watched.expected.append("401")  # what the wall still asks for then
    sign_in(page, site, "viewer")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{site.url}/login")
    page.goto(site.url + "/")
    expect(page).to_have_url(f"{site.url}/login?next=/")
