"""Layouts: how one country's plates look, read from `layouts/*.yaml`. Adding a country is adding a file."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
COLOURS: dict[str, tuple[int, int, int]] = {  # B, G, R
    "white": (240, 240, 240), "black": (20, 20, 20), "yellow": (30, 195, 245), "blue": (150, 60, 10),
    "red": (30, 25, 190), "green": (60, 120, 20), "grey": (150, 150, 150), "silver": (190, 190, 190),
    "navy": (90, 30, 15), "orange": (20, 120, 245), "maroon": (30, 20, 110), "sky": (235, 200, 150),
    "cream": (205, 235, 245), "lime": (130, 220, 170), "pink": (190, 170, 240), "brown": (40, 70, 110),
    "pale": (220, 225, 215), "teal": (120, 110, 10), "euro": (160, 50, 0), "gold": (60, 160, 200),
}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """One kind of plate. Pairs are ranges to draw from; probabilities are 0 to 1."""

    region: str
    text: tuple[str, ...]  # patterns, see text.py; each as likely as the others
    weight: float = 1.0  # how often, against the other layouts
    size: tuple[float, float] = (520, 110)  # mm
    any_size: bool = False  # other proportions as well
    colours: tuple[tuple[str, str, float], ...] = (("white", "black", 1.0),)  # ground, ink, how often
    letters: str = LETTERS  # what `@` may be
    random: float = 0.3  # probability of a text that follows no pattern
    face: str = ""  # part of a font's file name, followed half of the time
    cap: tuple[float, float] = (0.62, 0.76)  # height of the characters, of the plate's height
    widths: tuple[float, float] = (0.85, 1.1)  # stretch of the characters
    fill: tuple[float, float] = (0.8, 0.97)  # how much of the room the longest line may take
    left: str = ""  # code on the band at the left; EU: any country's, X: a number
    left_prob: float = 0.95
    left_width: tuple[float, float] = (0.065, 0.095)  # of the plate's width, for both bands
    right: str = ""
    right_prob: float = 0.9
    frame: float = 0.6  # probabilities of what else there is: a line along the edge,
    top: float = 0.0  # a caption at the upper edge,
    bottom: float = 0.0  # and at the lower one,
    background: float = 0.0  # a painted scene,
    picture: float = 0.0  # an emblem beside the text,
    stickers: float = 0.0  # month and year in the corners,
    stack: float = 0.0  # two small letters before or after the text,
    rim: float = 0.05  # a dealer's frame over the edges,
    bolts: float = 0.3
    caption_size: tuple[float, float] = (0.11, 0.2)  # of the plate's height
    mercosur: bool = False  # the upper caption stands on a blue band
    strip: float = 0.0  # or on a raised strip of its own (probability)
    signs: bool = False  # the upper caption is two Japanese signs


def _layout(values: dict[str, Any]) -> Layout:
    known = {f.name for f in fields(Layout)}
    unknown = set(values) - known
    if unknown:
        raise ValueError(f"unknown layout keys {sorted(unknown)} in {values.get('region')}")
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    if "colours" in values:
        values["colours"] = tuple((ground, ink, float(weight)) for ground, ink, weight in values["colours"])
    return Layout(**values)


def load(path: Path) -> list[Layout]:
    """Layouts of one file: `defaults` are filled into each of `layouts`. Raises ValueError on unknown keys."""
    document = yaml.safe_load(path.read_text("utf-8"))
    defaults = document.get("defaults", {})
    return [_layout({**defaults, **values}) for values in document["layouts"]]


@dataclass(frozen=True)
class Catalogue:
    layouts: tuple[Layout, ...]
    cumulative: tuple[float, ...]

    def pick(self, rng: np.random.Generator) -> Layout:
        return self.layouts[int(np.searchsorted(self.cumulative, rng.random() * self.cumulative[-1], side="right"))]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Every layout of the package; each family's weights count as they stand."""
    layouts = [layout for path in sorted((Path(__file__).parent / "layouts").glob("*.yaml")) for layout in load(path)]
    return Catalogue(tuple(layouts), tuple(np.cumsum([layout.weight for layout in layouts]).tolist()))
