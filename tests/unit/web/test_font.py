"""The plate face: our own strokes, drawn for every text a plate shows."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from io import BytesIO
from pathlib import Path
from types import ModuleType

import pytest
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

from marque.plates.glyphs import ALPHABET

SCRIPT = Path(__file__).parents[3] / "scripts" / "font.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = spec_from_file_location("font", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def bounds(font: TTFont) -> dict[str, tuple[float, ...]]:
    glyphs = font.getGlyphSet()
    found = {}
    for name in font.getGlyphOrder():
        pen = BoundsPen(glyphs)
        glyphs[name].draw(pen)
        found[name] = tuple(pen.bounds or ())
    return found


def test_every_character_of_a_plate_has_a_glyph(script: ModuleType) -> None:
    known = set(TTFont(script.FILE).getBestCmap())
    assert not [char for char in ALPHABET + ALPHABET.lower() + " -.·?*…" if ord(char) not in known]


def test_the_file_is_what_the_strokes_make(script: ModuleType) -> None:
    kept, made = TTFont(script.FILE), TTFont(BytesIO(script.font()))
    assert kept["hmtx"].metrics == made["hmtx"].metrics
    assert bounds(kept) == bounds(made)


def test_capitals_are_of_one_height_and_stand_on_the_line(script: ModuleType) -> None:
    letters = bounds(TTFont(script.FILE))
    assert {letters[char][1::2] for char in "ABCDEFGHIJKLMNOPRSTUVWXYZ"} == {(0, script.CAPITALS)}


def test_o_is_not_zero(script: ModuleType) -> None:
    widths = TTFont(script.FILE)["hmtx"].metrics
    assert widths["O"] != widths["zero"]
