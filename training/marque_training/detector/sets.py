"""The labelled photographs: which sets may train published weights, which only measure, and what is held out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Boxes = NDArray[np.float32]

CLEAN = (
    "openimages_plates_vehicles",
    "openimages_vehicles",
    "romania_dashcam",
    "kaggle433",
    "roboflow_experiment_plates_300",
    "us_florida_roboflow",
    "highway_vehicles_atl",
)
MEASURED = ("tunisia_det", "bangladesh", "uc3m_spain_320px", "egypt_moto", "negatives_no_plate")
STRETCHED = frozenset({CLEAN[0], CLEAN[1], CLEAN[4], CLEAN[5]})  # squeezed to a square by their exporter
PLATES_UNLABELLED = frozenset({"openimages_vehicles"})  # vehicles close enough to show plates, none of them labelled
TURNED = frozenset({CLEAN[4], CLEAN[5]})  # turned and speckled by their exporter, the labels' boxes with them
TIGHT = Path(__file__).with_name("tight.json")  # what tighten.py puts in their labels' place
NAMED = Path(__file__).with_name("plates.json")  # plates of training pictures that their sets leave out, found by eye
LOOKED_THROUGH = {"romania_dashcam": 2}  # of a drive every second frame was looked through for them; the rest stays out
HELD_OUT_SHARE = 0.12
SPECKLED = 0.004  # share of single odd pixels on smooth ground that no camera leaves


@dataclass
class Picture:
    """One photograph in memory with its halvings, so that one warp can shrink it without aliasing."""

    name: str
    source: str
    levels: list[Image]
    plates: Boxes
    vehicles: Boxes
    ignored: Boxes = field(default_factory=lambda: no_boxes())
    two_wheeled: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """which of the vehicles are motorcycles; none where nobody said"""
    mistakes: Boxes = field(default_factory=lambda: no_boxes())
    """what an earlier net took for plates and is none"""

    @property
    def width(self) -> int:
        return int(self.levels[0].shape[1])

    @property
    def height(self) -> int:
        return int(self.levels[0].shape[0])

    @property
    def stretched(self) -> bool:
        return self.source in STRETCHED and self.width == self.height


def no_boxes() -> Boxes:
    return np.zeros((0, 4), np.float32)


def records(root: Path, source: str) -> list[dict[str, object]]:
    """The lines of one set's labels.jsonl."""
    return [json.loads(line) for line in (root / source / "labels.jsonl").read_text().splitlines() if line.strip()]


def scene(source: str, name: str) -> str:
    """What must not be split between training and measuring: the photo behind augmented copies, a minute of a drive."""
    stem = Path(name).stem
    if source == "romania_dashcam":
        return f"{source}/{int(stem.rsplit('_', 1)[1]) // 150}"
    return f"{source}/{stem.split('_jpg')[0].split('_png')[0].split('_jpeg')[0].split('.rf.')[0]}"


def held_out(source: str, name: str) -> bool:
    """True for the part of a clean set that never trains: about one scene in eight, by a hash that never changes."""
    digest = hashlib.sha256(scene(source, name).encode()).digest()
    return digest[0] / 256 < HELD_OUT_SHARE


def boxes_of(entries: list[dict[str, object]]) -> Boxes:
    boxes = [entry["box"] for entry in entries if entry["box"]]
    return np.array(boxes, np.float32).reshape(-1, 4)


def halvings(image: Image, smallest: int = 96) -> list[Image]:
    levels = [image]
    while min(levels[-1].shape[:2]) >= 2 * smallest:
        height, width = levels[-1].shape[:2]
        levels.append(cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA).astype(np.uint8))
    return levels


def despeckled(image: Image) -> Image:
    """Without the salt and pepper that an exporter threw on it, which no camera leaves; else as it is."""
    middle = cv2.medianBlur(image, 3)
    odd = cv2.absdiff(image, middle).min(2) > 40
    smooth = cv2.blur(cv2.absdiff(middle, cv2.medianBlur(image, 5)).max(2), (5, 5)) < 6
    if (odd & smooth).sum() <= SPECKLED * smooth.sum():
        return image
    around = cv2.dilate(odd.astype(np.uint8), np.ones((2, 2), np.uint8)) > 0
    return np.asarray(np.where(around[..., None], cv2.medianBlur(image, 5), image), np.uint8)


def load(root: Path, source: str, *, held: bool | None = None, halve: bool = True, clean: bool = True) -> list[Picture]:
    """The pictures of a set; `held` chooses the held-out part (True), the training part (False) or all (None). `clean`
    takes off speckles that were thrown on them."""
    pictures = []
    for record in records(root, source):
        name = str(record["image"])
        if held is not None and held_out(source, name) != held:
            continue
        image = cv2.imread(str(root / source / name), cv2.IMREAD_COLOR)
        if image is None:
            raise FileNotFoundError(f"{source}/{name} cannot be read")
        first = despeckled(image.astype(np.uint8)) if clean and source in TURNED else image.astype(np.uint8)
        levels = halvings(first) if halve else [first]
        plates, vehicles = boxes_of(record["plates"]), boxes_of(record.get("vehicles") or [])  # type: ignore[arg-type]
        kinds = [str(entry.get("type")) for entry in record.get("vehicles") or [] if entry["box"]]  # type: ignore[attr-defined]
        two_wheeled = np.array([kind == "motorcycle" for kind in kinds], np.bool_)
        pictures.append(Picture(name, source, levels, plates, vehicles, two_wheeled=two_wheeled))
    return pictures


def listed(path: Path | None) -> dict[str, Boxes]:
    """Boxes by set/picture from a list such as mine.py keeps; none where there is no such file."""
    found = json.loads(path.read_text()) if path and path.exists() else {}
    return {name: np.array(boxes, np.float32).reshape(-1, 4) for name, boxes in found.items()}


def closer(labels: Boxes, tight: list[list[float] | None]) -> Boxes:
    """Labels with those in their place that were drawn closer."""
    rows = [label if box is None else np.array(box, np.float32) for label, box in zip(labels, tight, strict=True)]
    return np.array(rows, np.float32).reshape(-1, 4)


def load_training(root: Path, ignores: Path | None = None, mistakes: Path | None = None) -> list[Picture]:
    """The training part of every clean set, with the plates that people found besides. Other plates that nobody
    labelled are neither right nor wrong: `ignores` lists what an earlier net found (see mine.py) and what people were
    not sure of; until there is one, whole vehicles of the unlabelled sets are ignored. `mistakes` lists what the net
    found and is no plate: it is looked at more often."""
    found, wrong, named = listed(ignores), listed(mistakes), listed(NAMED)
    tight = json.loads(TIGHT.read_text()) if TIGHT.exists() else {}
    pictures = [
        picture for source in CLEAN for picture in load(root, source, held=False)[:: LOOKED_THROUGH.get(source, 1)]
    ]
    for picture in pictures:
        name = f"{picture.source}/{picture.name}"
        if not found and picture.source in PLATES_UNLABELLED:
            picture.ignored = picture.vehicles
        picture.ignored = found.get(name, picture.ignored)
        picture.mistakes = wrong.get(name, picture.mistakes)
        if name in tight:
            picture.plates = closer(picture.plates, tight[name])
        if name in named:
            picture.plates = np.concatenate([picture.plates, named[name]])
    return pictures
