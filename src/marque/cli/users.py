"""``marque users``: who may sign in. Works on the store itself, so also before the first start and without one."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from marque.access.scopes import Role
from marque.cli.access import ME, AsJson, Cameras, Sites, desk, places, within
from marque.cli.asking import Config, Data
from marque.store.access import User

app = typer.Typer(no_args_is_help=True, help="Say who may sign in.")
Name = Annotated[str, typer.Argument(help="The user's name.")]
Ask = Annotated[bool, typer.Option("--ask", help="Type the password, or give it on stdin; else one is generated.")]


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEWER,
    camera: Cameras = None,
    site: Sites = None,
    ask: Ask = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """Add a user, and print the password that was generated for them."""
    password = typed() if ask else None
    with desk(config, data) as at:
        user, made = at.users.add(ME, name, role, within(camera, site), password)
    typer.echo(f"{user.name} may sign in as {user.role}.")
    _tell(made, ask)


@app.command("list")
def list_(as_json: AsJson = False, config: Config = None, data: Data = None) -> None:
    """List users by name."""
    with desk(config, data) as at:
        found = at.users.all(ME)
    if as_json:
        for user in found:
            typer.echo(json.dumps(_as_json(user), ensure_ascii=False))
        return
    table = Table("name", "role", "where", "state", "signed in")
    for user in found:
        last = user.signed_in.astimezone().strftime("%Y-%m-%d %H:%M:%S") if user.signed_in else "never"
        table.add_row(user.name, user.role, places(user.within), "disabled" if user.disabled else "", last)
    Console().print(table if found else "There are none.")


@app.command()
def role(
    name: Name,
    role: Annotated[Role, typer.Argument(help="What they may do.")],
    camera: Cameras = None,
    site: Sites = None,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="At every camera and site.")] = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """Give a user another role, and where it holds; without a place that stays as it is."""
    if everywhere and (camera or site):
        raise typer.BadParameter("--everywhere leaves no place to name")
    rights = within(camera, site) if camera or site or everywhere else None
    with desk(config, data) as at:
        user = at.users.change(ME, name, role=role, within=rights)
    typer.echo(f"{user.name} is {user.role} now, {places(user.within)}.")


@app.command()
def disable(
    name: Name,
    again: Annotated[bool, typer.Option("--undo", help="Let them sign in again.")] = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """Let a user sign in no more, and end their sessions; --undo takes it back."""
    with desk(config, data) as at:
        user = at.users.change(ME, name, disabled=not again)
    typer.echo(f"{user.name} may sign in {'again' if again else 'no more'}.")


@app.command()
def password(name: Name, ask: Ask = False, config: Config = None, data: Data = None) -> None:
    """Give a user another password, and end their sessions."""
    given = typed() if ask else None
    with desk(config, data) as at:
        made = at.users.set_password(ME, name, given)
    typer.echo(f"{name.lower()} has another password.")
    _tell(made, ask)


@app.command()
def remove(name: Name, config: Config = None, data: Data = None) -> None:
    """Forget a user; what they did stays in the audit trail."""
    with desk(config, data) as at:
        at.users.remove(ME, name)
    typer.echo(f"{name.lower()} is gone.")


def typed() -> str:
    """The password that is typed twice at a terminal, or the first line that comes on stdin."""
    if sys.stdin.isatty():
        text: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return text
    return sys.stdin.readline().rstrip("\r\n")


def _tell(made: str, asked: bool) -> None:
    if not asked:
        typer.echo(f"The password is {made}; it is shown this once.")


def _as_json(user: User) -> dict[str, Any]:
    rights = {"cameras": user.within.cameras, "sites": user.within.sites}
    return {
        "name": user.name,
        "role": user.role,
        **{key: None if names is None else sorted(names) for key, names in rights.items()},
        "disabled": user.disabled,
        "created": user.created.isoformat(),
        "signed_in": user.signed_in and user.signed_in.isoformat(),
    }
