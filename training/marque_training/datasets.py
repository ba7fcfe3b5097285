"""The recogniser's alphabet and regions, and the real crops that it is measured on (never trained on)."""

from __future__ import annotations

import json
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from marque_training.strangers import FILE, held_out

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ÄÖÜČŠŽĆĐ"
REGIONS = [
    "other", "ad", "al", "am", "ar", "at", "au", "az", "ba", "bd", "be", "bg", "bo", "br", "by", "ca", "ch", "cl",
    "cn", "co", "cy", "cz", "de", "dk", "dz", "ec", "ee", "eg", "es", "fi", "fr", "gb", "ge", "gr", "hk", "hr",
    "hu", "id", "ie", "il", "in", "ir", "is", "it", "jp", "ke", "kr", "kw", "kz", "li", "lk", "lt", "lu", "lv",
    "ma", "md", "me", "mk", "mt", "mx", "my", "ng", "nl", "no", "nz", "om", "pe", "ph", "pk", "pl", "pt", "py",
    "qa", "ro", "rs", "ru", "sa", "se", "sg", "si", "sk", "th", "tn", "tr", "tw", "ua", "us", "uy", "uz", "ve",
    "vn", "xk", "za", "ae", "bh",
]  # fmt: skip
SLOTS = 12
RESTRICTED = "restricted"
CLEAN = "clean"


@dataclass(frozen=True)
class CropSet:
    """A set of plate crops with texts; `use` says what its licence allows, `tight` whether a crop ends at the plate's
    edge (it is then given the margin that the runtime cuts) or has some margin of its own. `regions`: whether it says
    where a plate is from."""

    name: str
    use: str
    foreign: str = ""
    tight: bool = False
    regions: bool = True


CROP_SETS = (
    CropSet("eu_crops_handlabelled", RESTRICTED, tight=True),
    CropSet("brazil_crops_cv", RESTRICTED),
    CropSet("china_lprnet_crops", CLEAN),
    CropSet("tunisia_ocr", RESTRICTED, foreign="TN"),
    CropSet("uc3m_spain_ocr_masked", RESTRICTED, tight=True),
    CropSet("strangers", CLEAN, tight=True, regions=False),
)


@dataclass(frozen=True)
class Crop:
    """A grey plate picture, its text (`*` is a character that does not count), and its region's code."""

    name: str
    image: NDArray[np.uint8]
    text: str
    region: str


def data_folder() -> Path:
    """Where the gathered sets lie: `MARQUE_DATA`, else `data` beside the repository's `shared` folder."""
    given = os.environ.get("MARQUE_DATA")
    return Path(given) if given else Path(__file__).parents[2] / "shared" / "data" / "train"


def load_crops(crops: CropSet, folder: Path | None = None) -> list[Crop]:
    """Every labelled crop of a set. Raises FileNotFoundError where the set is not on this machine."""
    folder = folder or data_folder()
    if crops.name == "strangers":
        found = [Crop(plate.image, image, plate.text, "other") for plate, image in held_out(folder)]
        if not found:
            raise FileNotFoundError(f"no photograph of {FILE.name} is in {folder}")
        return found
    base, found = folder / crops.name, []
    for line in (base / "labels.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        plate = row["plates"][0]
        image = cv2.imread(str(base / row["image"]), cv2.IMREAD_GRAYSCALE)
        if plate["text"] and image is not None:
            text = latin(plate["text"], crops.foreign)
            found.append(Crop(row["image"], np.asarray(image, np.uint8), text, (plate["region"] or "other").lower()))
    return found


def latin(text: str, foreign: str = "") -> str:
    """The characters that the recogniser can say, and `*`; `foreign` names letters that stand for another script."""
    return "".join(c for c in text if c not in foreign and (c in ALPHABET or c == "*"))


def fold(text: str) -> str:
    """O as 0, I as 1, no diacritics: what the tables call folded."""
    plain = unicodedata.normalize("NFD", text.replace("Đ", "D"))
    return "".join(c for c in plain if not unicodedata.combining(c)).replace("O", "0").replace("I", "1")


def main() -> None:
    """Print which sets lie on this machine, and which fonts the generator will draw with."""
    from marque_training.synth.faces import describe

    for crops in CROP_SETS:
        try:
            found = f"{len(load_crops(crops))} labelled crops"
        except FileNotFoundError:
            found = "not on this machine"
        use = "may train published weights" if crops.use == CLEAN else "measured on only"
        print(f"{crops.name:24s} {use:28s} {found}")
    print("faces:", describe())


if __name__ == "__main__":
    main()
