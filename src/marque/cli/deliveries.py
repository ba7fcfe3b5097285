"""``marque deliveries``: what is owed to sinks, what was refused, and another try for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from marque.app import open_storage
from marque.cli import sources as given
from marque.cli.asking import Config, Data
from marque.clock import SystemClock
from marque.errors import MarqueError
from marque.ports import Store
from marque.types import Delivery, DeliveryState
from marque.wire import to_wire

app = typer.Typer(no_args_is_help=True, help="Look after what is owed to sinks.")
LAST_ID = 2**63 - 1
"""the largest number a database gives"""
Sink = Annotated[str | None, typer.Option(help="Only of this sink.")]


@app.command("list")
def list_(
    sink: Sink = None,
    state: Annotated[DeliveryState | None, typer.Option(help="Only in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """List deliveries, newest first."""
    with _store(config, data) as store:
        found = store.deliveries(sink=sink, state=state, limit=limit)
    if as_json:
        for delivery in found:
            typer.echo(json.dumps(_as_json(delivery), ensure_ascii=False))
        return
    table = Table("id", "sink", "state", "attempts", "due", "plate", "answer")
    for one in found:
        table.add_row(
            str(one.id), one.sink, one.state, str(one.attempts), _time(one.due), _plate(one), escape(one.answer)
        )
    Console().print(table if found else "There are none.")


@app.command()
def show(
    number: Annotated[int, typer.Argument(metavar="ID", min=1, max=LAST_ID)], config: Config = None, data: Data = None
) -> None:
    """Show one delivery with its event and the receiver's answer, as JSON."""
    with _store(config, data) as store:
        delivery = store.delivery(number)
    if delivery is None:
        raise MarqueError(f"there is no delivery {number}", hint="`marque deliveries list` shows what there is.")
    typer.echo(json.dumps(_as_json(delivery) | {"event": to_wire(delivery.event)}, indent=2, ensure_ascii=False))


@app.command()
def redrive(
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="ID", min=1, max=LAST_ID, help="Dead letters to try again.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Try every dead letter again.")] = False,
    sink: Sink = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """Try dead letters again: those named, or --all (of one --sink)."""
    if bool(numbers) == every:
        raise typer.BadParameter("name the deliveries, or say --all")
    with _store(config, data) as store:
        count = 0
        for batch in [numbers] if numbers else dead(store, sink):
            count += store.redrive(batch, SystemClock().now())
    typer.echo(f"{count} {'delivery' if count == 1 else 'deliveries'} will be tried again.")
    if numbers and count < len(numbers):
        raise MarqueError("the others are no dead letters", hint="`marque deliveries list --state dead` shows those.")


def dead(store: Store, sink: str | None) -> Iterator[list[int]]:
    """The ids of dead letters, each once: one that is refused anew meanwhile is not met again."""
    last = None
    while found := store.deliveries(sink=sink, state=DeliveryState.DEAD, before=last, limit=500):
        last = found[-1].id
        yield [delivery.id for delivery in found]


@contextmanager
def _store(config: Path | None, data: Path | None) -> Iterator[Store]:
    settings = given.served(given.base(config, []), data, None, None)
    store, _ = open_storage(settings.storage)
    try:
        yield store
    finally:
        store.close()


def _time(time: datetime) -> str:
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _plate(delivery: Delivery) -> str:
    return delivery.event.read.text if delivery.event.read else "-"


def _as_json(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "sink": delivery.sink,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "created": delivery.created.isoformat(),
        "due": delivery.due.isoformat(),
        "expires": delivery.expires and delivery.expires.isoformat(),
        "answer": delivery.answer,
        "event": {"id": delivery.event.id, "revision": delivery.event.revision},
    }
