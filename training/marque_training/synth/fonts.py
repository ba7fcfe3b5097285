"""Dies from the free fonts of this machine; `fonts.yaml` names the families worth drawing with."""

from __future__ import annotations

import os
import string
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from PIL import Image, ImageDraw, ImageFont

from marque.plates.glyphs import ALPHABET
from marque_training.synth.face import CAP, Face, Mask, trim

FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")


@lru_cache(maxsize=1)
def font_lists() -> dict[str, Any]:
    """Parts of file names, lower case without blanks: `wanted`, `unwanted`, `plates`, and `scripts` by script."""
    return dict(yaml.safe_load((Path(__file__).parent / "fonts.yaml").read_text("utf-8")))


def _plain(path: str) -> str:
    return Path(path).stem.lower().replace(" ", "")


@lru_cache(maxsize=1)
def font_files() -> tuple[str, ...]:
    """The free faces found on this machine, in a fixed order; `MARQUE_FONTS` names one more folder."""
    folders = [*FONT_FOLDERS, *filter(None, [os.environ.get("MARQUE_FONTS")])]
    found = sorted(p for folder in folders for p in Path(folder).rglob("*") if p.suffix.lower() in (".ttf", ".otf"))
    chosen, lists = [], font_lists()
    for path in found:
        name = _plain(str(path))
        if any(w in name for w in lists["wanted"]) and not any(u in name for u in lists["unwanted"]):
            chosen.append(str(path))
    return tuple(chosen)


@lru_cache(maxsize=64)
def fonts_named(part: str) -> tuple[str, ...]:
    """The free faces whose file names hold `part`."""
    return tuple(path for path in font_files() if part in _plain(path))


@lru_cache(maxsize=1)
def plate_fonts() -> tuple[str, ...]:
    """Those of the free faces that were drawn for plates and road signs."""
    return tuple(path for name in font_lists()["plates"] for path in fonts_named(name))


@lru_cache(maxsize=500)
def font_face(path: str) -> Face | None:
    """A free font as a face, or None where it lacks the plain letters and digits."""
    try:
        font = ImageFont.truetype(path, 100)
        glyphs = {}
        for char in ALPHABET:
            mask = _font_glyph(font, char)
            if mask is not None:
                glyphs[char] = mask
    except OSError:
        return None
    if not set(string.ascii_uppercase + string.digits) <= set(glyphs):
        return None
    if len({glyph.shape[1] for glyph in glyphs.values()}) < 5:
        return None
    return Face(
        glyphs,
        "mono" in path.lower() or "nummern" in path.lower(),
        int(np.median([g.shape[1] for g in glyphs.values()])),
    )


def _font_glyph(font: ImageFont.FreeTypeFont, char: str) -> Mask | None:
    """The glyph at its natural width for letters of `CAP` rows; marks and tails are squeezed into the same rows."""
    left, top, right, bottom = font.getbbox(char)
    _, plain_top, _, plain_bottom = font.getbbox("H")
    if right - left < 2 or min(bottom - top, plain_bottom - plain_top) < 20:
        return None
    image = Image.new("L", (int(right - left) + 4, int(bottom - top)))
    ImageDraw.Draw(image).text((2 - left, -top), char, 255, font)
    wide = max(4, round(image.width * CAP / (plain_bottom - plain_top)))
    mask = np.asarray(cv2.resize(np.asarray(image), (wide, CAP), interpolation=cv2.INTER_AREA), np.uint8)
    return trim(mask) if mask.max() > 60 else None
