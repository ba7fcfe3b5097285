"""Appends events to a file: JSON Lines (one ``marque.event/1`` object per line) or CSV.

The file is synced to disk after every batch. It is rotated when it would pass ``max_mb`` or, with ``rotate: day``,
when the UTC day ends: ``plates.jsonl`` becomes ``plates-20260504T120000.000000Z.jsonl``. ``keep`` rotated files stay,
older ones are deleted. After a kill or a power cut a half-written last line is closed with a line break, and its event
is written again: readers skip a line that is not whole and tell repeated events by ``id`` and ``revision``.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from marque.errors import Temporary
from marque.ports import Clock, Outcome, Payload, PluginConfig, SinkContext
from marque.types import PlateEvent
from marque.wire import to_json, to_wire

EXAMPLE = """\
name: archive
type: file
path: marque-data/plates.jsonl
rotate: day
"""
REQUIRES = ""

COLUMNS = (
    "id", "revision", "kind", "class", "time", "site", "camera", "zone", "direction", "text", "raw", "display",
    "confidence", "region", "readings", "first_seen", "last_seen", "parked", "reason", "frame", "plate",
)  # fmt: skip


class Config(PluginConfig):
    path: Path
    """where to write; folders are made"""
    format: Literal["jsonl", "csv"] = "jsonl"
    rotate: Literal["day", "never"] = "never"
    """``day``: start a new file every UTC day"""
    max_mb: float = Field(100.0, gt=0)
    """megabytes a file may have"""
    keep: int = Field(100, ge=1)
    """rotated files that stay"""


def build(config: Config, context: SinkContext) -> FileSink:
    return FileSink(config, context.clock)


class FileSink:
    """One open file, appended to."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._encode: Callable[[PlateEvent], str] = csv_line if config.format == "csv" else json_line
        self._file: io.FileIO | None = None
        self._day = ""

    def encode(self, event: PlateEvent) -> Payload:
        kind = "text/csv" if self._config.format == "csv" else "application/x-ndjson"
        return Payload(self._encode(event).encode(), kind)

    def send(self, payloads: Sequence[Payload]) -> list[Outcome]:
        """All or nothing: a batch that cannot be written whole is taken back."""
        data = b"".join(payload.body for payload in payloads)
        try:
            file = self._ready(len(data))
            self._write(file, data)
        except OSError as error:
            hint = "Free disk space, or check the path and its permissions."
            raise Temporary(f"cannot write {self._config.path}: {error}", hint=hint) from error
        return [None] * len(payloads)

    def check(self) -> None:
        """Raises Temporary when the file cannot be opened for writing."""
        try:
            self._ready(0)
        except OSError as error:
            raise Temporary(f"cannot open {self._config.path}: {error}") from error

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, file: io.FileIO, data: bytes) -> None:
        size = file.seek(0, os.SEEK_END)
        try:
            _write_all(file, data)
            os.fsync(file.fileno())
        except OSError:
            file.truncate(size)
            raise

    def _ready(self, coming: int) -> io.FileIO:
        """The open file, rotated before when it must be."""
        file = self._file or self._open()
        size = file.seek(0, os.SEEK_END)
        full = size + coming > self._config.max_mb * 1e6
        if size > len(self._header()) and (full or self._day_is_over()):
            self._rotate()
            file = self._open()
        return file

    def _open(self) -> io.FileIO:
        path = self._config.path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = file = io.FileIO(path, "a+")
        size = file.seek(0, os.SEEK_END)
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC) if size else self._clock.now()
        self._day = f"{written:%Y%m%d}"
        self._mend(file, size)
        return file

    def _mend(self, file: io.FileIO, size: int) -> None:
        """Begin an empty file with its header, end a torn last line."""
        if size == 0:
            _write_all(file, self._header())
        elif file.seek(size - 1) >= 0 and file.read(1) != b"\n":
            _write_all(file, b"\n")

    def _header(self) -> bytes:
        return (",".join(COLUMNS) + "\r\n").encode() if self._config.format == "csv" else b""

    def _day_is_over(self) -> bool:
        return self._config.rotate == "day" and f"{self._clock.now():%Y%m%d}" != self._day

    def _rotate(self) -> None:
        self.close()
        path = self._config.path
        stamp = f"{path.stem}-{self._clock.now().astimezone(UTC):%Y%m%dT%H%M%S.%fZ}{path.suffix}"
        path.rename(path.with_name(stamp))
        rotated = re.compile(rf"{re.escape(path.stem)}-\d{{8}}T\d{{6}}\.\d{{6}}Z{re.escape(path.suffix)}")
        older = sorted(one for one in path.parent.iterdir() if rotated.fullmatch(one.name))
        for old in older[: -self._config.keep]:
            old.unlink()


def _write_all(file: io.FileIO, data: bytes) -> None:
    """A disk that is about to be full takes a part and refuses the rest."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) or 0 :]


def json_line(event: PlateEvent) -> str:
    """The event as one line of JSON."""
    return to_json(event) + "\n"


def csv_line(event: PlateEvent) -> str:
    """The event as one line of CSV, fields as in ``COLUMNS``; what is not known is empty."""
    wire = to_wire(event)
    plate: dict[str, Any] = wire["plate"] or {}
    region = plate.get("region") or {}
    known = {**plate, **wire, "region": region.get("code"), "frame": None, "plate": None, **wire["images"]}
    line = io.StringIO()
    csv.DictWriter(line, COLUMNS, extrasaction="ignore").writerow(known)
    return line.getvalue()
