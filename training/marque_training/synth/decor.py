"""Everything on a plate but its text: scene, frame, bands, captions, pictures, stickers, bolts.

Functions draw on a `Canvas` and say how much room they took. All of it is there because a reader once took it for a
character.
"""

from __future__ import annotations

import cv2
import numpy as np

from marque_training.synth import marks
from marque_training.synth.canvas import Canvas, jitter
from marque_training.synth.layout import COLOURS, Layout

EURO = np.array(COLOURS["euro"], np.float32)


def scene(canvas: Canvas) -> None:
    """A state's painted landscape: soft coloured patches, maybe a pale picture, that keep the ink readable."""
    rng = canvas.rng
    if rng.random() < 0.35:
        _bars(canvas)
    coarse = rng.normal(0, 1, (int(rng.integers(2, 5)), int(rng.integers(2, 6)), 3)).astype(np.float32)
    patches = cv2.resize(coarse, (canvas.wide, canvas.high), interpolation=cv2.INTER_CUBIC)
    canvas.image[:] = np.clip(canvas.image + patches * rng.uniform(6, 26), 0, 255).astype(np.uint8)
    if rng.random() < 0.3:  # hills or a skyline along the lower edge
        points = [
            [x, canvas.high * rng.uniform(0.5, 0.95)] for x in np.linspace(0, canvas.wide, int(rng.integers(4, 12)))
        ]
        outline = np.array([[0, canvas.high], *points, [canvas.wide, canvas.high]]).astype(np.int32)
        before, share = canvas.image.copy(), rng.uniform(0.15, 0.6)
        cv2.fillPoly(canvas.image, [outline], [int(v) for v in rng.integers(40, 256, 3)], cv2.LINE_AA)
        cv2.addWeighted(before, 1 - share, canvas.image, share, 0, canvas.image)
    if rng.random() < 0.4:
        size = canvas.high * rng.uniform(0.4, 0.9)
        canvas.emblem(
            (rng.uniform(0, canvas.wide - size), rng.uniform(0, canvas.high - size), size, size), rng.uniform(0.1, 0.45)
        )


def _bars(canvas: Canvas) -> None:
    """A coloured bar or a fading colour along the upper or lower edge, as far as the captions reach."""
    rng, high = canvas.rng, canvas.high
    for upper in (True, False):
        if rng.random() < 0.6:
            colour, rows = rng.integers(0, 256, 3), max(2, int(high * rng.uniform(0.1, 0.27)))
            share = np.ones(rows, np.float32) if rng.random() < 0.5 else np.linspace(1, 0, rows, dtype=np.float32)
            target = canvas.image[:rows] if upper else canvas.image[-rows:][::-1]
            target[:] = (target + (colour - target.astype(np.float32)) * share[:, None, None]).astype(np.uint8)


def frame(canvas: Canvas, probability: float) -> None:
    """A line along the edge, and often round corners, beyond which the bumper shows."""
    rng, wide, high = canvas.rng, canvas.wide, canvas.high
    radius = int(high * rng.uniform(0.04, 0.16)) if rng.random() < 0.6 else 0
    if rng.random() < probability:
        inset, thick = int(rng.integers(0, 4)), int(rng.integers(1, 4))
        colour = canvas.ink if rng.random() < 0.8 else jitter(canvas.ground * 0.6, rng, 20)
        _round_rectangle(canvas.image, inset, max(0, radius - inset), colour.tolist(), thick)
    if radius:
        outside = np.full((high, wide), 255, np.uint8)
        _round_rectangle(outside, 0, radius, [0], -1)
        canvas.image[outside > 0] = rng.integers(0, 120)


def _round_rectangle(image: marks.Picture, inset: int, radius: int, colour: list[float], thick: int) -> None:
    high, wide = image.shape[:2]
    x0, y0, x1, y1 = inset, inset, wide - 1 - inset, high - 1 - inset
    if radius <= 0:
        cv2.rectangle(image, (x0, y0), (x1, y1), colour, thick)
        return
    centres = [
        (x1 - radius, y0 + radius, -90),
        (x1 - radius, y1 - radius, 0),
        (x0 + radius, y1 - radius, 90),
        (x0 + radius, y0 + radius, 180),
    ]
    arcs = [cv2.ellipse2Poly((x, y), (radius, radius), 0, start, start + 90, 30) for x, y, start in centres]
    outline = np.concatenate(arcs)
    if thick < 0:
        cv2.fillPoly(image, [outline], colour, cv2.LINE_AA)
    else:
        cv2.polylines(image, [outline], True, colour, thick, cv2.LINE_AA)


