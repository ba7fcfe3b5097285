"""One line of words as a question: plates and patterns, names of cameras and the like, what a vehicle looks like, how
sure a read is, and when. Every part says what it was taken for; what is not understood says so and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from marque.errors import Unacceptable
from marque.plates import normalize
from marque.queries import ReadQuery
from marque.services import times
from marque.services.chips import Kind, Offer, Part, Word
from marque.services.platewords import pattern
from marque.services.spans import stretch, told
from marque.services.times import Here
from marque.services.vocabulary import COLORS, FILLERS, KINDS, SPECIAL, TYPES, VEHICLE_WORDS
from marque.services.words import ALIASES, FIELDS, LONGEST, Names

MOST = 50
"""values of one filter"""
TOGETHER = 4
"""words that a name may have"""
CAMERA = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
WORD = re.compile(r'(?:@|[A-Za-z_]+:|=)?"[^"]*"|/(?:\\.|[^/\\])+/(?=\s|$)|\S+')
SURE = re.compile(r"([<>])=?(\d{1,3})(?:[.,](\d{1,3}))?(%?)|(\d{1,3})-(\d{1,3})%", re.ASCII)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase, understood."""

    parts: tuple[Part, ...]
    query: ReadQuery


@dataclass(slots=True)
class _Reading:
    """A phrase while it is read."""

    text: str
    names: Names
    offered: Names
    here: Here
    parts: list[Part] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    plates: list[Word] = field(default_factory=list)
    times: list[tuple[int, times.Atom]] = field(default_factory=list)
    """number of the part, and what it says"""


def understand(text: str, names: Names, here: Here, offered: Names | None = None) -> Phrase:
    """The phrase as a query. ``names``: what is known of each kind; ``offered``: those of them that may be shown to
    whoever asks. Raises nothing, whatever the text."""
    reading = _Reading("".join(" " if char < " " or char == "\x7f" else char for char in text), names, names, here)
    reading.offered = names if offered is None else offered
    words = [Word(found[0], found.start()) for found in WORD.finditer(reading.text)]
    at = 0
    while at < len(words):
        at += _take(words[at:], reading)
    _plate(reading)
    _time(reading)
    parts = tuple(sorted(reading.parts, key=lambda part: part.start))
    return Phrase(parts, ReadQuery(**reading.fields))


def _take(words: Sequence[Word], reading: _Reading) -> int:
    """Read the first of the words, and those that belong to it; how many they are."""
    word = words[0]
    if word.text[0] in '"/~=' and len(word.text) > 1:
        reading.plates.append(word)
        return 1
    for reads in (_moment, _said, _confidence, _named, _special):
        if count := reads(words, reading):
            return count
    _plain(word, reading)
    return 1


def _text(words: Sequence[Word], reading: _Reading) -> str:
    return reading.text[words[0].start : words[-1].end]


def _add(reading: _Reading, words: Sequence[Word], kind: Kind, meaning: str, **more: Any) -> None:
    reading.parts.append(Part(_text(words, reading), words[0].start, kind, meaning, **more))


def _narrow(reading: _Reading, name: str, value: str) -> None:
    known: tuple[str, ...] = reading.fields.get(name, ())
    if value not in known and len(known) < MOST:
        reading.fields[name] = (*known, value)


# -- when -------------------------------------------------------------------------------------------------------------


def _moment(words: Sequence[Word], reading: _Reading) -> int:
    found = times.read([word.text for word in words], reading.here)
    if found is None:
        return 0
    atoms, count = found
    last = reading.parts[-1] if reading.parts else None
    number = len(reading.parts)
    if last and last.kind is Kind.TIME and not reading.text[last.start + len(last.text) : words[0].start].strip():
        number -= 1
        reading.parts[number] = replace(last, text=reading.text[last.start : words[count - 1].end])
    else:
        _add(reading, words[:count], Kind.TIME, "")
    reading.times += [(number, atom) for atom in atoms]
    return count


def _time(reading: _Reading) -> None:
    """Say what all that was said of time comes to."""
    if not reading.times:
        return
    here = reading.here
    found = stretch([atom for _, atom in reading.times], here)
    since, until = found.since, found.until
    reading.fields |= {"since": since and here.utc(since), "until": until and here.utc(until)}
    for number, _ in reading.times:
        reading.parts[number] = replace(reading.parts[number], meaning=told(since, until, here))
    for atom, why in found.refused.items():
        number = reading.times[atom][0]
        reading.parts[number] = replace(reading.parts[number], problem=why)


# -- who and where ----------------------------------------------------------------------------------------------------


