"""Mistakes as sentences that say what to write instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from marque.config.document import Place, dotted

SECRET = re.compile(r"secret|passw|pwd|token|credential|cookie|authorization|(?:^|[_-]|api)key$", re.IGNORECASE)
"""names of settings whose values are never shown"""
CREDENTIALS = re.compile(r"(?<=://)([^/@\s:]*:)[^/\s]+(?=@)")
PARAMETER = re.compile(r"([/?&;][\w-]*(?:secret|pass|pwd|token|credential|key)[\w-]*=)[^&;\s]+", re.IGNORECASE)
"""in a URL; many cameras want ``/user=admin&password=...``"""
MASK = "*****"


def sentence(detail: ErrorDetails, place: Place, known: Iterable[str]) -> str:
    """What is wrong at ``place``; ``known`` are the keys that may stand beside it."""
    match detail["type"]:
        case "extra_forbidden":
            return f"unknown key {dotted(place)}{guess(str(place[-1]), known)}"
        case "missing":
            return f"{dotted(place)} is missing"
        case "literal_error" | "enum":
            return f"{dotted(place)}: should be {detail['ctx']['expected']}{_but(detail, place)}"
        case "string_pattern_mismatch":
            return f"{dotted(place)}: should match {detail['ctx']['pattern']}{_but(detail, place)}"
        case "value_error":
            return f"{dotted(place)}: {detail['ctx']['error']}"
        case "model_type" | "dict_type":
            return f"{dotted(place)}: should hold keys and values{_but(detail, place)}"
        case "string_type":
            return f"{dotted(place)}: should be text{_but(detail, place)}; put it in quotes"
    wanted = re.sub(r"^.*?\b(?=should)", "", detail["msg"]).split(",")[0]
    return f"{dotted(place)}: {wanted}{_but(detail, place)}"


def _but(detail: ErrorDetails, place: Place) -> str:
    value = detail["input"]
    if isinstance(value, Mapping | list) or SECRET.search(str(place[-1] if place else "")):
        return ""
    return f", not {(without_passwords(value)[:80] if isinstance(value, str) else value)!r}"


def guess(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'port'?`` when something is close, else nothing."""
    close = difflib.get_close_matches(word, list(known), 1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def keys_at(model: type[BaseModel], place: Place) -> list[str]:
    """The keys a model takes at a place inside it."""
    kind: Any = model
    for step in place:
        if isinstance(step, str):
            kind = next((m.model_fields[step].annotation for m in models_in(kind) if step in m.model_fields), None)
    return [key for found in models_in(kind) for key in found.model_fields]


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The pydantic models that an annotation names: ``list[Zone]``, ``Filter | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def masked(value: Any, key: str = "") -> Any:
    """The same settings with every secret, also those inside URLs, made unreadable."""
    if isinstance(value, Mapping):
        return {name: masked(part, str(name)) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [masked(part, key) for part in value]
    if value and SECRET.search(key):
        return MASK
    return without_passwords(value) if isinstance(value, str) else value


def without_passwords(text: str) -> str:
    """The text with the password of every URL in it masked."""
    return PARAMETER.sub(rf"\1{MASK}", CREDENTIALS.sub(rf"\1{MASK}", text)) if "://" in text else text
