"""The photographs whose vehicles are labelled, what their labels are called here, and what is held out.

Two of the sets name no type, all leave vehicles out, and three have none at all: `labels.jsonl` says by eye what is
missing. A line is a picture: `vehicles` that no label names, the `types` of those that a label names without one, by
their places in the set's list, the places of labels that are `wrong`, and boxes to be `ignored`, full of vehicles too
small to be told apart. Pixels of the photograph.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marque_training.detector.sets import (
    TURNED,
    Boxes,
    Image,
    Picture,
    despeckled,
    halvings,
    held_out,
    listed,
    load,
    no_boxes,
    records,
)

TYPES = ("car", "van", "truck", "bus", "motorcycle")
UNKNOWN = -1
NAMES = {**{name: index for index, name in enumerate(TYPES)}, "ambulance": TYPES.index("van")}
"""what the sets call a type -> its place in TYPES; other words say nothing of it"""
HIGHWAY = "highway_vehicles_atl"
LABELLED = ("openimages_vehicles", "openimages_plates_vehicles", HIGHWAY)
SOURCES = (*LABELLED, "kaggle433", "roboflow_experiment_plates_300", "us_florida_roboflow", "romania_dashcam")
"""of the last four only the pictures that `labels.jsonl` names"""
HELD_ROADS = frozenset(
    ["A317", "A219", *(f"102600700{number}" for number in (10, 13, 16, 19, 22)), "1026007006", "1026007009"]
)
"""pictures of three roads that no other picture of the set shows; the rest are drives of few minutes"""
SPOILT = {HIGHWAY} | TURNED
BY_EYE = Path(__file__).with_name("labels.jsonl")
MISTAKES = Path(__file__).with_name("mistakes.json")  # finds of an earlier net that are no vehicles


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


def by_eye(path: Path = BY_EYE) -> dict[str, dict[str, Any]]:
    """What the eye adds to the sets' labels, by set/picture."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {f"{row['set']}/{row['image']}": row for row in rows}


def labels_of(entries: Sequence[dict[str, Any]], seen: dict[str, Any]) -> tuple[Boxes, NDArray[np.intp]]:
    """Boxes [N, 4] and the places of their types [N]: the set's own labels, put right, then those it lacks."""
    types, wrong = seen.get("types", {}), seen.get("wrong", [])
    own = [(one["box"], types.get(str(at), one["type"])) for at, one in enumerate(entries) if at not in wrong]
    rows = own + [(one["box"], one["type"]) for one in seen.get("vehicles", [])]
    return boxes_at([box for box, _ in rows if box]), np.array(
        [NAMES.get(str(kind), UNKNOWN) for box, kind in rows if box], np.intp
    )


def boxes_at(sides: Sequence[Sequence[float]]) -> Boxes:
    return np.array(sides, np.float32).reshape(-1, 4)


def load_vehicles(root: Path, *, out: bool | None = None, halve: bool = True, eye: Path = BY_EYE) -> list[Vehicles]:
    """The labelled vehicles of all sets; `out` chooses what is held out (True), what trains (False) or all (None)."""
    seen = by_eye(eye)
    named = {row["set"] for row in seen.values()}
    found = []
    for source in (one for one in SOURCES if one in named or one in LABELLED):
        entries = {str(row["image"]): row.get("vehicles") or [] for row in records(root, source)}
        for picture in load(root, source, halve=False, clean=False):
            name = f"{source}/{picture.name}"
            if out not in (None, held(source, picture.name)) or (source not in LABELLED and name not in seen):
                continue
            added = seen.get(name, {})
            picture.vehicles, kinds = labels_of(entries[picture.name], added)  # type: ignore[arg-type]
            picture.ignored = boxes_at(added.get("ignored", []))
            found.append(Vehicles(prepared(picture, halve), kinds))
    return found


def cleared(picture: Picture) -> Image:
    """The photograph without the speckles that some exporters threw on theirs."""
    return despeckled(picture.levels[0]) if picture.source in SPOILT else picture.levels[0]


def prepared(picture: Picture, halve: bool) -> Picture:
    """Its vehicles in the place of plates."""
    first = cleared(picture)
    levels = halvings(first) if halve else [first]
    return replace(picture, levels=levels, plates=picture.vehicles, two_wheeled=np.zeros(0, np.bool_))


def load_training(root: Path, mistakes: Path = MISTAKES) -> list[Vehicles]:
    """What trains; an earlier net's mistakes are looked at more often."""
    wrong = listed(mistakes)
    pictures = load_vehicles(root, out=False)
    for vehicles in pictures:
        vehicles.picture.mistakes = wrong.get(vehicles.name, no_boxes())
    return pictures