def _said(words: Sequence[Word], reading: _Reading) -> int:
    """``@gate``, ``camera:gate``, ``make:"Land Rover"``: the word says itself what it is."""
    text = words[0].text
    if text[0] == "@" and len(text) > 1:
        return _at(words[0], text[1:].strip('"'), reading)
    kind, colon, rest = text.partition(":")
    rest = rest.strip('"')
    if not colon or not rest or not kind.isidentifier():
        return 0
    kind = ALIASES.get(kind.lower(), kind.lower())
    if kind == "plate":
        reading.plates.append(Word(rest, words[0].start + text.index(rest)))
        return 1
    if kind == "class":
        return _special([Word(rest, words[0].start)], reading, words[0])
    if kind not in FIELDS:
        hints = tuple(Offer(f"{name}:{rest}", f"{KINDS[name][1]} {rest}") for name in _close(kind, KINDS))
        return _unknown(words[0], f"nothing is called \u201c{kind}\u201d", reading, hints)
    return _one(words[0], kind, rest, reading)


def _at(word: Word, name: str, reading: _Reading) -> int:
    for kind in ("camera", "site", "zone"):
        if (known := _as_known(name, reading.names.get(kind, frozenset()))) is not None:
            return _use([word], kind, known, reading)
    return _one(word, "camera", name, reading)


def _one(word: Word, kind: str, name: str, reading: _Reading) -> int:
    """A name of a kind, known or not: a camera that has read nothing yet is one all the same."""
    known = _as_known(name, _all(kind, reading))
    if known is not None:
        return _use([word], kind, known, reading)
    offers = _offers(name, reading, kind)
    name = name.lower() if kind == "region" else name
    if len(name) > 64 or (kind == "camera" and not CAMERA.fullmatch(name)) or kind in ("direction", "kind"):
        return _unknown(word, f"no {KINDS[kind][1]} is called so", reading, offers)
    return _use([word], kind, name, reading, f"no {KINDS[kind][1]} of this name has been seen", offers)


def _named(words: Sequence[Word], reading: _Reading) -> int:
    """A name that is known, of one word or several."""
    for count in range(min(TOGETHER, len(words)), 0, -1):
        text = _text(words[:count], reading)
        if count == 1 and text.lower() in FILLERS:
            return 0
        kinds = [kind for kind in FIELDS if _as_known(text, _all(kind, reading)) is not None]
        if kinds and not (kinds[0] == "region" and text.isupper() and _beside_a_plate(words, reading)):
            known = _as_known(text, _all(kinds[0], reading)) or text
            offers = tuple(Offer(_written(kind, known), f"{KINDS[kind][1]} {known}") for kind in kinds[1:])
            return _use(words[:count], kinds[0], known, reading, "", offers)
    return 0


def _beside_a_plate(words: Sequence[Word], reading: _Reading) -> bool:
    """``M GB 123``: capitals next to other words of a plate belong to it."""
    before = reading.plates[-1:] and reading.plates[-1].end + 1 == words[0].start
    return bool(before) or (len(words) > 1 and bool(re.fullmatch(r"(?=.*\d)\w+", words[1].text)))


def _use(
    words: Sequence[Word], kind: str, name: str, reading: _Reading, problem: str = "", offers: tuple[Offer, ...] = ()
) -> int:
    shown, label = KINDS[kind]
    _narrow(reading, FIELDS[kind], name)
    _add(reading, words, Kind(shown), f"{label} {name}", problem=problem, offers=offers)
    return len(words)


def _all(kind: str, reading: _Reading) -> AbstractSet[str]:
    return reading.names.get(kind, frozenset()) | VEHICLE_WORDS.get(kind, frozenset())


def _as_known(text: str, known: AbstractSet[str]) -> str | None:
    """The name that the text is: to the letter, or but for its case."""
    if text in known:
        return text
    low = text.lower()
    return min((name for name in known if name.lower() == low), default=None)


def _written(kind: str, name: str) -> str:
    short = {"vehicle_type": "type", "vehicle_color": "color", "vehicle_make": "make"}.get(kind, kind)
    return f'{short}:"{name}"' if " " in name else f"{short}:{name}"


# -- how sure, and other words ----------------------------------------------------------------------------------------


def _confidence(words: Sequence[Word], reading: _Reading) -> int:
    found = SURE.fullmatch(words[0].text)
    if found is None:
        return 0
    if found[5]:
        least, most = sorted((int(found[5]) / 100, int(found[6]) / 100))
        return _bounds(words[0], least, most, reading)
    number = float(f"{found[2]}.{found[3] or 0}")
    score = number / 100 if found[4] or number > 1 else number
    return _bounds(words[0], score, None, reading) if found[1] == ">" else _bounds(words[0], None, score, reading)


