"""Makes the dashboard's plate face, ``static/plate.woff2``, of the stroke alphabet: its centre lines, widened.

The same skeletons give the same file, so it is written anew only where they have changed. Ours like the rest.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph
from shapely import LineString, MultiPolygon, Polygon, box, unary_union
from shapely.affinity import scale, translate
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src")]

from marque.plates.glyphs import ALPHABET, MARKS, SKELETONS, WIDTHS, Points, polylines  # noqa: E402

FILE = ROOT / "src" / "marque" / "web" / "static" / "plate.woff2"
EM, CAPITALS = 1000, 740
ASCENT, DESCENT = 980, 240
"""so that capitals stand in the middle of a line"""
STROKE = 112
THIN = 84
"""marks above and through letters"""
ASPECT, RADIUS = 0.53, 0.27
"""of the centre line's box; see :func:`marque.plates.glyphs.polylines`"""
BEARING = 62
"""beside an upright stroke; an open side gets less, by `OPEN` of its mean hollow"""
OPEN = 0.42
CHOSEN = {"4": 3, "7": 0, "M": 0, "W": 1, "Y": 2, "6": 0, "9": 0, "G": 0, "K": 0, "R": 0, "J": 2, "A": 1}
"""which skeleton of a character; else the first"""
LIKE = {"O": 1.1, "0": 0.96, "A": 1.12, "V": 1.08, "X": 1.06, "Y": 1.08, "4": 1.08}
"""wider than its cell by this; O and 0 are to differ"""

