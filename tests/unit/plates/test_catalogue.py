"""Region files: many, and mistakes in them are told by file."""

from __future__ import annotations

from pathlib import Path

import pytest

from marque.errors import ConfigError
from marque.plates.catalogue import load_regions

EU = "at be bg hr cy cz dk ee fi fr de gr hu ie it lv lt lu mt nl pl pt ro sk si es se"
WORLD = "gb ch no is tr ua us us-ca us-tx us-fl us-ny us-pa us-il us-oh us-ga us-nc us-mi ca br ar mx au in za cn jp kr"

GOOD = """
name: Nowhere
vehicles: 0.1
formats:
  - {name: only, pattern: "@@ ##"}
examples: [NO 12]
invalid: [12NO]
"""


def test_the_promised_regions_are_there() -> None:
    assert {*EU.split(), *WORLD.split()} <= set(load_regions())


def test_a_file_is_a_region_and_every_scalar_stays_text(tmp_path: Path) -> None:
    (tmp_path / "xx.yaml").write_text(GOOD.replace("NO 12", "NO, 0123"))
    assert load_regions(tmp_path)["xx"].examples == ["NO", "0123"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("vehicles: 0.1", "wheels: 4", "wheels"),
        ("@@ ##", "@@ !", "not understood"),
        ("@@ ##", "<towns> ##", "no list"),
        ("name: Nowhere", "name: [", "while parsing"),
    ],
)
def test_mistakes_are_told_by_file(tmp_path: Path, old: str, new: str, problem: str) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "xx.yaml").write_text(GOOD.replace(old, new))
    with pytest.raises(ConfigError, match=problem) as caught:
        load_regions(tmp_path)
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["xx.yaml"]
    assert "add-a-region" in caught.value.hint