def bands(canvas: Canvas, layout: Layout) -> tuple[float, float]:
    """Country bands; returns where the room for text begins and ends (x)."""
    rng = canvas.rng
    left, right = 0.0, float(canvas.wide)
    if layout.left and rng.random() < layout.left_prob:
        left = _band(canvas, 0, layout.left, layout.left_width)
    elif rng.random() < 0.06:
        left = _shield_code(canvas)
    if layout.right and rng.random() < layout.right_prob:
        right -= _band(canvas, 1, layout.right, layout.left_width)
    margin = canvas.high * float(rng.uniform(0.02, 0.08))
    return left + margin, right - margin


def _shield_code(canvas: Canvas) -> float:
    """No band, but a small shield over a country code."""
    rng = canvas.rng
    width = canvas.wide * rng.uniform(0.05, 0.08)
    canvas.emblem((4, canvas.high * 0.15, width, canvas.high * 0.35))
    canvas.words(
        str(rng.choice(["SK", "HR", "SRB", "BIH", "MK", "CH", "RUS"])),
        (4, canvas.high * 0.6, width, canvas.high * 0.22),
    )
    return float(width + 4)


def _band(canvas: Canvas, side: int, code: str, widths: tuple[float, float]) -> float:
    rng, high = canvas.rng, canvas.high
    width = canvas.wide * float(rng.uniform(*widths))
    if rng.random() < 0.12:
        width *= float(rng.uniform(0.35, 0.9))
    x0 = 0 if side == 0 else canvas.wide - round(width)
    colour = jitter(EURO, rng, 22)
    if rng.random() < 0.2:
        colour = jitter(canvas.ground * 0.7 + colour * 0.3, rng, 20)
    inset = int(rng.integers(0, 4))
    canvas.fill((x0 + inset, inset, width - inset, high - 2 * inset), colour)
    kind = rng.random()
    if kind < 0.72:
        light = [int(v) for v in rng.choice([[40, 210, 240], [230, 230, 230]])]
        marks.stars(
            canvas.image,
            (x0 + round(width / 2), round(high * rng.uniform(0.26, 0.36))),
            width * rng.uniform(0.24, 0.34),
            light,
        )
    elif kind < 0.9:
        size = width * rng.uniform(0.5, 0.8)
        canvas.emblem((x0 + (width - size) / 2, high * 0.1, size, size))
    _band_code(canvas, x0, width, code)
    return width


def _band_code(canvas: Canvas, x0: float, width: float, code: str) -> None:
    rng = canvas.rng
    if code == "X" or (code in "FI" and rng.random() < 0.3):
        code = str(rng.integers(10, 99))  # a department, a year, a region
    elif code == "EU":
        code = str(rng.choice(marks.words()["codes"]))
    if rng.random() > 0.93:
        return
    high = canvas.high * rng.uniform(0.15, 0.26)
    wide = min(width * 0.8, high * 0.6 * len(code))
    box = (x0 + (width - wide) / 2, canvas.high * rng.uniform(0.62, 0.72), wide, high)
    canvas.words(code, box, np.full(3, rng.uniform(190, 250), np.float32))


def captions(canvas: Canvas, layout: Layout) -> float:
    """Lines at the top and bottom edge; returns how far they push the text down (as a fraction of the height)."""
    rng = canvas.rng
    top, bottom = rng.random() < layout.top, rng.random() < layout.bottom
    if top and layout.mercosur:
        canvas.fill((0, 0, canvas.wide, canvas.high * rng.uniform(0.2, 0.27)), jitter(EURO, rng, 20))
        _caption(canvas, layout, 0.03, 0.14, np.full(3, 235, np.float32))
        if rng.random() < 0.7:
            canvas.emblem((canvas.wide * 0.88, 2, canvas.wide * 0.09, canvas.high * 0.16))
            canvas.emblem((canvas.wide * 0.03, canvas.high * 0.35, canvas.wide * 0.06, canvas.wide * 0.06))
    elif top:
        _caption(canvas, layout, rng.uniform(0.03, 0.08), rng.uniform(*layout.caption_size))
    if bottom:
        high = rng.uniform(*layout.caption_size)
        _caption(canvas, layout, 1 - high - rng.uniform(0.03, 0.07), high)
    return 0.05 * top - 0.04 * bottom


