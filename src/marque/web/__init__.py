"""The pages a browser gets: plain HTML files with their own style and script, nothing fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

PAGES = {"/": "live.html", "/docs": "docs.html", "/login": "login.html"}
"""path -> file of this folder"""


def pages() -> Mapping[str, str]:
    """path -> HTML."""
    folder = resources.files(__name__)
    return {path: (folder / name).read_text(encoding="utf-8") for path, name in PAGES.items()}
