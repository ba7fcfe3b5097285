"""``marque doctor``: what works on this machine, and what to do about the rest."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import numpy as np
import onnxruntime
import typer

from marque.app import build_sinks, open_storage
from marque.cli import sources as given
from marque.clock import SystemClock
from marque.config import Settings
from marque.errors import MarqueError
from marque.plates import fold
from marque.plates.render import draw_plate
from marque.ports import Sink
from marque.vision.models import suited, used
from marque.vision.reader import Reader
from marque.vision.runtimes import openvino

PACKAGES = ("numpy", "opencv-python-headless", "onnxruntime", "av", "sqlalchemy", "obstore", "fastapi", "uvicorn")
EXTRAS = {"psycopg": "postgres", "rapidocr": "paddleocr", "onnxruntime-gpu": "cuda", "openvino": "openvino"}
ROOM = 2**30
"""bytes of disk below which we warn"""
TEXT = "AB12 CDE"


@dataclass(frozen=True, slots=True)
class Finding:
    """``grade``: ok, note or bad."""

    grade: str
    about: str
    said: str
    hint: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def doctor(
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A configuration; see marque init.")] = None,
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Where events and pictures are kept.")] = None,
) -> None:
    """Find out what works on this machine: packages, devices, models, disk, database and sinks."""
    settings = given.served(given.base(config, []), data, None, None)
    checks: tuple[Check, ...] = (python, packages, device, models, disk, storage, sinks)
    worst = 0
    for check in checks:
        for finding in _safely(check, settings):
            _print(finding)
            worst = max(worst, finding.grade == "bad")
    if worst:
        raise typer.Exit(1)


def _safely(check: Check, settings: Settings) -> Iterator[Finding]:
    try:
        yield from check(settings)
    except MarqueError as error:
        yield Finding("bad", check.__name__, str(error), error.hint)


def _print(finding: Finding) -> None:
    colour = {"ok": "green", "note": "yellow", "bad": "red"}[finding.grade]
    typer.echo(f"{typer.style(f'{finding.grade:<5}', fg=colour)}{finding.about:<10}{finding.said}")
    if finding.hint:
        typer.echo(f"{'':<15}{finding.hint}")


def python(settings: Settings) -> Iterator[Finding]:
    del settings
    where = f"{platform.system()} {platform.machine()}"
    yield Finding("ok", "python", f"Marque {version('marque')}, Python {platform.python_version()}, {where}")


def packages(settings: Settings) -> Iterator[Finding]:
    del settings
    yield Finding("ok", "packages", ", ".join(f"{name} {_version(name) or 'missing'}" for name in PACKAGES))
    extras = [f"{extra}{'' if _version(name) else ' (not installed)'}" for name, extra in EXTRAS.items()]
    yield Finding("ok", "extras", ", ".join(extras))


def device(settings: Settings) -> Iterator[Finding]:
    asked = settings.reader.device
    can = [name.removesuffix("ExecutionProvider").lower() for name in onnxruntime.get_available_providers()]
    can += ["openvino"] * openvino.installed()
    said = f"{', '.join(can)} can be had; {asked} is asked for: {used(asked)}, {suited(asked)}"
    lacking = suited("cpu") == "int8" and used("auto") == "cpu"
    yield Finding("ok", "device", said, "`pip install marque[openvino]` makes it faster." if lacking else "")


def models(settings: Settings) -> Iterator[Finding]:
    """Loads the networks and lets them read a plate that was drawn a moment ago."""
    reader = Reader(settings.reader)
    street = np.full((480, 640, 3), 96, np.uint8)
    plate = draw_plate(TEXT, height=48)
    street[200 : 200 + plate.shape[0], 150 : 150 + plate.shape[1]] = plate
    timed = reader.read_timed(street)
    said = f"{', '.join(reader.versions.values())}: {timed.total_ms:.0f} ms for a drawn plate"
    texts = [fold(read.text) for read in timed.reads]
    if fold(TEXT) in texts:
        yield Finding("ok", "models", said)
    else:
        yield Finding("bad", "models", f"{said}, read as {texts} and not as {TEXT}", "Install Marque anew.")


def disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.storage.folder.absolute()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    grade = "ok" if free >= ROOM else "bad"
    yield Finding(grade, "disk", f"{free / 2**30:.1f} GiB free at {there}", "" if grade == "ok" else "Make room.")


def storage(settings: Settings) -> Iterator[Finding]:
    store, _ = open_storage(settings.storage)
    with closing(store):
        owed = sum(store.pending().values())
        yield Finding("ok", "storage", f"{store.last_cursor()} events, {owed} deliveries owed")


def sinks(settings: Settings) -> Iterator[Finding]:
    store, blobs = open_storage(settings.storage)
    with closing(store):
        for name, (sink, one) in build_sinks(settings, blobs, SystemClock()).items():
            yield _answer(name, one.type, sink)


def _answer(name: str, kind: str, sink: Sink) -> Finding:
    with closing(sink):
        try:
            sink.check()
        except MarqueError as error:
            return Finding("bad", "sink", f"{name} ({kind}): {error}", error.hint)
    return Finding("ok", "sink", f"{name} ({kind}) answers")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
