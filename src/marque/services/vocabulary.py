"""The words that a phrase may have anywhere, whatever cameras there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marque.services.words import Names
from marque.types import Direction, EventClass, EventKind

KINDS: Mapping[str, tuple[str, str]] = {
    "camera": ("camera", "camera"),
    "site": ("site", "site"),
    "zone": ("zone", "zone"),
    "region": ("region", "region"),
    "vehicle_type": ("vehicle", "vehicle type"),
    "vehicle_color": ("vehicle", "colour"),
    "vehicle_make": ("vehicle", "make"),
    "direction": ("direction", "direction"),
    "kind": ("state", "state"),
}
"""kind of name -> kind of part, and how people call it"""
SURE, UNSURE = 0.9, 0.7
"""confidence from which a read counts as sure, and up to which it does not"""
VEHICLE_WORDS: Names = {
    "vehicle_type": frozenset({"car", "van", "truck", "bus", "motorcycle"}),
    "vehicle_color": frozenset(
        {"black", "white", "gray", "silver", "red", "blue", "green", "yellow", "orange", "brown", "beige"}
    ),
    "direction": frozenset(Direction) - {Direction.UNKNOWN},
    "kind": frozenset({EventKind.LOST}),
}
COLORS: Mapping[str, str] = {
    "grey": "gray",
    "schwarz": "black", "schwarzer": "black", "schwarzes": "black", "schwarze": "black", "weiß": "white",
    "weisser": "white", "weißer": "white", "weißes": "white", "grau": "gray", "grauer": "gray", "silbern": "silver",
    "silberner": "silver", "rot": "red", "roter": "red", "rotes": "red", "blau": "blue", "blauer": "blue",
    "blaues": "blue", "grün": "green", "grüner": "green", "gelb": "yellow", "gelber": "yellow", "braun": "brown",
    "brauner": "brown",
}  # fmt: skip
TYPES: Mapping[str, str] = {
    "cars": "car", "vans": "van", "trucks": "truck", "buses": "bus", "motorcycles": "motorcycle", "lorry": "truck",
    "lorries": "truck", "motorbike": "motorcycle", "bike": "motorcycle", "auto": "car", "pkw": "car", "lkw": "truck",
    "lastwagen": "truck", "transporter": "van", "lieferwagen": "van", "motorrad": "motorcycle",
}  # fmt: skip
SPECIAL: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "quarantine": ("state", "in quarantine", {"event_class": EventClass.QUARANTINE}),
    "quarantined": ("state", "in quarantine", {"event_class": EventClass.QUARANTINE}),
    "normal": ("state", "not in quarantine", {"event_class": EventClass.NORMAL}),
    "corrected": ("state", "corrected by somebody", {"corrected": True}),
    "uncorrected": ("state", "corrected by nobody", {"corrected": False}),
    "sure": ("sure", f"read at least {SURE:.0%} sure".replace("%", " %"), {"min_confidence": SURE}),
    "unsure": ("sure", f"read at most {UNSURE:.0%} sure".replace("%", " %"), {"max_confidence": UNSURE}),
}
"""word -> kind of part, what it means, the filters that it sets"""
FILLERS = frozenset(
    {
        "a",
        "all",
        "an",
        "and",
        "any",
        "at",
        "by",
        "camera",
        "cameras",
        "every",
        "for",
        "from",
        "in",
        "is",
        "last",
        "near",
    }
    | {"of", "on", "or", "plate", "plates", "read", "reads", "show", "site", "the", "vehicle", "vehicles", "where"}
    | {"with", "zone", "am", "im", "der", "die", "das", "ein", "eine", "kennzeichen", "kamera", "mit", "und", "uhr"}
)
"""words that say nothing here"""
