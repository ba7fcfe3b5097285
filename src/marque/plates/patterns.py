"""The pattern language of the region files, the field's own with five additions.

``@`` a letter, ``#`` a digit, ``?`` either; a letter or digit stands for itself; ``[ABC]`` or ``[A-HJ]`` one of these;
``<name>`` one of the words of the file's list ``name``; ``{2}`` or ``{1,4}`` repeats what stands before it; space,
``-``, ``.``, ``·`` and ``/`` are written where people write them and are no part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from string import ascii_uppercase, digits
from typing import NamedTuple

LETTERS = ascii_uppercase
_TOKEN = re.compile(
    r"(?:(?P<sign>[@#?])|\[(?P<set>[^\]]+)\]|<(?P<list>\w+)>|(?P<gap>[ \-./·]+)|(?P<literal>\w))"
    r"(?:\{(?P<least>\d+)(?:,(?P<most>\d+))?\})?"
)


class Codes(NamedTuple):
    """Words of one length that stand at ``offset`` of a shape."""

    offset: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """Texts of one length: the characters each position may hold and the code words among them. ``size`` counts the
    texts."""

    classes: tuple[str, ...]
    codes: tuple[Codes, ...]
    size: int

    def holds(self, text: str) -> bool:
        """Whether ``text`` (of this length) keeps to every code list; its characters are taken to fit."""
        return all(text[code.offset : code.offset + len(code.words[0])] in code.words for code in self.codes)


@dataclass(frozen=True, slots=True)
class Variant:
    """One length of a pattern: its shape, and where people write which separator."""

    shape: Shape
    gaps: tuple[tuple[int, str], ...]

    def display(self, text: str) -> str:
        """``text`` as people write it."""
        for offset, gap in reversed(self.gaps):
            text = f"{text[:offset]}{gap}{text[offset:]}"
        return text


class _Part(NamedTuple):
    """A stretch of a variant: classes of its positions, the words they are limited to, a separator."""

    classes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    gap: str = ""


def expand(pattern: str, lists: Mapping[str, tuple[str, ...]], letters: str = LETTERS) -> tuple[Variant, ...]:
    """Every length and grouping that ``pattern`` allows. ``letters`` are those that ``@`` and ``?`` stand for.

    Raises ValueError where the pattern cannot be understood.
    """
    return tuple(
        _variant(parts) for choice in pattern.split("|") for parts in product(*_tokens(choice.strip(), lists, letters))
    )


def _tokens(pattern: str, lists: Mapping[str, tuple[str, ...]], letters: str) -> Iterator[list[_Part]]:
    at = 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            raise ValueError(f"pattern {pattern!r}: {pattern[at:]!r} is not understood")
        yield _options(token, lists, letters)
        at = token.end()


def _options(token: re.Match[str], lists: Mapping[str, tuple[str, ...]], letters: str) -> list[_Part]:
    if token["gap"]:
        return [_Part(gap=token["gap"])]
    if token["list"]:
        return _words(token["list"], lists)
    signs = {"@": letters, "#": digits, "?": letters + digits}
    chars = signs.get(token["sign"] or "") or _set(token["set"] or token["literal"])
    least = int(token["least"] or 1)
    return [_Part((chars,) * count) for count in range(least, int(token["most"] or least) + 1)]


def _words(name: str, lists: Mapping[str, tuple[str, ...]]) -> list[_Part]:
    if name not in lists:
        raise ValueError(f"there is no list <{name}>")
    lengths = sorted({len(word) for word in lists[name]})
    groups = [tuple(sorted(word for word in lists[name] if len(word) == length)) for length in lengths]
    return [_Part(tuple(_set("".join(column)) for column in zip(*words, strict=True)), words) for words in groups]


def _set(text: str) -> str:
    ranges = re.sub(r"(.)-(.)", lambda m: "".join(map(chr, range(ord(m[1]), ord(m[2]) + 1))), text)
    return "".join(sorted(set(ranges)))


def _variant(parts: tuple[_Part, ...]) -> Variant:
    classes: list[str] = []
    codes: list[Codes] = []
    gaps: dict[int, str] = {}
    for part in parts:
        if part.gap:
            gaps.setdefault(len(classes), part.gap)
        if part.words:
            codes.append(Codes(len(classes), part.words))
        classes += part.classes
    free = set(range(len(classes))) - {c.offset + i for c in codes for i in range(len(c.words[0]))}
    size = prod(len(classes[i]) for i in free) * prod(len(c.words) for c in codes)
    inner = tuple((offset, gap) for offset, gap in gaps.items() if 0 < offset < len(classes))
    return Variant(Shape(tuple(classes), tuple(codes), size), inner)
