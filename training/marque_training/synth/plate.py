"""Draw one flat, clean plate from a layout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marque_training.synth import decor, marks
from marque_training.synth.canvas import Box, Canvas, Picture, jitter
from marque_training.synth.face import CAP, Face
from marque_training.synth.faces import pick_face
from marque_training.synth.layout import COLOURS, Layout, catalogue
from marque_training.synth.text import Token, expand, random_text, read

SCRIPTS = ("cn", "jp", "kr")


@dataclass(frozen=True)
class DrawnPlate:
    """A flat plate, HxWx3 uint8 BGR, 64-100 px high, its corners the picture's corners; `text` is what it reads."""

    image: Picture
    text: str
    region: str


def draw(rng: np.random.Generator, layout: Layout | None = None) -> DrawnPlate:
    """A random plate of a random layout (or of the one given)."""
    layout = layout or catalogue().pick(rng)
    canvas = _canvas(layout, rng)
    lines = _tokens(layout, rng)
    if rng.random() < layout.background:
        decor.scene(canvas)
    decor.frame(canvas, layout.frame)
    room = decor.bands(canvas, layout)
    shift = decor.captions(canvas, layout) if len(lines) == 1 else 0.0
    if rng.random() < layout.picture:
        room = decor.picture(canvas, room)
    if rng.random() < layout.stickers:
        decor.stickers(canvas)
    _Setting(canvas, layout, room, pick_face(rng, layout.face)).lines(lines, shift)
    canvas.press(halo=rng.random() < 0.2 * layout.background)
    if len(lines) == 1 and rng.random() < layout.rim:
        decor.rim(canvas)
    if rng.random() < layout.bolts:
        decor.bolts(canvas)
    return DrawnPlate(canvas.image, read(lines), layout.region)


def _canvas(layout: Layout, rng: np.random.Generator) -> Canvas:
    aspect = layout.size[0] / layout.size[1] * rng.uniform(0.94, 1.06)
    if layout.any_size:
        aspect *= rng.uniform(0.8, 1.45)
    high = int(rng.integers(64, 100))
    weights = np.array([weight for _, _, weight in layout.colours])
    ground, ink, _ = layout.colours[int(rng.choice(len(weights), p=weights / weights.sum()))]
    plain, inked = (np.array(COLOURS[name], np.float32) for name in (ground, ink))
    return Canvas(round(high * aspect), high, jitter(plain, rng, 9), jitter(inked, rng, 14), rng)


def _tokens(layout: Layout, rng: np.random.Generator) -> list[list[Token]]:
    pattern = random_text(rng) if rng.random() < layout.random else layout.text[int(rng.integers(len(layout.text)))]
    lines = expand(pattern, layout.letters, rng)
    if len(lines) == 1 and rng.random() < layout.stack:
        # Two small letters, one over the other, are read where they stand: first or last.
        lines[0].insert(0 if rng.random() < 0.5 else len(lines[0]), expand("<@/@>", layout.letters, rng)[0][0])
    return lines


