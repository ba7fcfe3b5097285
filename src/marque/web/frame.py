"""What every page has around it: the way to the other pages, who is there, the theme."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from anyio import to_thread
from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from marque.access.scopes import SCOPES
from marque.errors import AccessError
from marque.web.services import KEY, Services
from marque.web.shell import asset
from marque.web.visitor import Visitor

Build = Callable[[Visitor, Request], Awaitable[None]]
PAGES: list[re.Pattern[str]] = []
"""paths of the pages, in the order of their registration"""


@dataclass(frozen=True)
class Door:
    """A way in the navigation. ``key``: with `g` before it, it goes there. ``scope``: what one needs to be let in."""

    path: str
    name: str
    icon: str
    key: str
    scope: str


DOORS = (
    Door("/", "Live", "live", "l", "events:stream"),
    Door("/search", "Search", "search", "s", "reads:view"),
    Door("/cameras", "Cameras", "camera", "c", "cameras:view"),
    Door("/analytics", "Analytics", "chart", "a", "analytics:view"),
    Door("/try", "Read a picture", "picture", "r", "plates:read"),
    Door("/operations", "Operations", "gear", "o", "state:view"),
)


class View(ui.element):
    """A view of ours: a script that draws itself from the API, with what the page tells it as ``options``."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self._props["options"] = options


class Top(View, component="views/top.js", esm={"marque": "static/lib"}):
    """Brand, navigation, keyboard help, who is there."""


def page(path: str, title: str, scope: str = "", style: str | None = None) -> Callable[[Build], Build]:
    """Register a page. ``build`` gets a visitor who has ``scope``; a stranger is sent to sign in and back.
    ``style``: a file of ``static`` that this page needs beside the theme."""

    def register(build: Build) -> Build:
        PAGES.append(re.compile(re.sub(r"\{\w+\}", r"[^/]+", path) + r"\Z"))

        @ui.page(path, title=f"{title} · Marque", response_timeout=15.0)
        async def show(request: Request) -> Response | None:
            services: Services = request.scope[KEY]
            try:
                visitor = await to_thread.run_sync(Visitor.of, services, request)
            except AccessError:
                here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return RedirectResponse(f"/login?next={quote(here)}", 303, {"Cache-Control": "no-store"})
            if style:
                ui.add_head_html(f'<link rel="stylesheet" href="{asset(style)}">')
            surround(visitor, path)
            # a landmark already: NiceGUI puts what is on a page into a <main>
            with ui.element("div").classes("page").props("id=main tabindex=-1"):
                if scope and not visitor.may(scope):
                    refused(visitor, scope)
                else:
                    await build(visitor, request)
            return None

        return build

    return register


def surround(visitor: Visitor, path: str) -> None:
    """The frame above a page."""
    doors = [vars(door) for door in DOORS if visitor.may(door.scope)]
    Top(
        doors=doors,
        here=path,
        name=visitor.principal.name,
        kind=visitor.principal.kind,
    )


def refused(visitor: Visitor, scope: str) -> None:
    """Instead of a page that is not for this visitor."""
    with ui.element("section").classes("card notice"):
        said("h1", "This page is not for you")
        said("p", f"It lets one {SCOPES[scope]}, which {visitor.principal.name} may not. Ask whoever manages users.")


def said(tag: str, text: str, classes: str = "") -> ui.element:
    """An element with a text, which stays text whatever is in it."""
    return TextElement(tag=tag, text=text).classes(classes)
