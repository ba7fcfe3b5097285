"""``marque keys``: what programs show in place of a password."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from marque.access.keys import scopes_of
from marque.access.scopes import SCOPES, Role
from marque.cli.access import ME, AsJson, Cameras, Sites, desk, places, within
from marque.cli.asking import Config, Data
from marque.clock import SystemClock
from marque.store.access import ApiKey

app = typer.Typer(no_args_is_help=True, help="Make and revoke API keys.")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    role: Annotated[Role | None, typer.Option(help="What it may do, as a role.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help=f"What it may do, one by one: {', '.join(SCOPES)}.")] = None,
    camera: Cameras = None,
    site: Sites = None,
    days: Annotated[float | None, typer.Option(min=0.001, max=36500, help="It holds so long; else for good.")] = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """Make an API key, and print it this once."""
    expires = SystemClock().now() + timedelta(days=days) if days else None
    with desk(config, data) as at:
        _, text = at.keys.add(ME, name, role=role, scopes=scope or (), within=within(camera, site), expires=expires)
    typer.echo(text)
    typer.echo("This is the key; it is shown this once. Send it as `Authorization: Bearer KEY`.", err=True)


@app.command("list")
def list_(as_json: AsJson = False, config: Config = None, data: Data = None) -> None:
    """List keys by name, without their secrets."""
    with desk(config, data) as at:
        found = at.keys.all(ME)
    if as_json:
        for key in found:
            typer.echo(json.dumps(_as_json(key), ensure_ascii=False))
        return
    table = Table("key", "name", "may", "where", "expires", "used")
    for key in found:
        may = key.role or ", ".join(sorted(key.scopes))
        times = [time.astimezone().strftime("%Y-%m-%d %H:%M") if time else "never" for time in (key.expires, key.used)]
        table.add_row(f"mrq_{key.prefix}_…", escape(key.name), may, places(key.within), *times)
    Console().print(table if found else "There are none.")


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="The key's name, or its part after mrq_.")],
    config: Config = None,
    data: Data = None,
) -> None:
    """Have a key hold no more, from now on."""
    with desk(config, data) as at:
        key = at.keys.revoke(ME, name)
    typer.echo(f"{key.name} holds no more.")


def _as_json(key: ApiKey) -> dict[str, Any]:
    rights = {"cameras": key.within.cameras, "sites": key.within.sites}
    return {
        "prefix": key.prefix,
        "name": key.name,
        "role": key.role,
        "scopes": sorted(scopes_of(key)),
        **{place: None if names is None else sorted(names) for place, names in rights.items()},
        "created": key.created.isoformat(),
        "created_by": key.created_by,
        "expires": key.expires and key.expires.isoformat(),
        "used": key.used and key.used.isoformat(),
    }
