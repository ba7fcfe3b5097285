"""Counting what is read for what is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from marque_training.confusions import count, write
from marque_training.datasets import ALPHABET


def heads(text: str, width: int = 12) -> dict[str, np.ndarray]:
    """What nets that are sure of one text say of one crop."""
    slots = np.full((1, width, len(ALPHABET) + 1), 1e-6, np.float32)
    ctc = np.full((1, 2 * width, len(ALPHABET) + 1), 1e-6, np.float32)
    for place, char in enumerate(text.ljust(width)):
        kind = ALPHABET.find(char) + 1
        slots[0, place, kind] = ctc[0, 2 * place, kind] = 1.0
        ctc[0, 2 * place + 1, 0] = 1.0
    return {"slots": slots, "ctc": ctc}


def test_what_is_read_is_counted_for_what_is_there() -> None:
    counts, kept = count(heads("8BC12"), ["BBC123"])
    assert kept == 1
    assert counts == {("8", "B"): 1, ("B", "B"): 1, ("C", "C"): 1, ("1", "1"): 1, ("2", "2"): 1, ("", "3"): 1}


def test_what_is_read_of_a_smear_is_not() -> None:
    assert count(heads("XYZ"), ["BBC123"]) == ({}, 0)


def test_the_table_is_what_the_package_reads(tmp_path: Path) -> None:
    counts, _ = count(heads("8BC12"), ["BBC123"], weight=5)
    write(tmp_path / "table.tsv", counts, "of one plate")
    assert (tmp_path / "table.tsv").read_text("utf-8").splitlines() == [
        "# of one plate",
        "1\t1\t5",
        "2\t2\t5",
        "3\t-\t5",
        "B\t8\t5",
        "B\tB\t5",
        "C\tC\t5",
    ]
