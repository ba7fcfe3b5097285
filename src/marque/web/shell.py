"""The one NiceGUI application of the process: pages register themselves with it when they are imported.

NiceGUI keeps its pages, clients and event loop in module state, so there is one shell however many servers a process
has; :mod:`marque.web.dashboard` says which server's services a page is to use.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from fastapi import FastAPI
from nicegui import app, ui

STATIC = Path(__file__).parent / "static"
FILES = "/_marque"
"""where the files of ``static`` are served"""
MARK = (STATIC / "mark.svg").read_text(encoding="utf-8")

shell = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
ui.run_with(
    shell,
    title="Marque",
    favicon=MARK,
    dark=None,
    tailwind=False,
    gzip_middleware_factory=None,
    show_welcome_message=False,
    binding_refresh_interval=None,
    reconnect_timeout=10.0,
)
app.add_static_files(FILES, STATIC)


def asset(name: str) -> str:
    """Where a file of ``static`` is served; another content has another address, so browsers may keep it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"{FILES}/{name}?{digest[:12]}"


# Painted before any script has run, so that a dark page never flashes white.
ui.add_head_html(f'<link rel="stylesheet" href="{asset("theme.css")}">', shared=True)
