"""The trigrams that SQLite keeps of the dictionary are those of the texts that are in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from event_samples import NOON, event
from marque.store import SqlStore


def found(store: SqlStore, piece: str) -> list[str]:
    with store.database.read() as connection:
        asked = "SELECT t.text FROM texts_trigrams f JOIN texts t ON t.id = f.rowid WHERE texts_trigrams MATCH :piece"
        return list(connection.scalars(text(asked), {"piece": f'"{piece}"'}))


def test_a_text_is_found_by_a_piece_of_its_skeleton_until_it_is_forgotten(
    tmp_path: Path, open_log: Callable[[str], SqlStore]
) -> None:
    store = open_log(f"sqlite:///{tmp_path}/log.db")
    store.append_many([(event(1, "XX123YY"), []), (event(7200, "WW9123"), [])])
    assert sorted(found(store, "123")) == ["WW9123", "XX123YY"]
    store.sweep(NOON + timedelta(hours=1))
    assert found(store, "123") == ["WW9123"]
    with store.database.write() as connection:
        connection.execute(text("INSERT INTO texts_trigrams(texts_trigrams, rank) VALUES ('integrity-check', 1)"))
