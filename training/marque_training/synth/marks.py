"""Everything on a plate that is not its text: bands, stars, emblems, discs, shields, flags, foreign words, captions."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from marque_training.synth.fonts import font_files, font_lists

Picture = NDArray[np.uint8]
Mask = NDArray[np.uint8]
EMBLEMS = 900
PLAIN_CAPTIONS, CAPTION_FONTS = 28, 44
"""caption fonts: plain ones first, then slanted, written and serif ones"""
SYMBOLS = ((0x2600, 0x2700), (0x1F300, 0x1F6C6), (0xF000, 0xF2E0))
"""where fonts of symbols hold pictures: weather to zodiac, animals and things, web icons"""


@lru_cache(maxsize=EMBLEMS)
def emblem(seed: int) -> tuple[Picture, Mask]:
    """Emblem number `seed`: a BGR picture and its mask, 48 px high: disc, shield, flag, star, blot or nested ones."""
    rng = np.random.default_rng([11, seed])
    wide = int(rng.integers(28, 52))
    picture = np.empty((48, wide, 3), np.uint8)
    picture[:] = rng.integers(0, 256, 3)
    mask = np.zeros((48, wide), np.uint8)
    kind = rng.random()
    if number_of_symbols() and rng.random() < 0.45:
        mask = _symbol_mask(rng, wide)
    elif kind < 0.35:
        cv2.ellipse(
            mask, (wide // 2, 24), (wide // 2 - 1, int(rng.integers(wide // 3, 23))), 0, 0, 360, 255, -1, cv2.LINE_AA
        )
    elif kind < 0.65:
        cv2.fillPoly(mask, [_shield(wide, rng)], 255, cv2.LINE_AA)
    elif kind < 0.85:
        cv2.rectangle(mask, (1, int(rng.integers(0, 14))), (wide - 2, int(rng.integers(34, 48))), 255, -1)
    else:
        blot = cv2.resize(rng.random((6, 5)).astype(np.float32), (wide, 48), interpolation=cv2.INTER_CUBIC)
        mask[blot > 0.5] = 255
    _fill(picture, rng)
    if number_of_symbols() and rng.random() < 0.3:
        picture[cv2.resize(_symbol_mask(rng, 30), (wide, 48)) > 127] = rng.integers(0, 256, 3)
    if rng.random() < 0.4:
        outline = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        picture[outline > 127] = rng.integers(0, 256, 3)
    return picture, mask


def _shield(wide: int, rng: np.random.Generator) -> NDArray[np.int32]:
    shoulder = int(rng.integers(20, 34))
    return np.array([[1, 2], [wide - 2, 2], [wide - 2, shoulder], [wide // 2, 46], [1, shoulder]], np.int32)


def _fill(picture: Picture, rng: np.random.Generator) -> None:
    """Put some drawing inside an emblem: stripes, chequers, rings, a small figure."""
    high, wide = picture.shape[:2]
    for _ in range(int(rng.integers(0, 5))):
        colour = [int(c) for c in rng.integers(0, 256, 3)]
        x, y = int(rng.integers(0, wide)), int(rng.integers(0, high))
        kind = rng.integers(5)
        if kind == 0:
            cv2.rectangle(picture, (0, y), (wide, y + int(rng.integers(4, 18))), colour, -1)
        elif kind == 1:
            cv2.rectangle(picture, (x, 0), (x + int(rng.integers(4, 16)), high), colour, -1)
        elif kind == 2:
            cv2.circle(
                picture,
                (wide // 2, high // 2),
                int(rng.integers(4, 18)),
                colour,
                int(rng.choice([-1, 2, 3])),
                cv2.LINE_AA,
            )
        elif kind == 3:
            points = rng.integers(4, 44, (int(rng.integers(3, 8)), 2)).astype(np.int32)
            cv2.fillPoly(picture, [points], colour, cv2.LINE_AA)
        else:
            cv2.putText(picture, str(rng.integers(1, 99)), (3, 32), 0, 0.7, colour, 2, cv2.LINE_AA)


@lru_cache(maxsize=1)
def _symbols() -> tuple[tuple[ImageFont.FreeTypeFont, str], ...]:
    """Fonts of symbols and the characters that each of them has."""
    found = []
    for path in _files_beginning(tuple(font_lists()["symbols"])):
        font = ImageFont.truetype(str(path), 44)
        codes = (chr(code) for first, end in SYMBOLS for code in range(first, end))
        found += [(font, char) for char in codes if font.getbbox(char)[2] > 8 and _knows(font, char)]
    return tuple(found)


def number_of_symbols() -> int:
    return len(_symbols())


def _symbol_mask(rng: np.random.Generator, wide: int) -> Mask:
    """A pictograph as a mask [48, wide]: an animal, a ribbon, a wheelchair, an anchor."""
    font, char = _symbols()[int(rng.integers(number_of_symbols()))]
    left, top, right, bottom = (int(v) for v in font.getbbox(char))
    image = Image.new("L", (max(4, right - left), max(4, bottom - top)))
    ImageDraw.Draw(image).text((-left, -top), char, 255, font)
    return np.asarray(cv2.resize(np.asarray(image), (wide, 48), interpolation=cv2.INTER_AREA), np.uint8)


def stars(picture: Picture, centre: tuple[int, int], radius: float, colour: list[int]) -> None:
    """The ring of twelve stars, as dots."""
    for i in range(12):
        x, y = centre[0] + radius * math.sin(i * math.pi / 6), centre[1] - radius * math.cos(i * math.pi / 6)
        cv2.circle(picture, (int(x * 8), int(y * 8)), max(4, int(radius * 1.3)), colour, -1, cv2.LINE_AA, 3)


def _files_beginning(names: tuple[str, ...]) -> list[Path]:
    """This machine's fonts whose file names begin with one of `names`, in a fixed order."""
    found = (p for p in Path("/usr/share/fonts").rglob("*") if p.suffix.lower() in (".ttf", ".ttc", ".otf"))
    return sorted(p for p in found if p.stem.lower().startswith(names))


