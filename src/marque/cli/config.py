"""``marque config``: the settings in force, from file, environment and defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import yaml

from marque.config import load, masked

app = typer.Typer(no_args_is_help=True, help="Show the configuration in force.")


@app.callback()
def root() -> None:
    """Show the configuration in force."""


@app.command()
def show(path: Annotated[Path, typer.Argument(help="The configuration.")] = Path("marque.yaml")) -> None:
    """Print every setting, defaults and environment included, with secrets masked."""
    settings = load(path).model_dump(mode="json")
    typer.echo(yaml.safe_dump(masked(settings), sort_keys=False, allow_unicode=True), nl=False)