class _Setting:
    """Sets lines of tokens in the room that the decoration left."""

    def __init__(self, canvas: Canvas, layout: Layout, room: tuple[float, float], face: Face) -> None:
        self.canvas, self.layout, self.face, self.rng = canvas, layout, face, canvas.rng
        self.left, self.right = room

    def lines(self, lines: list[list[Token]], shift: float) -> None:
        rng, high = self.rng, self.canvas.high
        if len(lines) == 1:
            cap = high * float(rng.uniform(*self.layout.cap))
            self._line(lines[0], cap, (high - cap) / 2 + (shift + float(rng.normal(0, 0.02))) * high)
            return
        cap = high * float(rng.uniform(0.32, 0.42))
        first = cap if rng.random() < 0.7 else cap * float(rng.uniform(0.55, 0.9))
        gap = (high - cap - first) / 3
        self._line(lines[0], first, gap * float(rng.uniform(0.6, 1.1)))
        self._line(lines[1], cap, high - cap - gap * float(rng.uniform(0.6, 1.1)))

    def _line(self, tokens: list[Token], cap: float, top: float) -> None:
        """Natural widths times one stretch, squeezed where the line would not fit."""
        rng = self.rng
        scale = cap / CAP * float(rng.uniform(*self.layout.widths))
        spacing, gap = cap * float(rng.uniform(0.07, 0.24)), cap * float(rng.uniform(0.22, 0.6))
        widths = np.array([self._width(token, cap, gap, scale) for token in tokens])
        total = float(widths.sum()) + spacing * (len(tokens) - 1)
        room = (self.right - self.left) * float(rng.uniform(*self.layout.fill))
        if total < room and rng.random() < 0.5:
            more = (room - total) * float(rng.uniform(0, 0.6)) / max(3, len(tokens))
            spacing, total = spacing + more, total + more * (len(tokens) - 1)
        squeeze = min(1.0, room / max(1.0, total))
        slack = max(0.0, self.right - self.left - total * squeeze)
        x = self.left + slack * float(np.clip(rng.normal(0.5, 0.09), 0.05, 0.95))
        for token, width in zip(tokens, widths, strict=True):
            self._place(token, (x, top, float(width) * squeeze, cap))
            x += (float(width) + spacing) * squeeze

    def _width(self, token: Token, cap: float, gap: float, scale: float) -> float:
        rng = self.rng
        if token.kind == "char":
            return scale * (self.face.cell if self.face.monospaced else self._glyph(token.char).shape[1])
        fixed = {"gap": gap, "half": gap * 0.4, "dot": cap * 0.12, "sticker": cap * 0.3}
        spread = {
            "dash": (0.15, 0.35),
            "arabic": (0.8, 1.9),
            "cn": (0.42, 0.8),
            "jp": (0.4, 0.8),
            "kr": (0.4, 0.8),
            "seal": (0.3, 0.45),
            "big": (0.5, 1.1),
            "vertical": (0.22, 0.35),
            "emirate": (0.8, 1.5),
            "words": (0.6, 1.3),
        }
        if token.kind == "stack":
            return cap * float(rng.uniform(0.26, 0.4)) * max(len(row) for row in token.char.split("/"))
        return fixed.get(token.kind) or cap * float(rng.uniform(*spread.get(token.kind, (0.32, 0.6))))

    def _glyph(self, char: str) -> Picture:
        glyph = self.face.glyphs.get(char)
        return glyph if glyph is not None else self.face.glyphs["X"]

    def _place(self, token: Token, box: Box) -> None:
        x, top, width, cap = box
        rng, canvas = self.rng, self.canvas
        if token.kind == "char":
            self._char(token.char, box)
        elif token.kind == "stack":
            self._rows(token.char.split("/"), box)
        elif token.kind == "dash":
            canvas.bar((x, top + cap * rng.uniform(0.42, 0.52), width, cap * rng.uniform(0.07, 0.13)))
        elif token.kind == "dot":
            size = cap * rng.uniform(0.1, 0.16)
            canvas.bar((x, top + cap * rng.choice([0.45, 0.45, 0.85]), size, size))
        elif token.kind == "arabic":
            high = cap * rng.uniform(0.55, 1.15)
            self._sign("arabic", (x, top + (cap - high) * rng.random(), width, high))
        elif token.kind in SCRIPTS:
            self._sign(token.kind, box)
        elif token.kind == "emirate":
            self._sign("arabic", (x, top, width, cap * 0.5))
            canvas.words(
                str(rng.choice(marks.words()["emirates"])), (x, top + cap * 0.6, width, cap * 0.35), canvas.ink
            )
        elif token.kind == "words":
            for i in range(2):
                canvas.words(marks.caption(rng)[:10], (x, top + cap * (0.12 + 0.42 * i), width, cap * 0.28))
        elif token.kind == "vertical":
            for i, char in enumerate(rng.choice(marks.words()["verticals"])):
                canvas.stamp(self._glyph(char), (x, top + cap * (0.05 + 0.33 * i), width, cap * 0.26))
        elif token.kind not in ("gap", "half"):
            self._emblems(token.kind, box)

    def _sign(self, script: str, box: Box) -> None:
        self.canvas.stamp(marks.foreign(script, int(self.rng.integers(200))), box)

    def _rows(self, rows: list[str], box: Box) -> None:
        """Small characters: two or three rows fill the line's height, a single one hangs from its top."""
        x, top, width, cap = box
        high, pitch = (cap * 0.92 / len(rows), cap * 1.06 / len(rows)) if len(rows) > 1 else (cap * 0.7, 0.0)
        for i, row in enumerate(rows):
            each = width / len(row)
            for k, char in enumerate(row):
                self._char(char, (x + each * k, top + pitch * i, each * 0.86, high))

    def _char(self, char: str, box: Box) -> None:
        x, top, width, cap = box
        glyph = self._glyph(char)
        if self.face.monospaced:
            natural = min(width, glyph.shape[1] * width / self.face.cell)
            x, width = x + (width - natural) / 2, natural
        self.canvas.stamp(glyph, (x, top, width, cap))

    def _emblems(self, kind: str, box: Box) -> None:
        x, top, width, cap = box
        rng = self.rng
        rows = [(0.0, 0.46), (0.52, 0.98)]
        if kind == "big":
            rows, x, width = [(-0.15, 1.1)], x - width * 0.1, width * 1.2
        elif kind != "seal" or rng.random() < 0.25:
            low = rng.uniform(0, 0.35)
            rows = [(low, min(1.0, low + rng.uniform(0.4, 0.75)))]
        for low, end in rows:
            if len(rows) == 1 or rng.random() < 0.9:
                opacity = 1.0 if rng.random() < 0.75 else rng.uniform(0.3, 0.9)
                self.canvas.emblem((x, top + low * cap, width, (end - low) * cap), opacity)
