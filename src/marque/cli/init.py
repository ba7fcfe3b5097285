"""``marque init``: a configuration to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from marque.config import template
from marque.errors import MarqueError


def init(
    path: Annotated[Path, typer.Argument(help="The file to write; - prints it.")] = Path("marque.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented configuration that works as it is: it watches a drawn street."""
    if str(path) == "-":
        typer.echo(template(), nl=False)
        return
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(template())
    except FileExistsError as error:
        raise MarqueError(f"{path} is there already", hint="Choose another name, or --force to replace it.") from error
    except OSError as error:
        raise MarqueError(f"{path} cannot be written: {error.strerror}", hint="Choose another place.") from error
    typer.echo(f"Wrote {path}. Put your cameras in, then: marque check {path} && marque run --config {path}")