# In the unit cell of the skeletons, y down: what a plate text holds beside letters and digits.
SIGNS: dict[str, tuple[float, str]] = {
    "-": (0.62, "0,.5 1,.5"),
    "–": (0.9, "0,.5 1,.5"),
    ".": (0.0, "0,.985 0,1"),
    "·": (0.0, "0,.49 0,.51"),
    ":": (0.0, "0,.3 0,.315 / 0,.985 0,1"),
    "…": (1.4, "0,.985 0,1 / .5,.985 .5,1 / 1,.985 1,1"),
    "'": (0.0, "0,0 0,.2"),
    "/": (0.8, "0,1 1,0"),
    "+": (0.9, "0,.5 1,.5 / .5,.26 .5,.74"),
    "*": (1.0, ".5,.02 .5,.5 / 0,.12 1,.4 / 1,.12 0,.4"),
    "?": (0.95, "0,.25 0,0~ 1,0~ 1,.42~ .5,.5~ .5,.72 / .5,.985 .5,1"),
    "_": (1.0, "0,1 1,1"),
}
ACCENTS: dict[str, tuple[str, str]] = {
    "Å": ("A", ".38,-.3 .62,-.3 .62,-.18 .38,-.18 z"),
    "Ø": ("O", ".02,1.06 .98,-.06"),
    "É": ("E", ".4,-.16 .7,-.3"),
    "È": ("E", ".6,-.16 .3,-.3"),
    "Ñ": ("N", ".15,-.17 .38,-.26 .62,-.18 .85,-.27"),
    "Ç": ("C", ".5,1.02 .5,1.2"),
}
ALSO = {
    **dict(zip("АВЕКМНОРСТУХІ", "ABEKMHOPCTYXI", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
    "‐": "-", "‑": "-", "−": "-", "•": "·", "’": "'", "\u00a0": " ", "\u202f": " ",
}  # fmt: skip
"""other letters that a plate writes alike"""
EPOCH = 3_800_000_000
"""seconds after 1904 at which it was made: always the same"""


class Drawn(NamedTuple):
    """A glyph: its outline in the font's units (y up), and how far the next one starts."""

    outline: BaseGeometry
    advance: int


def main() -> None:
    """Write the font where its glyphs have changed."""
    made = font()
    if FILE.exists() and FILE.read_bytes() == made:
        return
    FILE.write_bytes(made)
    sys.stderr.write(f"{FILE.relative_to(ROOT)}: written\n")


def drawn() -> dict[str, Drawn]:
    """Every character of the font and its glyph; small letters have those of capitals."""
    letters = {char: _letter(char, CHOSEN.get(MARKS.get(char, char)[0], 0)) for char in ALPHABET}
    signs = {char: _glyph(_lines(path, width), width * ASPECT) for char, (width, path) in SIGNS.items()}
    accents = {char: _accented(base, path) for char, (base, path) in ACCENTS.items()}
    return letters | signs | accents | {" ": Drawn(Polygon(), 250), "Æ": _joined("A", "E")}


def font() -> bytes:
    """The WOFF2 file."""
    glyphs = drawn()
    names = {char: _name(char) for char in glyphs} | {"0/": "zero.cut"}
    glyphs["0/"] = _letter("0", 1)
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(_map(names))
    outlines = {names[char]: _outline(one.outline) for char, one in glyphs.items()}
    builder.setupGlyf({".notdef": _outline(box(60, 0, 440, CAPITALS)), **outlines})
    left = {name: glyph.xMin if glyph.numberOfContours else 0 for name, glyph in outlines.items()}
    widths = {names[char]: (one.advance, left[names[char]]) for char, one in glyphs.items()}
    builder.setupHorizontalMetrics({".notdef": (500, 60), **widths})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=-DESCENT)
    builder.setupNameTable({"familyName": "Marque Plate", "styleName": "Regular", "licenseDescription": "Apache-2.0"})
    builder.setupOS2(
        sTypoAscender=ASCENT, sTypoDescender=-DESCENT, usWinAscent=ASCENT, usWinDescent=DESCENT, sCapHeight=CAPITALS,
        sxHeight=CAPITALS, fsSelection=0xC0, version=4,
    )  # fmt: skip
    builder.setupPost()
    builder.addOpenTypeFeatures("feature zero { sub zero by zero.cut; } zero;")
    builder.updateHead(created=EPOCH, modified=EPOCH)
    return _packed(builder)


def _packed(builder: FontBuilder) -> bytes:
    builder.font.flavor, builder.font.recalcTimestamp = "woff2", False
    out = BytesIO()
    builder.save(out)
    return out.getvalue()


def _map(names: dict[str, str]) -> dict[int, str]:
    found = {ord(char): name for char, name in names.items() if len(char) == 1}
    found |= {ord(char): names[base] for char, base in ALSO.items()}
    small = {ord(chr(code).lower()): name for code, name in found.items() if len(chr(code).lower()) == 1}
    return small | found


def _name(char: str) -> str:
    return char if char in SKELETONS and char.isalpha() else "zero" if char == "0" else f"uni{ord(char):04X}"


def _letter(char: str, variant: int) -> Drawn:
    base = MARKS.get(char, (char, ""))[0]
    aspect = ASPECT * LIKE.get(base, 1.0)
    lines = polylines(char, aspect=aspect, radius=RADIUS, variant=variant, steps=14)
    return _glyph(lines, aspect * WIDTHS.get(base, 1.0))


def _accented(base: str, path: str) -> Drawn:
    letter = _letter(base, CHOSEN.get(base, 0))
    width = LIKE.get(base, 1.0) * WIDTHS.get(base, 1.0)
    x0 = _body(letter.outline).bounds[0]
    mark = translate(_stroked(_lines(path, width)), x0 + STROKE / 2, 0)
    return Drawn(unary_union([letter.outline, mark]), letter.advance)


def _joined(left: str, right: str) -> Drawn:
    a, b = _letter(left, 0), _letter(right, 0)
    shift = a.outline.bounds[2] - b.outline.bounds[0] - 1.6 * STROKE
    return Drawn(unary_union([a.outline, translate(b.outline, shift, 0)]), round(b.advance + shift))


def _lines(path: str, width: float) -> tuple[Points, ...]:
    """A sign's lines, by way of the alphabet's own hand."""
    SKELETONS["sign"] = (path,)
    try:
        return polylines("sign", aspect=ASPECT * width, radius=RADIUS, steps=14)
    finally:
        del SKELETONS["sign"]


def _glyph(lines: Iterable[Points], width: float) -> Drawn:
    """Put between its bearings. ``width``: of the centre line's box, in its heights."""
    lines = tuple(lines)
    inside = [line for line in lines if line[:, 1].max() > -0.01]
    above = [line for line in lines if line[:, 1].max() <= -0.01]
    shape = _stroked(inside, width)
    x0, _, x1, _ = shape.bounds
    left, right = (BEARING - OPEN * hollow for hollow in _hollows(shape))
    whole = unary_union([shape, _stroked(above)]) if above else shape
    return Drawn(translate(whole, left - x0, 0), round(left + x1 - x0 + right))


def _hollows(shape: BaseGeometry) -> tuple[float, float]:
    """How far the outline stands back from its left and right side in the mean, at most a fifth of the capitals."""
    x0, y0, x1, y1 = shape.bounds
    rows = [shape.intersection(LineString([(x0 - 1, y), (x1 + 1, y)])) for y in np.linspace(y0 + 1, y1 - 1, 41)]
    most = CAPITALS / 5
    found = [row.bounds for row in rows if not row.is_empty]
    return (
        float(np.mean([min(most, row[0] - x0) for row in found])),
        float(np.mean([min(most, x1 - row[2]) for row in found])),
    )


def _body(shape: BaseGeometry) -> BaseGeometry:
    return shape.intersection(box(-EM, 0, 2 * EM, CAPITALS))


def _stroked(lines: Iterable[Points], width: float | None = None) -> BaseGeometry:
    """The lines as strokes, y up, the capitals' feet on the base line. With ``width`` cut to the cell, so that slanted
    strokes end level."""
    high = CAPITALS - STROKE
    if width is None:
        shape = unary_union([_stroke(line * high, THIN) for line in lines])
    else:
        shape = unary_union([_stroke(_reaching(line * high)) for line in lines])
        half = STROKE / 2
        low = max(line[:, 1].max() for line in lines) * high
        shape = shape.intersection(
            box(-half - 0.2 * STROKE, -half, width * high + half + 0.2 * STROKE, max(high, low) + half)
        )
    return translate(scale(shape, 1, -1, origin=(0, 0)), 0, CAPITALS - STROKE / 2)


def _reaching(line: Points) -> Points:
    """Ends at the cell's top or bottom go on, to be cut level there; ends at its sides by half a stroke."""
    line = line.copy()
    for end, before in ((0, 1), (-1, -2)):
        along = line[end] - line[before]
        length = float(np.hypot(*along))
        if length and abs(along[1]) > 0.3 * length and (line[end, 1] < 1 or line[end, 1] > CAPITALS - STROKE - 1):
            line[end] += along / length * STROKE * 1.5
        elif length and abs(along[1]) < 0.3 * length:
            line[end] += along / length * STROKE / 2
    return line


def _stroke(line: Points, wide: float = STROKE) -> BaseGeometry:
    """One line, widened; a line that hardly goes anywhere is a dot."""
    low, high = line.min(axis=0), line.max(axis=0)
    if np.all(high - low < STROKE / 2):
        x, y = (low + high) / 2
        return box(x - STROKE * 0.55, y - STROKE / 2, x + STROKE * 0.55, y + STROKE / 2)
    closed = len(line) > 2 and np.allclose(line[0], line[-1])
    if closed:
        ring = Polygon(line)
        return ring.buffer(wide / 2, join_style="mitre").difference(ring.buffer(-wide / 2, join_style="mitre"))
    return LineString(line).buffer(wide / 2, cap_style="flat", join_style="mitre", mitre_limit=8)


def _outline(shape: BaseGeometry) -> Glyph:
    pen = TTGlyphPen(None)
    shape = shape.simplify(0.6)
    for part in shape.geoms if isinstance(shape, MultiPolygon) else [shape]:
        if not part.is_empty:
            part = orient(part, -1.0)
            for ring in (part.exterior, *part.interiors):
                points = [(round(x), round(y)) for x, y in ring.coords[:-1]]
                pen.moveTo(points[0])
                for point in points[1:]:
                    pen.lineTo(point)
                pen.closePath()
    return pen.glyph()


if __name__ == "__main__":
    main()