@lru_cache(maxsize=16)
def fonts_with(characters: str, names: tuple[str, ...]) -> tuple[ImageFont.FreeTypeFont, ...]:
    """This machine's fonts, by the beginnings of their names, that draw all of `characters`."""
    fonts = (ImageFont.truetype(str(path), 44) for path in _files_beginning(names))
    return tuple(font for font in fonts if all(_knows(font, character) for character in characters))


def _script_fonts(script: str) -> tuple[ImageFont.FreeTypeFont, ...]:
    return fonts_with("".join(sign[0] for sign in words()[script]), tuple(font_lists()["scripts"][script]))


def _knows(font: ImageFont.FreeTypeFont, char: str) -> bool:
    """Whether the font draws `char` otherwise than a character that no font has."""
    return bytes(font.getmask(char)) != bytes(font.getmask("\U0010ffff"))


@lru_cache(maxsize=1000)
def foreign(script: str, number: int) -> Mask:
    """A word or sign of a script (`arabic`, `cn`, `jp`, `kr`) as a mask, trimmed to its ink: drawn, never read."""
    signs, fonts = words()[script], _script_fonts(script)
    mask: Mask = np.zeros((1, 1), np.uint8)
    if fonts:
        image = Image.new("L", (280, 120))
        ImageDraw.Draw(image).text((20, 20), signs[number % len(signs)], 255, fonts[number // len(signs) % len(fonts)])
        mask = np.asarray(image)
    if mask.max() < 60:
        mask = _scribble(number, arabic=script == "arabic")
    ys, xs = np.flatnonzero(mask.max(1) > 60), np.flatnonzero(mask.max(0) > 60)
    return mask[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]


def _scribble(number: int, *, arabic: bool) -> Mask:
    """Strokes that look like a sign of a script for which this machine has no font."""
    rng = np.random.default_rng([13, number])
    mask = np.zeros((64, 120 if arabic else 60), np.uint8)
    for _ in range(int(rng.integers(4, 9))):
        points = rng.integers(4, 56, (int(rng.integers(2, 4)), 2)).astype(np.int32) * [2 if arabic else 1, 1]
        cv2.polylines(mask, [points.astype(np.int32)], False, 255, int(rng.integers(3, 7)), cv2.LINE_AA)
    return mask


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """The lists of words.yaml."""
    return dict(yaml.safe_load((Path(__file__).parent / "words.yaml").read_text("utf-8")))


def caption(rng: np.random.Generator, region: str = "") -> str:
    """A state's name, a slogan or a dealer's line; mostly one of the region's own where it has some."""
    own = words()["local"].get(region)
    if own and rng.random() < 0.8:
        return str(own[int(rng.integers(len(own)))])
    if rng.random() < 0.15:
        return "".join(rng.choice(list("abcdefghiklmnoprstuvwxyz .ABCDEFG0123456789"), int(rng.integers(4, 22))))
    return str(rng.choice(words()["captions"]))


@lru_cache(maxsize=CAPTION_FONTS)
def _caption_font(number: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    files: tuple[str, ...] | list[Path] = font_files()
    if number >= PLAIN_CAPTIONS:
        files = _files_beginning(tuple(font_lists()["captions"])) or files
    return ImageFont.truetype(str(files[number * 7 % len(files)]), 26) if files else ImageFont.load_default(26)


@lru_cache(maxsize=9000)
def caption_mask(text: str, font_number: int) -> Mask:
    """A caption as a mask, about 24 px high."""
    font = _caption_font(font_number)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (max(8, int(right - left)), max(8, int(bottom - top))))
    ImageDraw.Draw(image).text((-left, -top), text, 255, font)
    return np.asarray(image)
