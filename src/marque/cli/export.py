"""``marque export``: what was read as a file, or what people corrected as a folder to train on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from marque.access.scopes import everything
from marque.app import open_archive
from marque.cli import asking
from marque.cli import sources as given
from marque.cli.asking import Match
from marque.errors import MarqueError
from marque.queries import ReadQuery
from marque.services.archive import Archive
from marque.services.exports import Format

if TYPE_CHECKING:
    from marque.client import Client, Filters


def export(
    context: typer.Context,
    form: Annotated[Format, typer.Option("--format", "-f", help="CSV, JSON Lines or Parquet.")] = Format.CSV,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="A file; else it is printed.")] = None,
    corrections: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write corrected crops and their texts here, to train on.")
    ] = None,
    plate: asking.Plate = None,
    match: asking.How = Match.EXACT,
    camera: asking.Cameras = None,
    site: asking.Sites = None,
    region: asking.Regions = None,
    since: asking.Since = None,
    until: asking.Until = None,
    min_confidence: asking.Confidence = None,
    event_class: asking.Class = None,
    corrected: asking.Corrected = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many, newest first.")] = None,
    config: asking.Config = None,
    data: asking.Data = None,
) -> None:
    """Write what was read as a table, each pass once; or with --corrections what people corrected, to train on."""
    asked = asking.filters(
        plate=plate,
        match=match if plate else None,
        camera=camera,
        site=site,
        region=region,
        since=since,
        until=until,
        min_confidence=min_confidence,
        event_class=event_class,
        corrected=corrected,
    )
    if form is Format.PARQUET and out is None and corrections is None and sys.stdout.isatty():
        raise typer.BadParameter("Parquet is not text; name a file", param_hint="--out")
    with asking.client(context) as server:
        if server is not None:
            _fetch(server, asked, form, out, limit, corrections)
            return
    query = ReadQuery(**asking.wanted(asked))
    settings = given.served(given.base(config, []), data, None, None)
    with open_archive(settings.storage) as archive:
        if corrections is not None:
            _crops(archive, corrections, query)
        else:
            _file(archive, query, form, out, limit)


def _fetch(
    server: Client, asked: Filters, form: Format, out: Path | None, limit: int | None, corrections: Path | None
) -> None:
    if corrections is not None:
        raise typer.BadParameter("corrections are written where the pictures are kept", param_hint="--corrections")
    with _opened(out) as file:
        for chunk in server.export(form.value, most=limit, **asked):
            file.write(chunk)


def _crops(archive: Archive, folder: Path, query: ReadQuery) -> None:
    written = archive.crops.write(everything("local"), folder, query)
    typer.echo(f"Corrected crops in {folder}: {written.crops}.", err=True)
    if written.missing:
        typer.echo(f"Corrected, but without a picture that is kept: {written.missing}.", err=True)


def _file(archive: Archive, query: ReadQuery, form: Format, out: Path | None, limit: int | None) -> None:
    export = archive.exports.reads(everything("local"), query, form, limit)
    try:
        with _opened(out) as file:
            for chunk in export.chunks:
                file.write(chunk)
    finally:
        export.close()


@contextmanager
def _opened(out: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that is whole or not there."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(out)
    except OSError as error:
        raise MarqueError(f"{out} cannot be written: {error.strerror}", hint="Name another with --out.") from error
    finally:
        part.unlink(missing_ok=True)
