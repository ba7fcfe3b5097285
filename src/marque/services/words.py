"""Free words as a query: which of them are a camera, a site, a colour, a region, and what is left is the plate."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from marque.errors import Unacceptable
from marque.plates import normalize
from marque.types import Direction, EventClass, EventKind

Names = Mapping[str, frozenset[str]]
FIELDS: Mapping[str, str] = {
    "camera": "cameras",
    "site": "sites",
    "zone": "zones",
    "region": "regions",
    "vehicle_type": "vehicle_types",
    "vehicle_color": "colors",
    "vehicle_make": "makes",
    "direction": "directions",
    "kind": "kinds",
}
"""kind of word -> the filter of a query that it sets"""
ALIASES: Mapping[str, str] = {
    "camera_id": "camera",
    "type": "vehicle_type",
    "vehicle": "vehicle_type",
    "color": "vehicle_color",
    "colour": "vehicle_color",
    "make": "vehicle_make",
    "plate_text": "plate",
    "text": "plate",
}
SHORT = 4
"""a plate of at most so many characters is looked for anywhere in a text, a longer one by what it looks like"""
WORDS = 12
"""words that one question may have"""
LONGEST = 32
"""characters of a plate"""


def understand(question: str, names: Names) -> dict[str, Any]:
    """The question as fields of a query; every word narrows it. ``names``: what is known of each kind. ``kind:word``
    says what a word is. Raises Unacceptable (field ``q``)."""
    words = question.split()
    if len(words) > WORDS:
        raise Unacceptable(f"at most {WORDS} words can be looked for", field="q")
    found: dict[str, Any] = {}
    plate: list[str] = []
    for word in words:
        field, value = _meaning(word, names)
        if field == "plate":
            plate.append(value)
        elif field in FIELDS:
            found[FIELDS[field]] = (*found.get(FIELDS[field], ()), value)
        else:
            found[field] = value
    return found | (_plate("".join(plate)) if plate else {})


def _meaning(word: str, names: Names) -> tuple[str, Any]:
    kind, colon, rest = word.partition(":")
    if not colon:
        return _guessed(word, names)
    kind = ALIASES.get(kind.lower(), kind.lower())
    if not (kind in FIELDS or kind == "plate"):
        hint = f"It may be one of {', '.join(sorted({*FIELDS, 'plate'}))}."
        raise Unacceptable(f"nothing is called {kind!r}", field="q", hint=hint)
    if not rest:
        raise Unacceptable(f"no word follows {word!r}", field="q")
    return kind, _as_known(rest, names.get(kind, frozenset())) or rest


def _guessed(word: str, names: Names) -> tuple[str, Any]:
    for kind, known in {**names, **FIXED}.items():
        if (name := _as_known(word, known)) is not None:
            return kind, name
    if special := SPECIAL.get(word.lower()):
        return special
    return "plate", word


def _as_known(word: str, known: AbstractSet[str]) -> str | None:
    """The name that the word is: to the letter, or but for its case."""
    if word in known:
        return word
    return min((name for name in known if name.lower() == word.lower()), default=None)


FIXED: Names = {"direction": frozenset(Direction) - {Direction.UNKNOWN}, "kind": frozenset(EventKind)}
SPECIAL: Mapping[str, tuple[str, Any]] = {
    "normal": ("event_class", EventClass.NORMAL),
    "quarantine": ("event_class", EventClass.QUARANTINE),
    "corrected": ("corrected", True),
    "uncorrected": ("corrected", False),
}


def _plate(text: str) -> dict[str, Any]:
    if not normalize(text):
        raise Unacceptable("there is no letter or digit in it", field="q")
    if len(text) > LONGEST:
        raise Unacceptable(f"a plate has at most {LONGEST} characters", field="q")
    if set(text) & {"*", "?"}:
        return {"plate": text, "plate_match": "wildcard"}
    if len(normalize(text)) <= SHORT:
        return {"plate": f"*{text}*", "plate_match": "wildcard"}
    return {"plate": text, "plate_match": "fuzzy"}
