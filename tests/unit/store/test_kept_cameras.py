"""Cameras that are kept in the database: put together they are there together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from event_samples import NOON
from marque.errors import StoreError
from marque.store import SqlStore
from marque.store.cameras import CameraRows, KeptCamera

GATE = KeptCamera("gate", {"source": "rtsp://camera"}, True, NOON, "anna")
YARD = replace(GATE, id="yard", settings=None, running=False)


def test_what_is_put_is_kept_in_place_of_what_was(store: SqlStore) -> None:
    rows = CameraRows(store.database)
    rows.put(GATE, YARD)
    rows.put(replace(GATE, running=False))
    assert rows.all() == [replace(GATE, running=False), YARD]
    rows.remove("gate")
    assert rows.all() == [YARD]


def test_where_one_cannot_be_kept_none_is(store: SqlStore) -> None:
    rows, nobody = CameraRows(store.database), None
    wrong: Any = nobody
    with pytest.raises(StoreError):
        rows.put(GATE, replace(YARD, changed_by=wrong))
    assert rows.all() == []
