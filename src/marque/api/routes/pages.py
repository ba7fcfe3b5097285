"""The HTML pages that the composition root handed in, each allowed to run its own script and nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from marque.api.auth import identify, public
from marque.api.parts import Parts
from marque.errors import AccessError

LOGIN = "/login"
NOT_KEPT = {"Cache-Control": "no-store"}
INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


def router(parts: Parts) -> APIRouter:
    """A route for every page."""
    routes = APIRouter(include_in_schema=False)
    for path, html in parts.pages.items():
        # a response of its own for each: compressing changes its headers in place
        answer = partial(
            HTMLResponse, html, headers={"Content-Security-Policy": policy(html), "Cache-Control": "no-cache"}
        )
        routes.add_api_route(path, _page(path, answer), response_class=HTMLResponse, dependencies=[public])
    return routes


def _page(path: str, answer: Callable[[], Response]) -> Callable[[Request], Response]:
    """Whoever has to sign in first is sent there, and from there back to this page."""

    def show(request: Request) -> Response:
        if (path == LOGIN) is _unknown(request):
            return answer()
        return RedirectResponse("/" if path == LOGIN else f"{LOGIN}?next={quote(path)}", 303, NOT_KEPT)

    return show


def _unknown(request: Request) -> bool:
    try:
        identify(request)
    except AccessError:
        return True
    return False


def policy(html: str) -> str:
    """A content security policy that names the page's own scripts and styles by their hashes."""
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for kind, text in INLINE.findall(html):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        hashes[kind].append(f"'sha256-{digest}'")
    own = "; ".join(f"{kind}-src {' '.join(found)}" for kind, found in hashes.items() if found)
    return (
        f"default-src 'none'; {own}; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
