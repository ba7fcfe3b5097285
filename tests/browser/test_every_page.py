"""What holds for every page: it opens in both schemes and on a phone, is there for voice and keyboard as well, runs no
script of anybody else, and shows a role only what is its.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Response, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from browser.conftest import PHONE, running
from marque.access.scopes import ROLES, Role
from marque.config import CameraSettings
from marque.ports import NewDelivery, Settlement
from marque.types import DeliveryState, PlateEvent
from marque.web.frame import DOORS
from sites import PASSWORDS, Site

READ = "0196a1b2-0000-7000-8000-0000000e7e27"
PAGES = (*(door.path for door in DOORS), "/start", "/cameras/gate", f"/reads/{READ}")
SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport="
FAULTS = """() => {
  const faults = [], said = (element) => element.outerHTML.slice(0, 160);
  const text = (id) => document.getElementById(id)?.textContent.trim();
  const named = (one) => one.getAttribute("aria-label") || text(one.getAttribute("aria-labelledby"));
  const labelled = (one) => named(one) || [...(one.labels ?? [])].some((label) => label.textContent.trim());
  const all = (selector) => [...document.querySelectorAll(selector)].filter((one) => !one.closest("[hidden]"));
  const called = (one) => named(one) || one.textContent.trim() || one.querySelector("img[alt]:not([alt=''])");
  for (const tag of ["h1", "main, [role=main]"])
    if (document.querySelectorAll(tag).length !== 1) faults.push(`${document.querySelectorAll(tag).length} of ${tag}`);
  for (const one of all("input:not([type=hidden]), select, textarea"))
    if (!labelled(one)) faults.push(`no label: ${said(one)}`);
  for (const one of all("button, summary, a[href], [role=button]"))
    if (!called(one)) faults.push(`no name: ${said(one)}`);
  for (const one of all("img"))
    if (!one.hasAttribute("alt")) faults.push(`no alt: ${said(one)}`);
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over > 0) faults.push(`${over} pixels wider than the window`);
  const ids = all("main [id]").map((one) => one.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`two of #${id}`);
  return faults;
}"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with something on every page: a read, a dead letter, a camera that is stopped, a user of each role."""
    camera = CameraSettings(id="gate", source="scene:vehicles=1", enabled=False)
    with running(tmp_path_factory.mktemp("house"), cameras=[camera]) as site:
        for role in PASSWORDS:
            site.add_user(role, role)
        read = site.keep("EV37RYP", id=READ)
        refuse(site, replace(read, revision=2, zone="drive"))
        yield site


def refuse(site: Site, told: PlateEvent) -> None:
    """A dead letter, with an answer that has something to say."""
    site.marque.store.append(told, [NewDelivery("gone", told.time)])
    (claimed,) = site.marque.store.claim("gone", 1, 60, told.time + timedelta(seconds=1))
    answer = "refused with 410: " + "nobody is here any more, " * 8
    site.marque.store.settle([Settlement(claimed.id, DeliveryState.DEAD, answer=answer)], told.time)


@pytest.fixture(scope="module")
def signed_in(house: Site) -> Callable[[str], dict[str, Any]]:
    """Role -> what a browser keeps of its session."""

    @cache
    def one(role: str) -> dict[str, Any]:
        answer = httpx.post(f"{house.url}/v1/session", json={"name": role, "password": PASSWORDS[role]}, timeout=30)
        cookie = {"name": "marque_session", "value": answer.cookies["marque_session"], "url": house.url}
        return {"cookies": [cookie], "origins": []}

    return one


@pytest.fixture
def admin(browse: Callable[..., Page], signed_in: Callable[[str], dict[str, Any]]) -> Page:
    return browse(storage_state=signed_in("admin"))


def shown(page: Page, answer: Response | None) -> list[str]:
    """Wait until the page is drawn; what is wrong with it."""
    assert answer is not None
    assert answer.status == 200
    policy = answer.headers["content-security-policy"]
    assert re.search(r"script-src 'self' 'nonce-[\w-]{16,}'(;|$)", policy)
    assert "unsafe-eval" not in policy
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    faults: list[str] = page.evaluate(FAULTS)
    return faults


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.rsplit("/0196")[0])
def test_a_page_is_whole_by_day_and_by_night_on_a_desk_and_on_a_phone(path: str, house: Site, admin: Page) -> None:
    assert shown(admin, admin.goto(house.url + path)) == []
    admin.emulate_media(color_scheme="dark")
    admin.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    assert shown(admin, admin.reload()) == []


def test_every_tab_of_operations_is_whole_on_a_phone(house: Site, admin: Page) -> None:
    admin.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    admin.goto(f"{house.url}/operations")
    tabs = admin.get_by_role("navigation", name="Operations").get_by_role("link")
    expect(tabs).to_have_count(9)
    for tab in tabs.all():
        tab.click()
        expect(admin.locator(".desk h2, .desk table, .desk .card, .desk .empty").first).to_be_visible()
        assert (tab.inner_text(), admin.evaluate(FAULTS)) == (tab.inner_text(), [])


def test_two_keys_go_to_every_page(house: Site, admin: Page) -> None:
    admin.goto(f"{house.url}/start")
    for door in reversed(DOORS):
        expect(admin.locator("h1")).to_have_count(1)
        admin.keyboard.press("Escape")
        admin.keyboard.press("g")
        admin.keyboard.press(door.key)
        expect(admin).to_have_url(house.url + door.path)


def test_a_question_mark_shows_the_keys(house: Site, admin: Page) -> None:
    admin.goto(f"{house.url}/")
    expect(admin.get_by_role("navigation", name="Pages")).to_be_visible()
    admin.keyboard.press("?")
    shown = admin.get_by_role("dialog", name="Keys")
    for door in DOORS:
        expect(shown.get_by_role("row", name=f"g {door.key} {door.name}")).to_be_visible()
    admin.keyboard.press("Escape")
    expect(shown).to_have_count(0)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_sees_its_doors_and_no_others(
    role: Role, house: Site, browse: Callable[..., Page], signed_in: Callable[[str], dict[str, Any]]
) -> None:
    page = browse(storage_state=signed_in(role.value))
    page.goto(f"{house.url}/operations")
    links = page.get_by_role("navigation", name="Pages").get_by_role("link")
    expect(links).to_have_text([door.name for door in DOORS if door.scope in ROLES[role]])


class TestTheSocketOfThePages:
    def test_it_is_refused_to_strangers(self, house: Site) -> None:
        assert httpx.get(f"{house.url}{SOCKET}polling", timeout=30).status_code == 401
        for cookie in ("", "marque_session=guessed"):
            with pytest.raises(InvalidStatus, match="403"):
                connect(f"{house.url.replace('http', 'ws')}{SOCKET}websocket", additional_headers={"Cookie": cookie})

    def test_it_is_there_for_whoever_signed_in(self, house: Site, signed_in: Callable[[str], dict[str, Any]]) -> None:
        [cookie] = signed_in("viewer")["cookies"]
        headers = {"Cookie": f"marque_session={cookie['value']}"}
        with connect(f"{house.url.replace('http', 'ws')}{SOCKET}websocket", additional_headers=headers) as socket:
            assert str(socket.recv(10)).startswith('0{"sid":')
