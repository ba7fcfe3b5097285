"""``marque serve``: what `marque run` does, without cameras."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from marque.cli import sources as given
from marque.cli.watching import watch


def serve(
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A configuration; see marque init.")] = None,
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Where events and pictures are kept.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to serve at.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to serve at; 0: any free one.")] = None,
) -> None:
    """Serve what was read, and go on delivering it, without watching."""
    settings = given.changed(given.base(config, []), cameras=[])
    watch(given.served(settings, data, host, port, enabled=True), watching=False)
