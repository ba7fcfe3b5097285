"""What `marque users` and `marque keys` share: the desk over the configured store, and rights as options."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from marque.access.desk import Desk, open_desk
from marque.access.scopes import everything
from marque.cli import sources as given
from marque.clock import SystemClock
from marque.store.database import open_database
from marque.types import Within

ME = everything("command line")
"""whoever may write to the store may do everything"""
Cameras = Annotated[
    list[str] | None, typer.Option("--camera", metavar="ID", help="Only this camera; may be said again.")
]
Sites = Annotated[list[str] | None, typer.Option("--site", metavar="NAME", help="Only this site; may be said again.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]


@contextmanager
def desk(config: Path | None, data: Path | None) -> Iterator[Desk]:
    """Users, keys and what is written down of them, in the configured store. Raises MarqueError."""
    settings = given.served(given.base(config, []), data, None, None)
    with closing(open_database(settings.storage.database_url)) as database:
        yield open_desk(database, settings.access, SystemClock())


def within(cameras: list[str] | None, sites: list[str] | None) -> Within:
    """The rights that the options say; without any: everywhere."""
    return Within(frozenset(cameras) if cameras else None, frozenset(sites) if sites else None)


def places(rights: Within) -> str:
    """Where rights hold, for people."""
    named = [*_names("camera", rights.cameras), *_names("site", rights.sites)]
    return "everywhere" if rights == Within() else ", ".join(named) or "nowhere"


def _names(kind: str, names: Collection[str] | None) -> Iterator[str]:
    yield from (f"{kind} {name}" for name in sorted(names or ()))
