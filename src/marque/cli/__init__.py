"""The command line. A command is one file here, with one function of its name; it is imported when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from marque.errors import ConfigError, MarqueError
from marque.telemetry import setup_logs

COMMANDS: Mapping[str, str] = {
    "read": "Read the plates in pictures.",
    "run": "Watch cameras, videos and folders; keep what is read and hand it on.",
    "serve": "Serve what was read, and go on delivering it, without watching.",
    "demo": "Show the whole way, from a drawn street to a receiver.",
    "init": "Write a commented configuration.",
    "check": "Name every mistake in a configuration.",
    "config": "Show the configuration in force.",
    "doctor": "Find out what works on this machine.",
    "export": "Write what was read as a table, or corrections to train on.",
    "deliveries": "Look after what is owed to sinks.",
    "users": "Say who may sign in.",
    "keys": "Make and revoke API keys.",
    "search": "Search what was read, here or on a server.",
    "tail": "Show events as they come, here or from a server.",
}


REMOTE = frozenset({"read", "export", "search", "tail"})
"""commands that can ask a server"""


@dataclass(frozen=True, slots=True)
class Remote:
    """The server that ``marque --server URL`` named."""

    url: str
    key: str | None


class LazyGroup(TyperGroup):
    """Imports a command only to run it, and turns our errors into a message, a hint and an exit status."""

    def list_commands(self, ctx: Any) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        del ctx
        return load(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # The names are enough to guess what a misspelt one was meant to be.
        self.commands = {name: TyperCommand(name) for name in COMMANDS}
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        stubs = [TyperCommand(name, help=text) for name, text in COMMANDS.items()]
        TyperGroup(name=self.name, commands=stubs, help=self.help, params=self.params).format_help(ctx, formatter)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except MarqueError as error:
            tell(error)
            raise typer.Exit(2 if isinstance(error, ConfigError) else 1) from error


def load(name: str) -> Any:
    """The command of this name, ready to be called; its file holds a function of that name or, with commands of its
    own, ``app``."""
    module = import_module(f"marque.cli.{name}")
    if hasattr(module, "app"):
        return typer.main.get_group(module.app)
    single = typer.Typer(add_completion=False)
    single.command(name)(getattr(module, name))
    return typer.main.get_command(single)


def tell(error: MarqueError) -> None:
    """What is wrong and what to do about it, on stderr."""
    typer.secho(str(error), err=True, fg="red")
    if error.hint:
        typer.echo(error.hint, err=True)


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        typer.echo(f"marque {version('marque')}")
        raise typer.Exit


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def root(
    context: typer.Context,
    server: Annotated[
        str | None, typer.Option(metavar="URL", envvar="MARQUE_SERVER", help="Ask this server, not the log here.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(envvar="MARQUE_KEY", help="An API key for it; better kept in MARQUE_KEY.")
    ] = None,
    version: Annotated[  # noqa: ARG001 - the option's callback does it
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Marque reads licence plates, from camera to decision."""
    setup_logs("warning")
    if server is None:
        return
    if context.invoked_subcommand in REMOTE:
        context.obj = Remote(server, key)
    elif _typed(context, "server"):
        known = ", ".join(sorted(REMOTE))
        hint = f"Leave out --server. A server can be asked by: {known}."
        raise MarqueError(f"`marque {context.invoked_subcommand}` works on this machine only", hint=hint)


def _typed(context: typer.Context, option: str) -> bool:
    """Whether it was typed, and does not only stand in the environment. Typer hides the class of what it tells."""
    return getattr(context.get_parameter_source(option), "name", "") == "COMMANDLINE"


def main() -> None:
    """Entry point of ``marque``."""
    app()
