"""Plates in scripts that the recogniser does not read: digits and letters of this machine's fonts, or strokes that look
like Bangla, Arabic, Chinese or nothing at all.

The detector must find a plate by what plates have in common, not by Latin letters.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from marque_training.detector.street import fitted, ink_on
from marque_training.synth.fonts import font_lists
from marque_training.synth.marks import fonts_with

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]

HEADED = 0.24  # share of plates under a coloured head
# background, ink (BGR) in about the shares seen in the world
COLOURS: tuple[tuple[Colour, Colour], ...] = (
    ((235, 235, 235), (20, 20, 20)),
    ((235, 235, 235), (20, 20, 20)),
    ((240, 240, 235), (90, 30, 20)),
    ((230, 230, 230), (30, 30, 170)),
    ((230, 235, 230), (40, 90, 20)),
    ((30, 30, 30), (235, 235, 235)),
    ((25, 25, 25), (235, 235, 235)),
    ((40, 190, 235), (20, 20, 20)),
    ((60, 210, 245), (20, 20, 20)),
    ((70, 120, 30), (235, 235, 235)),
    ((150, 70, 20), (240, 240, 240)),
    ((40, 40, 180), (240, 240, 240)),
    ((200, 170, 120), (30, 20, 10)),
    ((180, 225, 190), (30, 70, 20)),
    ((40, 110, 230), (20, 20, 20)),
)


def _points(rng: np.random.Generator, count: int, width: float, height: float) -> NDArray[np.float64]:
    return rng.uniform(0, 1, (count, 2)) * (width, height)


def _curve(points: NDArray[np.float64], steps: int = 8) -> NDArray[np.int32]:
    """A smooth line through control points (quadratic B-spline)."""
    middle = (points[:-1] + points[1:]) / 2
    pieces = []
    for index in range(len(middle) - 1):
        t = np.linspace(0, 1, steps)[:, None]
        pieces.append((1 - t) ** 2 * middle[index] + 2 * t * (1 - t) * points[index + 1] + t**2 * middle[index + 1])
    return np.asarray(np.rint(np.concatenate(pieces) * 16), np.int32)


def _stroke(image: Image, points: NDArray[np.float64], at: tuple[float, float], ink: Colour, weight: int) -> None:
    line = _curve(points + at) if len(points) >= 3 else np.rint((points + at) * 16).astype(np.int32)
    cv2.polylines(image, [line.reshape(-1, 1, 2)], False, ink, weight, cv2.LINE_AA, 4)


def _latin(rng: np.random.Generator, image: Image, box: tuple[int, int, int, int], ink: Colour, weight: int) -> None:
    x, y, width, height = box
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    text = "".join(rng.choice(list(letters), int(rng.integers(2, 9))))
    face = int(rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX]))
    (tw, th), _ = cv2.getTextSize(text, face, 2.0, weight)
    canvas = np.zeros((th + 2 * weight, tw + 2 * weight), np.uint8)
    cv2.putText(canvas, text, (weight, th + weight), face, 2.0, 255, weight, cv2.LINE_AA)
    mask = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)[..., None].astype(np.float32) / 255
    region = image[y : y + height, x : x + width]
    region[:] = (region * (1 - mask) + np.array(ink, np.float32) * mask).astype(np.uint8)


def _headline(rng: np.random.Generator, image: Image, box: tuple[int, int, int, int], ink: Colour, weight: int) -> None:
    """Glyphs that hang from one line, as Bangla and Devanagari do."""
    x, y, width, height = box
    at = float(x)
    while at < x + width - 0.4 * height:
        word = min(rng.uniform(1.0, 4.0) * height, x + width - at)
        cv2.line(image, (int(at), y + weight), (int(at + word), y + weight), ink, weight, cv2.LINE_AA)
        step = height * rng.uniform(0.5, 0.9)
        for left in np.arange(at, at + word - 0.5 * step, step):
            _stroke(
                image, _points(rng, int(rng.integers(3, 7)), step * 0.8, height * 0.85), (left, y + weight), ink, weight
            )
            if rng.random() < 0.6:
                edge = int(left + step * 0.85)
                cv2.line(image, (edge, y + weight), (edge, y + height), ink, weight, cv2.LINE_AA)
        at += word + rng.uniform(0.2, 0.6) * height


def _joined(rng: np.random.Generator, image: Image, box: tuple[int, int, int, int], ink: Colour, weight: int) -> None:
    """Letters joined along a base line, with dots above and below, as Arabic has."""
    x, y, width, height = box
    base = y + height * rng.uniform(0.55, 0.8)
    at = float(x)
    while at < x + width - 0.3 * height:
        word = min(rng.uniform(0.6, 3.0) * height, x + width - at)
        count = max(3, int(word / height * 4))
        points = np.stack([np.linspace(0, word, count), rng.normal(0, height * 0.22, count)], 1)
        points[rng.random(count) < 0.3, 1] -= height * 0.35
        _stroke(image, points, (at, base), ink, weight)
        for _ in range(int(rng.integers(0, 4))):
            dot = (int(at + rng.uniform(0, word)), int(base + height * rng.choice([-0.45, -0.35, 0.25])))
            cv2.circle(image, dot, max(1, weight // 2 + 1), ink, -1, cv2.LINE_AA)
        at += word + rng.uniform(0.15, 0.8) * height


def _signs(rng: np.random.Generator, image: Image, box: tuple[int, int, int, int], ink: Colour, weight: int) -> None:
    """Separate glyphs of a few random strokes: digits of any script, or ideograms when dense."""
    x, y, width, height = box
    step = height * rng.uniform(0.55, 1.1)
    strokes = int(rng.integers(1, 5))
    for left in np.arange(x, x + width - 0.6 * step, step):
        if rng.random() < 0.1:
            continue
        for _ in range(strokes):
            points = _points(rng, int(rng.integers(2, 6)), step * 0.72, height)
            _stroke(image, points, (left, y), ink, weight)


@lru_cache(maxsize=1)
def _scripts() -> tuple[tuple[str, str, tuple[ImageFont.FreeTypeFont, ...]], ...]:
    """Digits, letters and fonts of each script that this machine has fonts for."""
    rows = []
    for row in font_lists()["other_scripts"].values():
        fonts = fonts_with(row["digits"] + row["letters"], tuple(row["fonts"]))
        rows += [(row["digits"], row["letters"], fonts)] * bool(fonts)
    return tuple(rows)


def _written(rng: np.random.Generator, image: Image, box: tuple[int, int, int, int], ink: Colour, weight: int) -> None:
    """Digits or letters of a script, each by itself as plates carry them."""
    if not _scripts():
        _signs(rng, image, box, ink, weight)
        return
    digits, letters, fonts = _scripts()[int(rng.integers(len(_scripts())))]
    x, y, width, height = box
    count = int(np.clip(rng.normal(width / height / 0.7, 1), 1, 8))
    text = (" " * int(rng.integers(1, 3))).join(rng.choice(list(digits if rng.random() < 0.6 else letters), count))
    mask = spelled(text, fonts[int(rng.integers(len(fonts)))])
    bold = int(rng.integers(1, 5))
    mask = fitted(np.asarray(cv2.dilate(mask, np.ones((bold, bold), np.uint8)), np.uint8), width, height)
    ink_on(image, mask, (x + (width - mask.shape[1]) // 2, y + (height - mask.shape[0]) // 2), ink)


def spelled(text: str, font: ImageFont.FreeTypeFont) -> Image:
    """A text as a mask, with room for strokes to grow."""
    left, top, right, bottom = (int(v) for v in font.getbbox(text))
    canvas = Pictures.new("L", (max(4, right - left + 8), max(4, bottom - top + 8)))
    ImageDraw.Draw(canvas).text((4 - left, 4 - top), text, 255, font)
    return np.asarray(canvas, np.uint8)


LINES = (_latin, _headline, _joined, _signs, _written)


def _line(rng: np.random.Generator, image: Image, box: tuple[int, int, int, int], ink: Colour) -> None:
    weight = max(1, round(box[3] * rng.uniform(0.07, 0.17)))
    draw = LINES[int(rng.choice(len(LINES), p=(0.2, 0.15, 0.15, 0.15, 0.35)))]
    if rng.random() < 0.3 and box[2] > 3 * box[3]:  # numbers on both sides of a word, as in Tunisia and the Gulf
        third = box[2] // 3
        for index, part in enumerate((_signs, draw, _latin)):
            part(rng, image, (box[0] + index * third, box[1], third - box[3] // 5, box[3]), ink, weight)
        return
    draw(rng, image, box, ink, weight)


def draw_plate(rng: np.random.Generator) -> Image:
    """One flat plate, HxWx3 BGR, height 60 to 160 pixels; one to three lines, tall to six times as wide."""
    if rng.random() < HEADED:
        return _headed(rng)
    kind = rng.random()
    if kind < 0.4:
        lines, aspect = 1, rng.uniform(2.6, 5.6)
    elif kind < 0.75:
        lines, aspect = 2, rng.uniform(1.1, 3.4)
    else:
        lines, aspect = int(rng.integers(2, 4)), rng.uniform(0.65, 1.5)
    height = int(rng.integers(60, 90)) * (1 if lines == 1 else 1.6)
    height, width = int(height), int(height * aspect)
    back, ink = COLOURS[int(rng.integers(len(COLOURS)))]
    back = tuple(int(np.clip(v + rng.normal(0, 12), 0, 255)) for v in back)  # type: ignore[assignment]
    image = np.full((height, width, 3), back, np.uint8)
    if rng.random() < 0.3:  # light falls off to one side
        ramp = np.linspace(1, rng.uniform(0.7, 1), width)[None, :, None]
        image = (image * ramp).astype(np.uint8)
    top = _bands(rng, image, ink, 0.22 if lines == 1 else 0.4)
    _text(rng, image, lines, top, ink)
    if rng.random() < 0.6:
        inset, weight = int(rng.uniform(0, 0.04) * height), max(1, int(rng.uniform(0.01, 0.04) * height))
        cv2.rectangle(image, (inset, inset), (width - 1 - inset, height - 1 - inset), ink, weight, cv2.LINE_AA)
    return image


def _headed(rng: np.random.Generator) -> Image:
    """A motorcycle's plate under a coloured head with the country's name, as along the Nile: two lines of a script."""
    height = int(rng.integers(90, 140))
    width = int(height * rng.uniform(0.8, 1.6))
    image = np.full((height, width, 3), rng.integers(170, 250), np.uint8)
    image[:] = np.clip(image.astype(int) + rng.integers(-12, 12, 3), 0, 255)
    head = int(height * rng.uniform(0.2, 0.42))
    strong = np.array(((190, 110, 20), (200, 160, 40), (40, 40, 200), (30, 120, 240), (60, 140, 40), (40, 40, 40)))
    image[:head] = np.clip(strong[int(rng.choice(6, p=(0.4, 0.2, 0.1, 0.1, 0.1, 0.1)))] + rng.normal(0, 20, 3), 0, 255)
    pale: Colour = (240, 240, 240) if rng.random() < 0.7 else (20, 20, 20)
    name = (int(width * 0.1), int(head * 0.25), int(width * 0.8), max(5, int(head * 0.5)))
    (_written if rng.random() < 0.5 else _latin)(rng, image, name, pale, max(1, head // 12))
    lines = int(rng.choice([1, 2], p=(0.3, 0.7)))
    each = (height - head) / lines
    ink: Colour = (25, 25, 25) if rng.random() < 0.85 else (120, 40, 20)
    for index in range(lines):
        wide, tall = width * rng.uniform(0.6, 0.92), each * rng.uniform(0.55, 0.9)
        y = head + each * index + (each - tall) / 2
        (_written if rng.random() < 0.8 else _joined)(
            rng, image, (int((width - wide) / 2), int(y), int(wide), max(5, int(tall))), ink, max(1, int(tall * 0.1))
        )
    if rng.random() < 0.6:
        cv2.rectangle(image, (0, 0), (width - 1, height - 1), ink, max(1, height // 60), cv2.LINE_AA)
    return image


def _bands(rng: np.random.Generator, image: Image, ink: Colour, topped: float) -> float:
    """A coloured band at the top (as often as `topped`) or side; the share of the height it takes from the text."""
    height, width = image.shape[:2]
    colour = tuple(int(v) for v in rng.choice([30, 60, 120, 180, 220], 3))
    choice = rng.random() - topped
    if choice < 0:
        share = rng.uniform(0.15, 0.35)
        image[: int(height * share)] = colour
        _line(
            rng,
            image,
            (int(width * 0.1), int(height * share * 0.2), int(width * 0.8), max(4, int(height * share * 0.6))),
            ink,
        )
        return float(share)
    if choice < 0.18:
        side = int(width * rng.uniform(0.06, 0.16))
        image[:, :side] = colour
        if rng.random() < 0.3:
            image[:, -side:] = colour
    elif choice < 0.28:
        cv2.line(image, (0, height // 2), (width, height // 2), ink, max(1, height // 50))
    return 0.0


def _text(rng: np.random.Generator, image: Image, lines: int, top: float, ink: Colour) -> None:
    height, width = image.shape[:2]
    free = height * (1 - top)
    each = free / lines
    for index in range(lines):
        tall = each * rng.uniform(0.5, 0.82)
        wide = width * rng.uniform(0.55, 0.92)
        y = height * top + each * index + (each - tall) / 2
        box = (int((width - wide) / 2), int(y), max(8, int(wide)), max(5, int(tall)))
        _line(rng, image, box, ink)
