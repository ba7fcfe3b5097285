"""What people corrected as a folder to train on: a crop per pass, and ``labels.jsonl`` with the texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from marque.access.audit import Audit
from marque.access.scopes import demand
from marque.errors import MarqueError, NotFound
from marque.ports import Blobs, Reads
from marque.queries import ReadQuery
from marque.services.reads import PAGE, narrowed, told, walk
from marque.types import PlateEvent, Principal

LABELS = "labels.jsonl"
IMAGES = "images"
PLATE = "plate"
"""the picture of an event that a recogniser reads"""


@dataclass(frozen=True, slots=True)
class Written:
    """``crops`` are in the folder; ``missing`` were corrected, but their picture is not kept, or never was."""

    crops: int
    missing: int


class CorrectedCrops:
    """Writes the format in which ``training/`` keeps real crops."""

    def __init__(self, reads: Reads, blobs: Blobs, audit: Audit) -> None:
        self._reads, self._blobs, self._audit = reads, blobs, audit

    def write(self, who: Principal, folder: Path, query: ReadQuery) -> Written:
        """Write what people corrected of those that ``query`` finds; labels of an earlier time are replaced. Raises
        Forbidden, StoreError, or MarqueError when the folder cannot be written."""
        for scope in ("reads:export", "pictures:view"):
            demand(who, scope)
        asked = narrowed(who, replace(query, corrected=True, limit=PAGE))
        self._audit.record(who, "corrections export begun", str(folder), told(asked))
        try:
            written = self._write(folder, asked)
        except OSError as error:
            hint = "Name a folder that can be written."
            raise MarqueError(f"{folder} cannot be written: {error.strerror}", hint=hint) from error
        self._audit.record(who, "corrections exported", str(folder), told(asked), written.crops)
        return written

    def _write(self, folder: Path, asked: ReadQuery) -> Written:
        (folder / IMAGES).mkdir(parents=True, exist_ok=True)
        crops = missing = 0
        part = folder / f"{LABELS}.part"
        with part.open("w", encoding="utf-8") as labels:
            for event in self._corrected(asked):
                if self._keep_picture(folder, event):
                    labels.write(json.dumps(label(event), ensure_ascii=False) + "\n")
                    crops += 1
                else:
                    missing += 1
        part.replace(folder / LABELS)
        return Written(crops, missing)

    def _corrected(self, asked: ReadQuery) -> Iterator[PlateEvent]:
        events = (found.stored.event for found in walk(self._reads, asked))
        return (event for event in events if event.correction is not None)

    def _keep_picture(self, folder: Path, event: PlateEvent) -> bool:
        if PLATE not in event.images:
            return False
        try:
            data = self._blobs.open(event.images[PLATE])
        except NotFound:
            return False
        (folder / image_name(event)).write_bytes(data)
        return True


def image_name(event: PlateEvent) -> str:
    """Where the crop of a pass is, within the folder."""
    return f"{IMAGES}/{event.id}.jpg"


def label(event: PlateEvent) -> dict[str, Any]:
    """The line of a crop: its text as a person gave it, and what is known besides."""
    correction, read = event.correction, event.read
    if correction is None:
        raise ValueError("nobody corrected it")
    return {
        "image": image_name(event),
        "plates": [{"text": correction.text, "region": read.region.code if read and read.region else None}],
        "machine": correction.machine,
        "raw": read.raw if read else "",
        "camera": event.camera,
        "corrected_at": correction.at.isoformat(),
    }
