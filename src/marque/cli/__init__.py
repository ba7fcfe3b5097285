"""The command line."""

from __future__ import annotations

import typer

from marque.cli.read import read

app = typer.Typer(help="Marque reads licence plates.", no_args_is_help=True)
app.command()(read)


@app.callback()
def _commands() -> None:
    """Keeps commands commands while there is only one."""


def main() -> None:
    """Entry point of ``marque``."""
    app()
