"""What a text may look like: wildcards, and regular expressions that always end soon.

A regular expression is parsed here and written anew, so that it means the same to every engine and none can be kept
busy by it: what is repeated neither repeats anything itself nor leaves a choice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from marque.errors import Unacceptable
from marque.plates.text import normalize

LONGEST = 100
"""characters of a pattern"""
MOST_REPEATS = 32
"""what a count in braces may ask for"""
MOST_OPEN = 4
"""repeats without an end in one pattern"""
HINT = "Use letters, digits, . [A-F] (one|other) ? * + {2,3}; what is repeated may not repeat or choose itself."


@dataclass(frozen=True, slots=True)
class Mask:
    """``regex`` holds for a whole normalized text, ``like`` (SQL) and ``glob`` (SQLite) say the same where they can.
    Every text of it begins with ``prefix``, ends with ``suffix`` and holds each of ``pieces``."""

    regex: str
    prefix: str = ""
    suffix: str = ""
    pieces: tuple[str, ...] = ()
    like: str | None = None
    glob: str | None = None


def prefix(text: str) -> Mask:
    """Everything that begins so."""
    return wildcard(f"{normalize(text)}*")


def wildcard(pattern: str) -> Mask:
    """``?`` is one character, ``*`` any number of them, separators do not count. Raises Unacceptable."""
    _bound(pattern)
    chars = "".join(char if char in "?*" else normalize(char) for char in pattern)
    if not chars:
        raise Unacceptable("the pattern is empty", field="plate")
    regex = chars.replace("?", ".").replace("*", ".*")
    like, glob = chars.replace("?", "_").replace("*", "%"), re.sub(r"\*+", "*", chars)
    pieces = re.split(r"[?*]+", chars)
    return Mask(re.sub(r"(\.\*)+", ".*", regex), pieces[0], pieces[-1], tuple(filter(None, pieces)), like, glob)


def regex(pattern: str) -> Mask:
    """A regular expression over the whole normalized text. Raises Unacceptable, with what to leave out."""
    _bound(pattern)
    items = _Parser(pattern.removeprefix("^").removesuffix("$")).parse()
    runs = [
        "".join(item.char for item in run) if plain else "" for plain, run in groupby(items, lambda item: item.plain)
    ]
    ends = (runs[0], runs[-1]) if runs else ("", "")
    return Mask("".join(item.text for item in items), *ends, tuple(filter(None, runs)))


def _bound(pattern: str) -> None:
    if len(pattern) > LONGEST:
        raise Unacceptable(f"the pattern has more than {LONGEST} characters", field="plate")


@dataclass(frozen=True, slots=True)
class _Item:
    """A part of a pattern: as it is written for the engines, its character where it is one and no more, and whether
    something in it is repeated or chosen."""

    text: str
    char: str = ""
    loose: bool = False

    @property
    def plain(self) -> bool:
        return bool(self.char)


class _Parser:
    """One pass from left to right; every mistake names its place."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._open = 0

    def parse(self) -> list[_Item]:
        if not self._pattern:
            raise Unacceptable("the pattern is empty", field="plate")
        items = self._choices()
        if self._at < len(self._pattern):
            raise self._wrong("')' closes nothing")
        return items

    def _wrong(self, what: str) -> Unacceptable:
        return Unacceptable(f"pattern, character {self._at + 1}: {what}", field="plate", hint=HINT)

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self, text: str) -> bool:
        found = self._pattern.startswith(text, self._at)
        self._at += len(text) if found else 0
        return found

    def _choices(self) -> list[_Item]:
        """Alternatives up to the end or a closing bracket; one item when there are several."""
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        if len(options) == 1:
            return options[0]
        return [_Item(f"(?:{'|'.join(_text(option) for option in options)})", loose=True)]

    def _sequence(self) -> list[_Item]:
        items = []
        while self._peek() not in ("", "|", ")"):
            items.append(self._repeated(self._atom()))
        return items

    def _atom(self) -> _Item:
        if self._take("("):
            return self._group()
        if self._take("["):
            return _Item(self._class())
        if self._take("."):
            return _Item(".")
        if self._take("\\d"):
            return _Item("[0-9]")
        return self._character()

    def _group(self) -> _Item:
        self._take("?:")
        if self._peek() == "?":
            raise self._wrong("looking ahead or behind and named groups are not known here")
        inside = self._choices()
        if not self._take(")"):
            raise self._wrong("')' is missing")
        return _Item(f"(?:{_text(inside)})", loose=any(item.loose for item in inside))

    def _character(self) -> _Item:
        char = normalize(self._peek())
        if len(char) != 1:
            raise self._wrong(f"{self._peek()!r} cannot stand here: a stored text holds letters and digits only")
        self._at += 1
        return _Item(char, char)

    def _class(self) -> str:
        """``[A-F0-9]`` or ``[^0]``, behind the opening bracket."""
        inside = "^" if self._take("^") else ""
        while not self._take("]"):
            if not self._peek():
                raise self._wrong("']' is missing")
            if self._peek() == "-" and inside.strip("^"):
                inside, self._at = f"{inside}-", self._at + 1
            inside += "0-9" if self._take("\\d") else self._character().char
        if not inside.strip("^"):
            raise self._wrong("nothing stands between the brackets")
        if any(a > b for a, b in re.findall("(.)-(.)", inside)):
            raise self._wrong("a range runs backwards")
        return f"[{inside}]"

    def _repeated(self, item: _Item) -> _Item:
        quantity = self._quantity()
        if not quantity:
            return item
        if item.loose and quantity != "?":
            raise self._wrong("what is repeated may not repeat or choose itself: it could take for ever")
        if self._peek() in ("?", "*", "+", "{"):
            raise self._wrong("a repeat may not be repeated")
        self._open += quantity[-1] in "*+" or quantity.endswith(",}")
        if self._open > MOST_OPEN:
            raise self._wrong(f"more than {MOST_OPEN} repeats without an end")
        return _Item(item.text + quantity, loose=True)

    def _quantity(self) -> str:
        for sign in "?*+":
            if self._take(sign):
                return sign
        braces = re.compile(r"\{(\d{1,3})(?:,(\d{0,3}))?\}").match(self._pattern, self._at)
        if braces is None:
            return ""
        least, most = int(braces[1]), int(braces[2] or braces[1])
        if max(least, most) > MOST_REPEATS or most < least:
            raise self._wrong(f"a count must rise and be {MOST_REPEATS} at most")
        self._at = braces.end()
        return braces[0]


def _text(items: list[_Item]) -> str:
    return "".join(item.text for item in items)
