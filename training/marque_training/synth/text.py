"""Plate strings: a pattern language, and the tokens that it expands to.

`@` a letter, `#` a digit, `%` either, ` ` a gap, `_` half a gap, `-` `.` a drawn dash or dot, `|` the next line,
`[AB]` one of these, `(KA,MH)` one of these words, `<@@/##>` small rows one over the other, `{name}` a mark that is
drawn but not read, anything else itself.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from marque_training.synth.marks import words

_TOKEN = re.compile(r"\{[a-z]+\}|\[[^\]]+\]|<[^>]+>|.")
_WORDS = re.compile(r"\(([^)]+)\)")
CONFUSED, CONFUSED_DIGITS = "WMHNQGCDOVYKWMBQDOITSBIT", "5689325617"
"""letters and digits that are mistaken for one another, drawn more often"""
EITHER = "[ITL17S5B8Z2OD0QG6CA4VUYPRMH]"
"""letters and digits that are mistaken for one another where the place does not tell which it is"""
DICTIONARY = Path("/usr/share/dict/words")
LONGEST = 8
"""characters of a vanity text"""
BETWEEN = ["", "", "", "", "", "", "", " ", " ", " ", "_", "-", "{emblem}"]
"""what may stand between two words"""
SPELT = ("FOR:4", "TO:2", "ATE:8", "ONE:1", "YOU:U", "ARE:R", "ER:R", "CK:K", "S:Z", "E:3", "A:4")
"""how people write sounds and letters on plates"""
SEPARATORS = {" ": "gap", "_": "half", "-": "dash", ".": "dot"}


@dataclass(frozen=True)
class Token:
    """One thing on a line: a character to be read, small rows of them (`char` holds them with `/` between), or a named
    mark or gap."""

    kind: str
    char: str = ""


def expand(pattern: str, letters: str, rng: np.random.Generator) -> list[list[Token]]:
    """Lines of tokens for one random plate of this pattern."""
    lines: list[list[Token]] = [[]]
    pattern = _WORDS.sub(lambda found: str(rng.choice(found[1].split(","))), pattern)
    for token in _TOKEN.findall(pattern):
        if token == "|":
            lines.append([])
        else:
            lines[-1].append(_token(token, letters, rng))
    return lines


def _token(token: str, letters: str, rng: np.random.Generator) -> Token:
    if token.startswith("{"):
        return Token(token[1:-1])
    if token.startswith("<"):
        return Token("stack", "".join(c if c == "/" else _token(c, letters, rng).char for c in token[1:-1]))
    if token in SEPARATORS:
        return Token(SEPARATORS[token])
    if token == "@" and rng.random() < 0.2 and len(set(letters)) == len(letters):
        letters = "".join(c for c in CONFUSED if c in letters) or letters
    digits = CONFUSED_DIGITS if rng.random() < 0.2 else string.digits
    pool = {"@": letters, "#": digits, "%": letters + string.digits}.get(token)
    if pool is None:
        pool = token[1:-1] if token.startswith("[") else token
    return Token("char", pool[int(rng.integers(len(pool)))])


def read(lines: list[list[Token]]) -> str:
    """What a reader should say: the characters, line by line."""
    return "".join(token.char for line in lines for token in line).replace("/", "")


def random_text(rng: np.random.Generator) -> str:
    """A pattern-free string: 3-9 random characters with an occasional gap, a vanity text, or look-alikes alone."""
    if rng.random() < 0.12:
        return EITHER * int(rng.integers(4, 8))
    if rng.random() < 0.4:
        return vanity(rng)
    count = int(rng.choice([3, 4, 5, 6, 7, 8, 9], p=[0.04, 0.08, 0.15, 0.25, 0.3, 0.13, 0.05]))
    kinds = "".join(rng.choice(list("@#%"), count, p=[0.42, 0.45, 0.13]))
    cuts = sorted({int(rng.integers(1, count)) for _ in range(int(rng.integers(0, 3)))})
    for cut in reversed(cuts):
        gap = str(rng.choice([" ", " ", "-", ".", "_", "{emblem}", "{seal}", " {crest} ", "{dash}"]))
        kinds = kinds[:cut] + gap + kinds[cut:]
    return kinds


def vanity(rng: np.random.Generator) -> str:
    """What people choose for themselves: a word or two, shortened and spelt with digits until they fit."""
    kind = rng.random()
    if kind < 0.2:
        parts = [_one_of(words()["vanity"], rng)]
    elif kind < 0.35:
        parts = [_made_up(rng)]
    elif kind < 0.65:
        parts = [_one_of(dictionary() or words()["vanity"], rng)]
    else:
        short = _one_of(words()["short"], rng)
        fitting = dictionary(LONGEST + 1 - len(short)) or words()["vanity"]
        parts = [short, _one_of(fitting, rng)] if rng.random() < 0.7 else [_one_of(fitting, rng), short]
    parts = [_squeezed(part, LONGEST - sum(map(len, parts)) + len(part), rng) for part in parts]
    parts = [_spelt(part, rng) if rng.random() < 0.2 else part for part in parts]
    text = str(rng.choice(BETWEEN)).join(parts)
    free = LONGEST - sum(map(len, parts))
    return text + (str(rng.integers(0, 100))[:free] if free > 0 and rng.random() < 0.2 else "")


def _one_of(known: Sequence[str], rng: np.random.Generator) -> str:
    return str(known[int(rng.integers(len(known)))])


@lru_cache(maxsize=16)
def dictionary(longest: int = 9) -> tuple[str, ...]:
    """Words of two letters and more of the system's list (Debian's wamerican-small), if there is one, in upper case."""
    known = DICTIONARY.read_text("utf-8").split() if DICTIONARY.exists() else []
    words = {word.upper() for word in known if word.isascii() and word.isalpha() and 2 <= len(word) <= longest}
    return tuple(sorted(words))


def _squeezed(word: str, room: int, rng: np.random.Generator) -> str:
    """Without as many vowels, the later first, then cut, as must go for it to fit; now and then without one more."""
    while len(word) > room or rng.random() < 0.07:
        inner = [i for i, letter in enumerate(word) if i and letter in "AEIOU"]
        if not inner:
            return word[:room]
        at = inner[-1] if rng.random() < 0.6 else inner[0]
        word = word[:at] + word[at + 1 :]
    return word


def _spelt(word: str, rng: np.random.Generator) -> str:
    """With one sound or letter written as people do on plates."""
    there = [pair.split(":") for pair in SPELT if pair.partition(":")[0] in word]
    return word.replace(*there[int(rng.integers(len(there)))], 1) if there else word


def _made_up(rng: np.random.Generator) -> str:
    """A word that nobody knows but anybody could say: its O is no zero, its I no one."""
    kinds = ("BCDFGHJKLMNPRSTVWXYZMTHPKQ", "AEIOUOI")
    start = int(rng.integers(2))
    letters = [str(rng.choice(list(kinds[(start + i) % 2]))) for i in range(int(rng.integers(3, 8)))]
    if rng.random() < 0.3:  # shortened as people do, or in two words
        letters[int(rng.integers(len(letters)))] = str(rng.choice(["", " ", "2", "4", "8", "X", "T", "O"]))
    return "".join(letters).strip() or "OK"
