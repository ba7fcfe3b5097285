"""Draw one flat, clean plate from a layout."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from marque_training.synth import marks
from marque_training.synth.faces import Face, pick_face
from marque_training.synth.layout import COLOURS, Layout, catalogue
from marque_training.synth.text import Token, expand, random_text, read

Picture = NDArray[np.uint8]
Colour = NDArray[np.float32]


@dataclass(frozen=True)
class DrawnPlate:
    """A flat plate, HxWx3 uint8 BGR, 48-128 px high, its corners the picture's corners; `text` is what it reads."""

    image: Picture
    text: str
    region: str


def draw(rng: np.random.Generator, layout: Layout | None = None) -> DrawnPlate:
    """A random plate of a random layout (or of the one given)."""
    layout = layout or catalogue().pick(rng)
    return _Drawing(layout, rng).run()


def _jitter(colour: Colour, rng: np.random.Generator, amount: float) -> Colour:
    return np.clip(colour + rng.normal(0, amount, 3) + rng.normal(0, amount), 0, 255).astype(np.float32)


def _blend(canvas: Picture, ink: Colour, mask: Picture) -> Picture:
    """Paint `ink` over `canvas` where `mask` says, all in bytes."""
    alpha = cv2.merge([mask, mask, mask])
    paint = np.empty_like(canvas)
    paint[:] = ink.astype(np.uint8)
    covered = cv2.multiply(paint, alpha, scale=1 / 255)
    return cv2.add(cv2.multiply(canvas, cv2.bitwise_not(alpha), scale=1 / 255), covered)


