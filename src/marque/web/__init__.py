"""The dashboard: NiceGUI's pages on the server's own application, nothing fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module, resources

from marque.web.dashboard import Dashboard
from marque.web.services import Services

PAGES = {"/docs": "docs.html", "/login": "login.html"}
"""path -> file of this folder: pages that work without the dashboard, for whoever is not signed in yet"""
ROOMS = ("live", "start", "reading", "analytics", "cameras", "search", "reads", "operations")
"""modules of :mod:`marque.web.pages`"""

for room in ROOMS:
    import_module(f"marque.web.pages.{room}")


def pages() -> Mapping[str, str]:
    """path -> HTML."""
    folder = resources.files(__name__)
    return {path: (folder / name).read_text(encoding="utf-8") for path, name in PAGES.items()}


__all__ = ["Dashboard", "Services", "pages"]
