"""A real server, with some passes in its log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from event_samples import event
from marque.app import Marque
from marque.config import ServerSettings, Settings, StorageSettings
from marque.types import EventKind

PLATES = ["AB12CDE", "8BC123", "XY34ZZZ", "AB99XYZ"]


@pytest.fixture
def marque(tmp_path: Path) -> Iterator[Marque]:
    settings = Settings(server=ServerSettings(port=0), storage=StorageSettings(folder=tmp_path))
    with Marque(settings) as running:
        for number, text in enumerate(PLATES, 1):
            running.log.append(event(number, text), {"plate": b"a plate", "frame": b"a frame"})
        running.log.append(event(1, PLATES[0], revision=2, kind=EventKind.LOST))
        yield running


@pytest.fixture
def url(marque: Marque) -> str:
    assert marque.server is not None
    return marque.server.url
