"""The theme is readable: every text colour on every surface, in both schemes."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

import marque.web

THEME = (Path(marque.web.__file__).parent / "static" / "theme.css").read_text(encoding="utf-8")
AA = 4.5
"""the least contrast of text, WCAG 2.2 success criterion 1.4.3"""
TEXTS = ("ink", "quiet", "accent", "good", "warn", "bad")
SURFACES = ("ground", "card", "raised", "wash")
PAIRS = [
    *product(TEXTS, SURFACES),
    *product(("ink", "bad"), ("hot",)),
    ("on-accent", "accent"),
    ("ground", "ink"),  # a toast
    ("card", "bad"),  # a toast that says what went wrong
    ("plate-ink", "plate"),
]


def colours(scheme: str) -> dict[str, str]:
    """Every token that is a colour, as `#rrggbb`."""
    both = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", THEME)
    always = re.findall(r"--([\w-]+): (#\w+);", THEME)
    return {name: light if scheme == "light" else dark for name, light, dark in both} | dict(always)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG has it, 0 to 1."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), PAIRS, ids="-on-".join)
def test_a_text_can_be_read_on_its_surface(text: str, surface: str, scheme: str) -> None:
    named = colours(scheme)
    assert contrast(named[text], named[surface]) >= AA


def test_black_on_white_is_the_most_there_is() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_both_schemes_come_from_one_list() -> None:
    assert set(colours("light")) == set(colours("dark")) > {*TEXTS, *SURFACES}
