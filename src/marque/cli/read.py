"""``marque read``: pictures in, plates out: a table for people, JSON Lines for programs, CSV for spreadsheets."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import cv2
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from marque.cli import asking, elsewhere
from marque.cli.pictures import Picture, pictures
from marque.config import ReaderSettings
from marque.errors import ConfigError, MarqueError
from marque.services import answers
from marque.services.answers import DIGITS, Choice
from marque.types import PlateRead, Vehicle
from marque.vision.image import annotate as annotated
from marque.vision.reader import Reader

COLUMNS = (
    "image",
    "text",
    "raw",
    "display",
    "confidence",
    "region",
    "x0",
    "y0",
    "x1",
    "y1",
    "detection_confidence",
    "error",
)

MANY = 100
"""pictures that are worth the second in which faster runtimes start"""


@dataclass(frozen=True, slots=True)
class Answer(answers.Answer):
    """What came of one picture, and where its copy belongs under an output folder."""

    place: Path = Path()


def read(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Pictures, folders, globs, or - for stdin.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per picture.")] = False,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write one line per plate to this file.")] = None,
    annotate: Annotated[
        Path | None, typer.Option(help="Write the pictures with the reads drawn on to this folder.")
    ] = None,
    regions: Annotated[str, typer.Option(help="Where plates are from, such as gb,de. Default: anywhere.")] = "",
    top: Annotated[int, typer.Option(min=1, help="Candidates per plate.")] = 5,
    min_confidence: Annotated[float, typer.Option(min=0, max=1, help="Leave out less certain plates.")] = 0.0,
    crop: Annotated[bool, typer.Option("--crop", help="Each picture is a plate: read it whole.")] = False,
    vehicles: Annotated[bool, typer.Option("--vehicles", help="Tell of vehicles as well.")] = False,
) -> None:
    """Read the plates in pictures."""
    # OpenCV and its codecs write their own lines about damaged files; ours say it once.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    codes = tuple(code.strip().lower() for code in regions.split(",") if code.strip())
    choice = Choice(codes, top, min_confidence, crop, vehicles)
    wanted = list(pictures(paths))
    with asking.client(context) as server:
        if server is not None:
            ask = partial(elsewhere.answer, server, choice=choice)
        else:
            ask = partial(_answer, _reader(codes, len(wanted)), choice=choice)
        _show(_all(wanted, ask), as_json=as_json, csv_file=csv_file, annotate=annotate)


def _show(found: Iterator[Answer], *, as_json: bool, csv_file: Path | None, annotate: Path | None) -> None:
    if as_json:
        found = _told(found)
    if annotate:
        found = _drawn(found, annotate)
    if csv_file:
        found = _filed(found, csv_file)
    kept = [replace(answer, image=None) for answer in _writable(found)]
    if not as_json:
        Console().print(_table(kept))
    if any(answer.error for answer in kept):
        raise typer.Exit(1)


def _reader(codes: Sequence[str], count: int) -> Reader:
    try:
        return Reader(ReaderSettings(regions=list(codes), device="cpu" if count < MANY else "auto"))
    except ValidationError as error:
        problem = f"--regions {','.join(codes)}: a region is a code such as gb or us-ca"
        raise ConfigError([problem], hint="Write commas between them.") from error


def _all(wanted: Sequence[Picture], ask: Callable[[Picture], answers.Answer]) -> Iterator[Answer]:
    """Answers in input order, with a progress bar where there is someone to see it and something to wait for."""
    console = Console(stderr=True)
    quiet = len(wanted) < 2 or not console.is_terminal
    for picture in track(wanted, "Reading", console=console, disable=quiet, transient=True):
        told = ask(picture)
        answer = Answer(told.name, told.image, told.timed, told.fault, told.vehicles, picture.place)
        if answer.fault:
            console.print(
                f"{picture.name}: {answer.fault}. {answer.fault.hint}", style="red", markup=False, soft_wrap=True
            )
        yield answer


def _answer(reader: Reader, picture: Picture, choice: Choice) -> answers.Answer:
    return answers.answer(reader, picture.name, picture.open, choice)


def _told(found: Iterable[Answer]) -> Iterator[Answer]:
    """Prints each answer as it passes."""
    for answer in found:
        typer.echo(json.dumps(answers.to_json(answer), ensure_ascii=False))
        yield answer


def _drawn(found: Iterable[Answer], folder: Path) -> Iterator[Answer]:
    """Writes each answer's picture as it passes; one of the same name gets a number."""
    taken: set[Path] = set()
    for answer in found:
        if answer.image is not None:
            place = _free((folder / answer.place).with_suffix(".jpg"), taken)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(cv2.imencode(".jpg", annotated(answer.image, answer.reads))[1].tobytes())
        yield answer


def _free(place: Path, taken: set[Path]) -> Path:
    name, number = place, 1
    while name in taken:
        number += 1
        name = place.with_stem(f"{place.stem}-{number}")
    taken.add(name)
    return name


def _filed(found: Iterable[Answer], path: Path) -> Iterator[Answer]:
    """Writes a line per plate of each answer as it passes; a picture without plates has one line too."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for answer in found:
            rows = [_row(plate) for plate in answer.reads] or [{"error": answer.error}]
            writer.writerows({"image": answer.name} | row for row in rows)
            yield answer


def _writable(found: Iterable[Answer]) -> Iterator[Answer]:
    """The answers, and a message in place of a traceback where an output cannot be written."""
    try:
        yield from found
    except BrokenPipeError:
        raise  # whoever listened has heard enough; the command line knows what to do
    except OSError as error:
        hint = "Choose a place with room that you may write to."
        raise MarqueError(f"cannot write {error.filename or 'the output'}: {error.strerror}", hint=hint) from error


def _row(plate: PlateRead) -> dict[str, Any]:
    corners = dict(zip(("x0", "y0", "x1", "y1"), (round(v, 1) for v in plate.box.as_list()), strict=True))
    return corners | {
        "text": plate.text,
        "raw": plate.raw,
        "display": plate.display,
        "confidence": round(plate.confidence, DIGITS),
        "region": plate.region and plate.region.code,
        "detection_confidence": round(plate.detection_confidence, DIGITS),
    }


def _table(found: Iterable[Answer]) -> Table:
    table = Table("Picture", "Plate", "Confidence", "Region", "Width", "ms")
    for answer in found:
        rows = [_cells(plate) for plate in answer.reads] or [
            (f"[dim]{escape(answer.error or 'no plate')}[/]", "", "", "")
        ]
        rows += [_vehicle_cells(vehicle) for vehicle in answer.vehicles or ()]
        ms = f"{answer.timed.total_ms:.0f}" if answer.timed else ""
        for number, cells in enumerate(rows):
            table.add_row("" if number else escape(answer.name), *cells, "" if number else ms)
    return table


def _vehicle_cells(vehicle: Vehicle) -> tuple[str, str, str, str]:
    """What is known of it in the place of a plate: ``white van``."""
    sure = f"{vehicle.type.confidence:.0%}" if vehicle.type else ""
    return f"[cyan]{vehicle.words}[/]", sure, "", f"{vehicle.box.width:.0f} px" if vehicle.box else ""


def _cells(plate: PlateRead) -> tuple[str, str, str, str]:
    text = f"[bold]{escape(plate.display)}[/]" if plate.display else "[dim]not readable[/]"
    return text, f"{plate.confidence:.0%}", plate.region.code if plate.region else "", f"{plate.box.width:.0f} px"