def _caption(canvas: Canvas, layout: Layout, top: float, high: float, colour: np.ndarray | None = None) -> None:
    rng = canvas.rng
    if layout.signs:
        for i in range(2):
            box = (canvas.wide * (0.35 + 0.17 * i), canvas.high * top, canvas.high * 0.22, canvas.high * 0.2)
            canvas.stamp(marks.foreign("jp", int(rng.integers(200))), box)
        return
    text = marks.caption(rng, layout.region + "-mercosur" if layout.mercosur else layout.region)
    wide = min(canvas.wide * 0.85, canvas.high * high * len(text) * rng.uniform(0.45, 0.8))
    x = (canvas.wide - wide) * np.clip(rng.normal(0.5, 0.12), 0.03, 0.97)
    if rng.random() < layout.strip:
        _strip(canvas, x - wide * 0.06, canvas.high * (top - 0.02), wide * 1.12, canvas.high * (high + 0.04))
    canvas.words(text, (x, canvas.high * top, wide, canvas.high * high), colour)


def _strip(canvas: Canvas, x: float, y: float, wide: float, high: float) -> None:
    """The raised strip that carries a town's name: hardly another shade, with a bright and a dark edge."""
    rng = canvas.rng
    canvas.fill((x, y, wide, high), np.clip(canvas.ground * rng.uniform(0.85, 1.15), 0, 255))
    for edge, factor in ((y, rng.uniform(1.0, 1.3)), (y + high - 1, rng.uniform(0.5, 0.95))):
        canvas.fill((x, edge, wide, 1.6), np.clip(canvas.ground * factor, 0, 255))


def picture(canvas: Canvas, room: tuple[float, float]) -> tuple[float, float]:
    """A club's or cause's picture beside the text; returns the room that is left."""
    rng, (left, right) = canvas.rng, room
    size = float(rng.uniform(0.14, 0.27)) * canvas.wide
    low = canvas.high * rng.uniform(0.15, 0.35)
    at = left if rng.random() < 0.75 else right - size
    for _ in range(int(rng.integers(1, 3))):
        canvas.emblem((at, low, size, min(canvas.high - low - 2, size * rng.uniform(0.8, 1.3))))
    return (left + size, right) if at == left else (left, right - size)


def stickers(canvas: Canvas) -> None:
    """Month and year in the corners."""
    rng = canvas.rng
    wide, high = canvas.wide * rng.uniform(0.09, 0.15), canvas.high * rng.uniform(0.1, 0.17)
    for x in (canvas.wide * 0.03, canvas.wide * 0.97 - wide):
        if rng.random() < 0.75:
            y = canvas.high * (0.04 if rng.random() < 0.8 else 0.82)
            canvas.fill((x, y, wide, high), rng.integers(0, 256, 3).astype(np.float32))
            word = str(rng.choice(["JAN", "MAY", "OCT", "07", "14", "23", "2024", "DEC", "99", "AUG"]))
            canvas.words(
                word,
                (x + wide * 0.15, y + high * 0.15, wide * 0.7, high * 0.7),
                rng.integers(0, 256, 3).astype(np.float32),
            )


def rim(canvas: Canvas) -> None:
    """A dealer's frame over the edges: a dark or bright border with words on it."""
    rng = canvas.rng
    colour = np.full(3, rng.choice([15, 25, 60, 170, 210]), np.float32)
    side = canvas.high * rng.uniform(0.02, 0.07)
    top, bottom = canvas.high * rng.uniform(0.03, 0.15), canvas.high * rng.uniform(0.03, 0.15)
    canvas.fill((0, 0, canvas.wide, top), colour)
    canvas.fill((0, canvas.high - bottom, canvas.wide, bottom + 1), colour)
    canvas.fill((0, 0, side, canvas.high), colour)
    canvas.fill((canvas.wide - side, 0, side + 1, canvas.high), colour)
    for y, high in ((0.0, top), (canvas.high - bottom, bottom)):
        if high > 5 and rng.random() < 0.7:
            wide = canvas.wide * rng.uniform(0.3, 0.7)
            ink = np.full(3, 255 - float(colour[0]), np.float32)
            canvas.words(marks.caption(rng), ((canvas.wide - wide) / 2, y + high * 0.15, wide, high * 0.7), ink)


def bolts(canvas: Canvas) -> None:
    """Two screws or holes."""
    rng = canvas.rng
    radius = max(2, round(canvas.high * rng.uniform(0.025, 0.06)))
    colour = [int(rng.integers(10, 240))] * 3
    y = rng.choice([0.5, 0.1, 0.9, 0.12])
    for x in (rng.uniform(0.08, 0.3), rng.uniform(0.7, 0.92)):
        cv2.circle(canvas.image, (round(x * canvas.wide), round(y * canvas.high)), radius, colour, -1, cv2.LINE_AA)
