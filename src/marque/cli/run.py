"""``marque run``: watch, keep, hand on, serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from marque.app import inspect
from marque.cli import sources as given
from marque.cli.watching import watch
from marque.errors import MarqueError


def run(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="Videos, folders, rtsp:// and http:// addresses, or scene: (drawn)."),
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A configuration; see marque init.")] = None,
    regions: Annotated[str, typer.Option(help="Where plates are from, such as gb,de. Default: anywhere.")] = "",
    webhook: Annotated[str | None, typer.Option(metavar="URL", help="Post every event there.")] = None,
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Where events and pictures are kept.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to serve at.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to serve at; 0: any free one.")] = None,
    no_server: Annotated[bool, typer.Option("--no-server", help="Open no port.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON event per line.")] = False,
    exit_when_done: Annotated[
        bool, typer.Option("--exit-when-done/--stay", help="When every source has ended, end too or go on serving.")
    ] = True,
) -> None:
    """Watch cameras, videos and folders; keep what is read, show it on a page and hand it on."""
    words = [word for word in regions.lower().replace(" ", "").split(",") if word]
    settings = given.with_sources(given.base(config, sources or []), sources or [], words)
    if not settings.cameras and exit_when_done:
        hint = "Name a SOURCE, write cameras down (`marque init`), or --stay and add them through the API."
        raise MarqueError("there is nothing to watch", hint=hint)
    inspect(settings)
    if webhook:
        settings = given.with_webhook(settings, webhook)
    enabled = False if no_server else None
    watch(given.served(settings, data, host, port, enabled=enabled), as_json=as_json, exit_when_done=exit_when_done)
