"""``marque check``: is the configuration right?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from marque.app import mistakes
from marque.config import load


def check(path: Annotated[Path, typer.Argument(help="The configuration.")] = Path("marque.yaml")) -> None:
    """Name every mistake in a configuration; nothing is started and nothing is sent."""
    settings = load(path, further=mistakes)
    cameras, sinks = len(settings.cameras), len(settings.sinks)
    typer.echo(f"{path} is right: {_count(cameras, 'camera')}, {_count(sinks, 'sink')}.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
