"""``marque export``: what was read as a file, or what people corrected as a folder to train on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from marque.access.scopes import everything
from marque.app import open_archive
from marque.cli import sources as given
from marque.errors import MarqueError
from marque.plates import normalize
from marque.queries import ReadQuery
from marque.services.archive import Archive
from marque.services.exports import Format
from marque.types import EventClass

MATCHES = ("exact", "prefix", "wildcard", "regex", "fuzzy")
Some = Annotated[list[str] | None, typer.Option(help="Only of this one; may be given several times.")]


def export(
    form: Annotated[Format, typer.Option("--format", "-f", help="CSV, JSON Lines or Parquet.")] = Format.CSV,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="A file; else it is printed.")] = None,
    corrections: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write corrected crops and their texts here, to train on.")
    ] = None,
    plate: Annotated[str | None, typer.Option(help="Only this plate.")] = None,
    match: Annotated[str, typer.Option(help=f"How it is compared: {', '.join(MATCHES)}.")] = "exact",
    camera: Some = None,
    site: Some = None,
    region: Some = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Not before this time, as ISO 8601.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Before this time.")] = None,
    min_confidence: Annotated[float | None, typer.Option(min=0, max=1, help="Read at least so surely.")] = None,
    event_class: Annotated[EventClass | None, typer.Option("--class", help="Only these; else both.")] = None,
    corrected: Annotated[
        bool | None, typer.Option("--corrected/--uncorrected", help="Whether a person corrected it.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many, newest first.")] = None,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A configuration; see marque init.")] = None,
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Where events and pictures are kept.")] = None,
) -> None:
    """Write what was read as a table, each pass once; or with --corrections what people corrected, to train on."""
    if plate is not None and match != "regex" and not normalize(plate):
        raise typer.BadParameter("there is no letter or digit in it", param_hint="--plate")
    if match not in MATCHES:
        raise typer.BadParameter(f"{match!r} is not one of {', '.join(MATCHES)}", param_hint="--match")
    query = ReadQuery(
        plate=plate,
        plate_match=match,
        cameras=tuple(camera or ()),
        sites=tuple(site or ()),
        regions=tuple(region or ()),
        since=moment("--since", since),
        until=moment("--until", until),
        min_confidence=min_confidence,
        event_class=event_class,
        corrected=corrected,
    )
    settings = given.served(given.base(config, []), data, None, None)
    with open_archive(settings.storage) as archive:
        if corrections is not None:
            _crops(archive, corrections, query)
        else:
            _file(archive, query, form, out, limit)


def _crops(archive: Archive, folder: Path, query: ReadQuery) -> None:
    written = archive.crops.write(everything("local"), folder, query)
    typer.echo(f"{written.crops} corrected crops are in {folder}.", err=True)
    if written.missing:
        typer.echo(f"{written.missing} more were corrected, but their pictures are not kept.", err=True)


def _file(archive: Archive, query: ReadQuery, form: Format, out: Path | None, limit: int | None) -> None:
    if form is Format.PARQUET and out is None and sys.stdout.isatty():
        raise typer.BadParameter("Parquet is not text; name a file", param_hint="--out")
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


def moment(option: str, text: str | None) -> datetime | None:
    """A time as people give it: a date, or a time, here unless it names a zone."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{text!r} is not a time such as 2026-05-04T12:00", param_hint=option) from error
