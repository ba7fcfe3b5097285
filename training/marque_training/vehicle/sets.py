"""The photographs whose vehicles are labelled, what their labels are called here, and what is held out."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from marque_training.detector.sets import Boxes, Picture, despeckled, halvings, held_out, listed, load, records

TYPES = ("car", "van", "truck", "bus", "motorcycle")
UNKNOWN = -1
NAMES = {**{name: index for index, name in enumerate(TYPES)}, "ambulance": TYPES.index("van")}
"""what the sets call a type -> its place in TYPES; other words say nothing of it"""
HIGHWAY = "highway_vehicles_atl"
SOURCES = ("openimages_vehicles", "openimages_plates_vehicles", HIGHWAY)
HELD_ROADS = frozenset(
    ["A317", "A219", *(f"102600700{number}" for number in (10, 13, 16, 19, 22)), "1026007006", "1026007009"]
)
"""pictures of three roads that no other picture of the set shows; the rest are drives of few minutes"""
IGNORED = Path(__file__).with_name("ignored.json")  # vehicles that nobody labelled: finds of an earlier net, by eye
MISTAKES = Path(__file__).with_name("mistakes.json")  # its finds that are none
RETYPED = Path(__file__).with_name("types.json")  # types seen by eye where the set says none


@dataclass
class Vehicles:
    """A photograph; its `plates` are the boxes of its vehicles here, `kinds` [N] their places in TYPES or UNKNOWN."""

    picture: Picture
    kinds: NDArray[np.intp]

    @property
    def name(self) -> str:
        return f"{self.picture.source}/{self.picture.name}"


def held(source: str, name: str) -> bool:
    """True for what never trains: about one photo in eight, and three whole roads."""
    if source == HIGHWAY:
        return Path(name).stem.split("_")[1] in HELD_ROADS
    return held_out(source, name)


def kinds_of(entries: list[dict[str, object]]) -> NDArray[np.intp]:
    """The types of the entries that have a box."""
    return np.array([NAMES.get(str(entry["type"]), UNKNOWN) for entry in entries if entry["box"]], np.intp)


def load_vehicles(root: Path, *, out: bool | None = None, halve: bool = True) -> list[Vehicles]:
    """The labelled vehicles of all sets; `out` chooses what is held out (True), what trains (False) or all (None)."""
    retyped = json.loads(RETYPED.read_text()) if RETYPED.exists() else {}
    found = []
    for source in SOURCES:
        entries = {str(row["image"]): row.get("vehicles") or [] for row in records(root, source)}
        for picture in load(root, source, halve=False, clean=False):
            if out is not None and held(source, picture.name) != out:
                continue
            kinds = kinds_of(entries[picture.name])  # type: ignore[arg-type]
            for index, name in retyped.get(f"{source}/{picture.name}", {}).items():
                kinds[int(index)] = TYPES.index(name)
            found.append(Vehicles(prepared(picture, halve), kinds))
    return found


def prepared(picture: Picture, halve: bool) -> Picture:
    """Its vehicles in the place of plates; without the speckles that were thrown on the highways."""
    image = picture.levels[0]
    first = despeckled(image) if picture.source == HIGHWAY else image
    levels = halvings(first) if halve else [first]
    return replace(picture, levels=levels, plates=picture.vehicles, two_wheeled=np.zeros(0, np.bool_))


def load_training(root: Path, ignores: Path = IGNORED, mistakes: Path = MISTAKES) -> list[Vehicles]:
    """What trains; vehicles that nobody labelled are neither right nor wrong, mistakes are looked at more often."""
    unlabelled, wrong = listed(ignores), listed(mistakes)
    pictures = load_vehicles(root, out=False)
    for vehicles in pictures:
        vehicles.picture.ignored = unlabelled.get(vehicles.name, no_boxes())
        vehicles.picture.mistakes = wrong.get(vehicles.name, no_boxes())
    return pictures


def no_boxes() -> Boxes:
    return np.zeros((0, 4), np.float32)
