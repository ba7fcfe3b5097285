"""``marque export``: files of what was read here, and corrections to train on."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet
import pytest
from typer.testing import CliRunner, Result

from archives import Served, some_reads
from event_samples import event, plate
from marque.cli import app
from marque.config import StorageSettings
from marque.services.crops import LABELS
from marque.store import open_store
from marque.store.audit import AuditQuery
from marque.types import EVERYTHING, Principal


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A log where commands look for it."""
    monkeypatch.chdir(tmp_path)
    settings = StorageSettings()
    settings.folder.mkdir(parents=True)
    made = Served(open_store(settings.database_url), settings.folder)
    for one in some_reads():
        made.keep(one)
    yield made
    made.store.close()


def export(*words: str) -> Result:
    return CliRunner().invoke(app, ["export", *words])


def correct(served: Served, number: int, text: str) -> None:
    who = Principal("anna", "user", served.anna.scopes, EVERYTHING)
    served.parts.corrections.correct(who, event(number).id, text)


def test_it_prints_a_table(served: Served) -> None:
    lines = export("--camera", "gate", "--plate", "8BC", "--match", "prefix").stdout.splitlines()
    assert (len(lines), lines[0].split(",")[:2], "8BC123" in lines[1]) == (2, ["id", "revision"], True)
    assert [one.results for one in served.trail.page(AuditQuery(action="reads exported"))] == [1]


@pytest.mark.usefixtures("served")
def test_it_writes_a_whole_file_or_none(tmp_path: Path) -> None:
    assert export("-f", "parquet", "-o", "reads.parquet").exit_code == 0
    assert pyarrow.parquet.read_table(tmp_path / "reads.parquet").num_rows == 5
    told = export("-o", "nowhere/reads.csv")
    assert (told.exit_code, told.stderr.splitlines()[0]) == (
        1,
        "nowhere/reads.csv cannot be written: No such file or directory",
    )
    assert [one.name for one in tmp_path.glob("*.part")] == []


@pytest.mark.usefixtures("served")
def test_parquet_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    told = export("-f", "parquet", "-o", "reads.parquet")
    assert told.exit_code == 1
    assert told.stderr.splitlines() == ["the package 'pyarrow' is not installed", "pip install 'marque[parquet]'"]


def test_corrections_become_crops_with_their_texts(served: Served, tmp_path: Path) -> None:
    correct(served, 1, "BBC 123")
    correct(served, 2, "AB12CDF")
    told = export("--corrections", "crops")
    assert told.stderr == "Corrected crops in crops: 2.\n"
    rows = [json.loads(line) for line in (tmp_path / "crops" / LABELS).read_text("utf-8").splitlines()]
    said = {(row["plates"][0]["text"], row["plates"][0]["region"], row["machine"]) for row in rows}
    assert said == {("BBC123", "gb", "8BC123"), ("AB12CDF", "gb", "AB12CDE")}
    (first,) = (row for row in rows if row["machine"] == "8BC123")
    assert (tmp_path / "crops" / first["image"]).read_bytes() == f"plate {event(1).id}".encode()


def test_corrections_are_narrowed_like_everything_else(served: Served, tmp_path: Path) -> None:
    correct(served, 1, "BBC 123")
    correct(served, 2, "AB12CDF")
    export("--corrections", "crops", "--camera", "yard")
    (row,) = (tmp_path / "crops" / LABELS).read_text("utf-8").splitlines()
    assert json.loads(row)["camera"] == "yard"


def test_a_correction_whose_picture_is_gone_is_counted(served: Served) -> None:
    served.keep(replace(event(8), read=plate("AB12")), pictures=False)
    correct(served, 8, "AB13")
    correct(served, 1, "BBC123")
    told = export("--corrections", "crops")
    assert told.stderr.splitlines() == [
        "Corrected crops in crops: 1.",
        "Corrected, but without a picture that is kept: 1.",
    ]


@pytest.mark.usefixtures("served")
def test_a_folder_that_cannot_be_written_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "crops").write_text("a file")
    told = export("--corrections", "crops")
    assert (told.exit_code, told.stderr.splitlines()[0]) == (1, "crops cannot be written: Not a directory")