class _Drawing:
    """One plate in the making: a canvas, the layout, the generator."""

    def __init__(self, layout: Layout, rng: np.random.Generator) -> None:
        self.layout, self.rng = layout, rng
        wide, high = layout.size
        aspect = wide / high * rng.uniform(0.94, 1.06)
        if layout.extra.get("anysize"):
            aspect *= rng.uniform(0.8, 1.45)
        self.high = int(rng.integers(64, 100))
        self.wide = round(self.high * aspect)
        weights = np.array([c[2] for c in layout.colours])
        ground, ink, _ = layout.colours[int(rng.choice(len(weights), p=weights / weights.sum()))]
        self.ground = _jitter(np.array(COLOURS[ground], np.float32), rng, 9)
        self.ink = _jitter(np.array(COLOURS[ink], np.float32), rng, 14)
        self.canvas = np.empty((self.high, self.wide, 3), np.uint8)
        self.canvas[:] = self.ground.astype(np.uint8)
        self.text_mask = np.zeros((self.high, self.wide), np.uint8)
        self.face: Face = pick_face(rng, layout.face)
        self.left, self.right = 0.0, float(self.wide)

    def run(self) -> DrawnPlate:
        rng, layout = self.rng, self.layout
        if rng.random() < layout.background:
            self._background()
        self._frame()
        self._bands()
        lines = self._tokens()
        self._captions(len(lines))
        self._lines(lines)
        self._ink()
        if rng.random() < layout.bolts:
            self._bolts()
        return DrawnPlate(self.canvas, read(lines), layout.region)

    # --- text -------------------------------------------------------------------------------------------------------

    def _tokens(self) -> list[list[Token]]:
        layout, rng = self.layout, self.rng
        if rng.random() < layout.random:
            pattern = random_text(rng)
        else:
            pattern = layout.text[int(rng.integers(len(layout.text)))]
        return expand(pattern, layout.letters, rng)

    def _lines(self, lines: list[list[Token]]) -> None:
        rng, count = self.rng, len(lines)
        if count == 1:
            cap = int(self.high * rng.uniform(*self.layout.cap))
            shift = rng.normal(0, 0.02) + 0.04 * bool(self.top) - 0.04 * bool(self.bottom)
            self._line(lines[0], cap, (self.high - cap) / 2 + shift * self.high)
            return
        cap = int(self.high * rng.uniform(0.32, 0.42))
        first = cap if rng.random() < 0.7 else int(cap * rng.uniform(0.55, 0.9))
        gap = (self.high - cap - first) / 3
        self._line(lines[0], first, gap * rng.uniform(0.6, 1.1))
        self._line(lines[1], cap, self.high - cap - gap * rng.uniform(0.6, 1.1))

    def _line(self, tokens: list[Token], cap: int, top: float) -> None:
        """Set one line: natural widths times one stretch, squeezed where the line would not fit."""
        rng, face = self.rng, self.face
        scale = cap / 72 * float(rng.uniform(*self.layout.widths))
        spacing = cap * float(rng.uniform(0.07, 0.24))
        gap = cap * float(rng.uniform(0.22, 0.6))
        pieces = [self._piece(token, cap, gap, scale) for token in tokens]
        total = sum(p[1] for p in pieces) + spacing * (len(pieces) - 1)
        room = (self.right - self.left) * float(rng.uniform(*self.layout.fill))
        squeeze = min(1.0, room / max(1.0, total))
        if total < room and rng.random() < 0.5:
            spacing += (room - total) * float(rng.uniform(0, 0.6)) / max(3, len(pieces))
            total = sum(p[1] for p in pieces) + spacing * (len(pieces) - 1)
        slack = max(0.0, self.right - self.left - total * squeeze)
        x = self.left + slack * float(np.clip(rng.normal(0.5, 0.09), 0.05, 0.95))
        for token, width in pieces:
            self._place(token, face, (x, top, width * squeeze, cap))
            x += (width + spacing) * squeeze

    def _piece(self, token: Token, cap: int, gap: float, scale: float) -> tuple[Token, float]:
        if token.kind == "char":
            glyph = self._glyph(token.char)
            width = self.face.cell if self.face.monospaced else glyph.shape[1]
            return token, width * scale
        widths = {
            "gap": gap, "half": gap * 0.4, "dash": cap * self.rng.uniform(0.15, 0.35), "dot": cap * 0.12,
            "arabic": cap * self.rng.uniform(0.9, 1.7), "cjk": cap * self.rng.uniform(0.5, 0.8),
            "seal": cap * self.rng.uniform(0.3, 0.45), "sticker": cap * 0.3,
        }  # fmt: skip
        return token, widths.get(token.kind, cap * self.rng.uniform(0.32, 0.6))

    def _glyph(self, char: str) -> Picture:
        glyph = self.face.glyphs.get(char)
        return glyph if glyph is not None else self.face.glyphs["X"]

    def _place(self, token: Token, face: Face, box: tuple[float, float, float, int]) -> None:
        x, top, width, cap = box
        rng = self.rng
        if token.kind == "char":
            glyph = self._glyph(token.char)
            if face.monospaced:
                natural = min(width, glyph.shape[1] * width / face.cell)
                x, width = x + (width - natural) / 2, natural
            self._stamp(glyph, (x, top, width, cap))
        elif token.kind == "dash":
            self._bar(x, top + cap * rng.uniform(0.42, 0.52), width, cap * rng.uniform(0.07, 0.13))
        elif token.kind == "dot":
            size = cap * rng.uniform(0.1, 0.16)
            self._bar(x, top + cap * rng.choice([0.45, 0.45, 0.85]), size, size)
        elif token.kind == "arabic":
            high = cap * rng.uniform(0.55, 1.0)
            self._stamp(marks.foreign("arabic", int(rng.integers(17))), (x, top + (cap - high) * rng.random(), width, int(high)))
        elif token.kind == "cjk":
            self._stamp(marks.foreign("cjk", int(rng.integers(70))), (x, top, width, cap))
        elif token.kind in ("seal", "emblem", "crest", "sticker"):
            self._emblems(token.kind, box)

    def _stamp(self, mask: Picture, box: tuple[float, float, float, int]) -> None:
        x, top, width, cap = box
        x0, y0, w = round(x), round(top), max(2, round(width))
        piece = cv2.resize(mask, (w, max(2, cap)), interpolation=cv2.INTER_AREA if cap < mask.shape[0] else cv2.INTER_LINEAR)
        left, up = max(0, -x0), max(0, -y0)
        target = self.text_mask[y0 + up : y0 + piece.shape[0], x0 + left : x0 + w]
        if target.size:
            np.maximum(target, piece[up : up + target.shape[0], left : left + target.shape[1]], out=target)

    def _bar(self, x: float, y: float, width: float, high: float) -> None:
        corner, end = (round(x), round(y)), (round(x + width), round(y + max(1.0, high)))
        cv2.rectangle(self.text_mask, corner, end, 255, -1)

    def _emblems(self, kind: str, box: tuple[float, float, float, int]) -> None:
        x, top, width, cap = box
        rng = self.rng
        if kind == "seal":
            rows = [(0.0, 0.46), (0.52, 0.98)] if rng.random() < 0.75 else [(0.2, 0.75)]
        else:
            low = rng.uniform(0, 0.35)
            rows = [(low, min(1.0, low + rng.uniform(0.4, 0.75)))]
        for low, end in rows:
            if kind == "seal" and len(rows) == 2 and rng.random() < 0.12:
                continue
            self._paste(int(rng.integers(marks.EMBLEMS)), (x, top + low * cap, width, (end - low) * cap))

    def _paste(self, number: int, box: tuple[float, float, float, float]) -> None:
        x, y, w, h = (round(v) for v in box)
        picture, mask = marks.emblem(number)
        if w < 3 or h < 3 or x < 0 or y < 0 or x + w > self.wide or y + h > self.high:
            return
        target = self.canvas[y : y + h, x : x + w]
        alpha = cv2.resize(mask, (w, h), interpolation=cv2.INTER_AREA)[..., None] / np.float32(255)
        if self.rng.random() < 0.25:
            alpha *= np.float32(self.rng.uniform(0.3, 0.9))
        small = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA)
        target[:] = (target + (small.astype(np.float32) - target) * alpha).astype(np.uint8)

    # --- the rest ---------------------------------------------------------------------------------------------------

    def _background(self) -> None:
        """A state's painted scene: soft coloured patches that keep the ink readable."""
        rng = self.rng
        coarse = rng.normal(0, 1, (int(rng.integers(2, 5)), int(rng.integers(2, 6)), 3)).astype(np.float32)
        scene = cv2.resize(coarse, (self.wide, self.high), interpolation=cv2.INTER_CUBIC)
        self.canvas[:] = np.clip(self.canvas + scene * rng.uniform(6, 26), 0, 255).astype(np.uint8)
        if rng.random() < 0.4:
            size = self.high * rng.uniform(0.4, 0.9)
            box = (rng.uniform(0, self.wide - size), rng.uniform(0, self.high - size), size, size)
            before = self.canvas.copy()
            self._paste(int(rng.integers(marks.EMBLEMS)), box)
            keep = rng.uniform(0.55, 0.9)
            cv2.addWeighted(before, keep, self.canvas, 1 - keep, 0, self.canvas)

    def _frame(self) -> None:
        rng = self.rng
        if rng.random() < self.layout.frame:
            inset, thick = int(rng.integers(0, 4)), int(rng.integers(1, 4))
            colour = self.ink if rng.random() < 0.8 else _jitter(self.ground * 0.6, rng, 20)
            cv2.rectangle(
                self.canvas, (inset, inset), (self.wide - 1 - inset, self.high - 1 - inset), colour.tolist(), thick
            )

    def _bands(self) -> None:
        rng, layout = self.rng, self.layout
        if layout.left and rng.random() < layout.left_prob:
            self.left = self._band(0, layout.left)
        elif rng.random() < 0.06:
            self._code()
        if layout.right and rng.random() < layout.right_prob:
            self.right = self.wide - self._band(1, layout.right)
        margin = self.high * float(rng.uniform(0.02, 0.08))
        self.left, self.right = self.left + margin, self.right - margin

    def _code(self) -> None:
        """No band, but a small shield over a country code at the left."""
        rng = self.rng
        width = self.wide * rng.uniform(0.05, 0.08)
        self._paste(int(rng.integers(marks.EMBLEMS)), (4, self.high * 0.15, width, self.high * 0.35))
        self._words(str(rng.choice(["SK", "HR", "SRB", "BIH", "MK", "CH", "RUS"])), (4, self.high * 0.6, width, self.high * 0.22))
        self.left = width + 4

    def _band(self, side: int, code: str) -> float:
        rng = self.rng
        width = self.wide * float(rng.uniform(*self.layout.left_width))
        if rng.random() < 0.12:
            width *= float(rng.uniform(0.35, 0.9))
        x0 = 0 if side == 0 else self.wide - round(width)
        colour = _jitter(np.array(COLOURS["euro"], np.float32), rng, 22)
        if rng.random() < 0.2:
            colour = _jitter(self.ground * 0.7 + colour * 0.3, rng, 20)
        inset = int(rng.integers(0, 4))
        cv2.rectangle(self.canvas, (x0 + inset, inset), (x0 + round(width) - 1, self.high - 1 - inset), colour.tolist(), -1)
        centre = (x0 + round(width / 2), round(self.high * rng.uniform(0.26, 0.36)))
        light = [int(v) for v in rng.choice([[40, 210, 240], [230, 230, 230]])]
        kind = rng.random()
        if kind < 0.72:
            marks.stars(self.canvas, centre, width * rng.uniform(0.24, 0.34), light)
        elif kind < 0.9:
            size = width * rng.uniform(0.5, 0.8)
            self._paste(int(rng.integers(marks.EMBLEMS)), (x0 + (width - size) / 2, self.high * 0.1, size, size))
        label = code if len(code) > 1 or code not in ("X",) else str(rng.integers(10, 99))
        if code == "EU":
            label = str(rng.choice(["D", "F", "I", "E", "PL", "CZ", "SK", "H", "RO", "LT", "GR", "P", "UA", "USA", "CY", "EU"]))
        if rng.random() < 0.93:
            high = self.high * rng.uniform(0.15, 0.26)
            wide = min(width * 0.8, high * 0.6 * len(label))
            box = (x0 + (width - wide) / 2, self.high * rng.uniform(0.62, 0.72), wide, high)
            self._words(label, box, np.full(3, rng.uniform(190, 250), np.float32))
        return width

    def _captions(self, lines: int) -> None:
        rng, layout = self.rng, self.layout
        self.top = lines == 1 and rng.random() < layout.top
        self.bottom = lines == 1 and rng.random() < layout.bottom
        if self.top and layout.extra.get("mercosur"):
            blue = _jitter(np.array(COLOURS["euro"], np.float32), rng, 20)
            cv2.rectangle(self.canvas, (0, 0), (self.wide, round(self.high * rng.uniform(0.2, 0.27))), blue.tolist(), -1)
            self._edge(0.03, 0.14, np.full(3, 235, np.float32))
        elif self.top:
            self._edge(rng.uniform(0.03, 0.08), rng.uniform(*layout.caption_size))
        if self.bottom:
            high = rng.uniform(*layout.caption_size)
            self._edge(1 - high - rng.uniform(0.03, 0.07), high)

    def _edge(self, top: float, high: float, colour: Colour | None = None) -> None:
        rng = self.rng
        text = marks.caption(rng)
        if self.layout.extra.get("cjktop"):
            mask = marks.foreign("cjk", int(rng.integers(70)))
            for i in range(2):
                box = (self.wide * (0.35 + 0.17 * i), self.high * top, self.high * 0.22, round(self.high * 0.2))
                self._stamp(mask, box)
            return
        wide = min(self.wide * 0.85, self.high * high * len(text) * rng.uniform(0.45, 0.8))
        x = (self.wide - wide) * np.clip(rng.normal(0.5, 0.12), 0.03, 0.97)
        self._words(text, (x, self.high * top, wide, self.high * high), colour)

    def _words(self, text: str, box: tuple[float, float, float, float], colour: Colour | None = None) -> None:
        rng = self.rng
        x, y, w, h = (round(v) for v in box)
        w, h = max(3, w), max(3, h)
        mask = cv2.resize(marks.caption_mask(text, int(rng.integers(24))), (w, h), interpolation=cv2.INTER_AREA)
        target = self.canvas[max(0, y) : y + h, max(0, x) : x + w]
        if colour is None:
            colour = self.ink if rng.random() < 0.7 else rng.integers(0, 256, 3).astype(np.float32)
        alpha = mask[: target.shape[0], : target.shape[1], None] / np.float32(255)
        target[:] = (target + (colour - target) * alpha).astype(np.uint8)

    def _ink(self) -> None:
        """Press the text into the plate: blotted or thin strokes, worn paint, an embossed edge."""
        rng, mask = self.rng, self.text_mask
        wear = rng.random()
        if wear < 0.16:
            mask = cv2.dilate(mask, np.ones((2, 2) if rng.random() < 0.6 else (3, 3), np.uint8))
        elif wear < 0.3:
            mask = cv2.erode(mask, np.ones((2, 2), np.uint8))
        if rng.random() < 0.12:
            coarse = rng.uniform(90, 255, (5, 12)).astype(np.uint8)
            paint = cv2.resize(coarse, (self.wide, self.high), interpolation=cv2.INTER_LINEAR)
            mask = cv2.multiply(mask, paint, scale=1 / 255)
        if rng.random() < 0.35:
            self._emboss(mask)
        self.canvas = _blend(self.canvas, self.ink, mask)

    def _emboss(self, mask: Picture) -> None:
        rng = self.rng
        dx, dy = (int(v) for v in rng.integers(-2, 3, 2))
        if dx == 0 and dy == 0:
            return
        edge = np.roll(mask, (dy, dx), (0, 1)) > mask
        change = int(rng.choice([-1, 1])) * int(rng.integers(15, 70))
        self.canvas[edge] = np.clip(self.canvas[edge].astype(np.int16) + change, 0, 255).astype(np.uint8)

    def _bolts(self) -> None:
        rng = self.rng
        radius = max(2, round(self.high * rng.uniform(0.025, 0.06)))
        colour = [int(rng.integers(10, 240))] * 3
        y = rng.choice([0.5, 0.1, 0.9, 0.12])
        for x in (rng.uniform(0.08, 0.3), rng.uniform(0.7, 0.92)):
            cv2.circle(self.canvas, (round(x * self.wide), round(y * self.high)), radius, colour, -1, cv2.LINE_AA)
