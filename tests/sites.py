"""A running Marque, what tests put into it, and how a browser signs in to it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import Page

from event_samples import event
from marque.access.scopes import Role, everything
from marque.access.users import FIRST
from marque.app import Marque
from marque.types import PlateEvent

PASSWORDS = {
    role.value: f"{number} tall birches" for role, number in zip(Role, ("six", "seven", "nine", "twelve"), strict=True)
}
"""name of a user, who has the role of that name -> password"""
_numbers = itertools.count(1)


class Site:
    """One server. ``url`` has no slash at its end."""

    def __init__(self, marque: Marque) -> None:
        self.marque = marque

    @property
    def url(self) -> str:
        assert self.marque.server is not None
        return self.marque.server.url

    def add_user(self, name: str, role: str, **rights: Any) -> None:
        """A user with the password that PASSWORDS has for the role."""
        users, tests = self.marque.desk.users, everything("tests")
        if name == FIRST:  # made by the start, with a password of its own
            users.set_password(tests, name, PASSWORDS[role])
        else:
            users.add(tests, name, Role(role), password=PASSWORDS[role], **rights)

    def keep(self, text: str | None = "AB12CDE", **changes: Any) -> PlateEvent:
        """A pass that was seen just now, with pictures; the event as it went into the log."""
        now = datetime.now(UTC)
        made = event(next(_numbers), text)
        seen = replace(made, time=now, first_seen=now - timedelta(seconds=2), last_seen=now)
        told = replace(seen, **changes)
        self.log(told, pictures(text or ""))
        return told

    def log(self, told: PlateEvent, shown: Mapping[str, bytes] | None = None) -> None:
        assert self.marque.log.append(told, shown or {}) is not None

    def open(self, page: Page, path: str = "/", role: str | None = None) -> Page:
        """Go to a page, after signing in as the user of that role."""
        if role is not None:
            sign_in(page, self, role)
        page.goto(self.url + path)
        return page


def sign_in(page: Page, site: Site, name: str, password: str | None = None) -> None:
    """As a person does, and then wait for the page behind."""
    page.goto(f"{site.url}/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password or PASSWORDS[name])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login" not in url)


def pictures(text: str) -> dict[str, bytes]:
    """A drawn frame and a drawn plate, as JPEG."""
    frame = np.full((360, 640, 3), (92, 88, 80), np.uint8)
    crop = np.full((56, 240, 3), 245, np.uint8)
    cv2.putText(crop, text.encode("ascii", "replace").decode(), (8, 40), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (20, 20, 20), 3)
    frame[200:256, 200:440] = crop
    return {name: cv2.imencode(".jpg", image)[1].tobytes() for name, image in (("frame", frame), ("plate", crop))}