def _bounds(word: Word, least: float | None, most: float | None, reading: _Reading) -> int:
    if max(least or 0, most or 0) > 1:
        return _unknown(word, "nothing is surer than 100 %", reading)
    reading.fields |= {
        name: round(value, 4)
        for name, value in (("min_confidence", least), ("max_confidence", most))
        if value is not None
    }
    bounds = [
        f"{word} {value:.0%}".replace("%", " %")
        for word, value in (("at least", least), ("at most", most))
        if value is not None
    ]
    _add(reading, [word], Kind.SURE, f"read {' and '.join(bounds)} sure")
    return 1


def _special(words: Sequence[Word], reading: _Reading, whole: Word | None = None) -> int:
    """Words that are the same everywhere."""
    word, text = whole or words[0], words[0].text.lower().rstrip(",;")
    if text in SPECIAL:
        kind, meaning, fields = SPECIAL[text]
        reading.fields |= fields
        _add(reading, [word], Kind(kind), meaning)
        return 1
    for kind, other in (("vehicle_color", COLORS), ("vehicle_type", TYPES)):
        if text in other and whole is None:
            return _use([word], kind, other[text], reading)
    if text in FILLERS:
        _add(reading, [word], Kind.FILLER, "says nothing")
        return 1
    return _unknown(word, "no class is called so", reading) if whole else 0


# -- the plate --------------------------------------------------------------------------------------------------------


def _plain(word: Word, reading: _Reading) -> None:
    """A word that nothing else knows: a plate, or part of one, if it looks like that."""
    text = word.text
    bare = normalize(text)
    if not bare and not set(text) & {"*", "?"}:
        _unknown(word, "there is no letter or digit in it", reading)
    elif set(text) & {"*", "?"} or not bare.isalpha() or len(bare) <= 3 or (text.isupper() and len(bare) <= 9):
        reading.plates.append(word)
    else:
        as_plate = (Offer(f"~{text}", f"a plate that looks like {bare}"),) if len(bare) <= LONGEST else ()
        _unknown(word, "this is no name, no time and no plate", reading, (*_offers(text, reading), *as_plate))


def _plate(reading: _Reading) -> None:
    """The words of the plate together; words apart from them are of another plate, and there is one at a time."""
    runs = list(_runs(reading.plates, reading.text))
    for number, run in enumerate(runs):
        start, end = run[0].start, run[-1].end
        if number:
            _unknown(Word(reading.text[start:end], start), "one plate can be looked for at a time", reading)
            continue
        try:
            match, plate, meaning, offers = pattern(run)
        except Unacceptable as refused:
            _unknown(Word(reading.text[start:end], start), str(refused), reading)
            continue
        reading.fields |= {"plate": plate, "plate_match": match}
        more = _offers(plate, reading) if match == "fuzzy" else ()
        reading.parts.append(Part(reading.text[start:end], start, Kind.PLATE, meaning, offers=(*offers, *more)))


def _runs(words: Sequence[Word], text: str) -> Iterator[list[Word]]:
    """Words that follow one another, with nothing between. What is marked as a pattern is one by itself."""
    run: list[Word] = []
    for word in words:
        if run and (text[run[-1].end : word.start].strip() or {word.text[0], run[-1].text[0]} & set('"/~=')):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


# -- what is not understood -------------------------------------------------------------------------------------------


def _unknown(word: Word, why: str, reading: _Reading, offers: tuple[Offer, ...] = ()) -> int:
    reading.parts.append(Part(word.text, word.start, Kind.UNKNOWN, "", problem=why, offers=offers[:4]))
    return 1


def _offers(text: str, reading: _Reading, *kinds: str) -> tuple[Offer, ...]:
    """Names that the word is nearly."""
    known: dict[str, Offer] = {}
    for kind in kinds or FIELDS:
        for name in (*reading.offered.get(kind, ()), *VEHICLE_WORDS.get(kind, ())):
            known.setdefault(name.lower(), Offer(_written(kind, name), f"{KINDS[kind][1]} {name}"))
    if not kinds:
        known |= {word: Offer(word, meaning) for word, (_, meaning, _) in SPECIAL.items()}
        known |= {word: Offer(word, "a time") for word in ("today", "yesterday", *times.WEEKDAYS)}
    return tuple(known[name] for name in _close(text, known))


def _close(text: str, known: Mapping[str, Any]) -> list[str]:
    return get_close_matches(text.lower()[:64], list(known), n=3, cutoff=0.74)
