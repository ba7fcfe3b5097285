"""The page that says how well the networks find and read, made from their cards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from marque.services.upkeep import CARDS

MODELS = Path(__file__).parents[1] / "src" / "marque" / "models"
SHOWS = {
    "tunisia_det": "cars in streets of Tunisia, near and far, some photographs on their side",
    "bangladesh": "cars in streets of Bangladesh",
    "uc3m_spain_320px": "Spanish roads, small and blurred pictures, many at night, in false colours",
    "egypt_moto": "motorcycles in Egypt: square plates that lean",
    "negatives_no_plate": "pictures without a plate",
    "openimages_plates_vehicles": "vehicles of all kinds anywhere",
    "kaggle433": "cars anywhere",
    "roboflow_experiment_plates_300": "cars anywhere, turned and speckled",
    "us_florida_roboflow": "cars in Florida, turned and speckled",
    "eu_crops_handlabelled": "European cars",
    "brazil_crops_cv": "Brazilian cars, soft and grey",
    "china_lprnet_crops": "Chinese cars: letters and digits behind the province's sign",
    "tunisia_ocr": "Tunisian cars: digits about an Arabic word",
    "strangers": "American, Indian, British and other cars of openly licensed photographs; others like them trained it",
    "uc3m_spain_ocr_masked": "Spanish cars from a street's distance, two characters greyed out",
}
Row = Mapping[str, Any]


PAGE = """\
# How well it finds and reads

Made from the networks' cards, which tell more: [detector](../../src/marque/models/plate-detector.card.md) and
[verifier](../../src/marque/models/plate-verifier.card.md),
[recogniser](../../src/marque/models/plate-recognizer.card.md),
[vehicles](../../src/marque/models/vehicle-detector.card.md). Brackets are 95 % intervals (Wilson). No picture here has
trained a network; but their failures were looked at while the training was written, so expect less elsewhere, and
measure on your own cameras.

## Finding plates

The INT8 networks as they ship, plates at least 20 pixels wide, overlap of at least one half with the label. *By eye*:
finds that are plates though no label says so count as right.

{finding}

Of the sets whose other pictures trained it, what was held out:

{held_out}

By the plate's width in the picture, all these sets together, the speckled ones once more
with their speckles taken off:

{widths}

## Reading plates

Whole plates, cut out, read by the package without saying which country. *Folded*: O counts as 0, I as 1, letters as
without their marks.

{reading}

A confidence means what it says within {error:.3f} on average (expected calibration error over {count:,} plates);
{kept:.1f} % of them can be kept with 95 % right.

## Finding vehicles

A first step, on request (`vehicles: on`). One look at what was held out of the sets that trained it, vehicles at least
a twentieth of the picture wide and high:

{vehicles}

## Where they are weak

{limits}
"""


def page() -> str:
    """Markdown, from the three cards."""
    detector, recognizer, vehicles = cards = [_card(name) for name in CARDS.values()]
    trained, trust = {row["set"] for row in detector["trained_on"]}, recognizer["reliability"]
    parts: dict[str, Iterator[str]] = {
        "finding": _finding(detector, lambda name: name not in trained),
        "held_out": _finding(detector, lambda name: name in trained),
        "widths": _widths(detector),
        "reading": _reading(recognizer),
        "vehicles": _vehicles(vehicles),
        "limits": (f"- {limit}" for card in cards for limit in card["limits"]),
    }
    tables = {name: "\n".join(lines) for name, lines in parts.items()}
    return PAGE.format(**tables, error=trust["error"], count=trust["count"], kept=100 * trust["kept_at_95"])


def _card(name: str) -> Row:
    found: Row = json.loads((MODELS / f"{name}.card.json").read_text("utf-8"))
    return found


def _share(row: Row) -> str:
    if row["value"] is None:
        return "none wrong" if not row["count"] else f"0 of {row['count']}"
    low, high = (100 * bound for bound in row["interval"])
    return f"{100 * row['value']:.1f} % [{low:.1f}, {high:.1f}], {row['hits']:,} of {row['count']:,}"


def _finding(card: Row, wanted: Callable[[str], bool]) -> Iterator[str]:
    yield "| pictures | found | of the finds right | by eye |"
    yield "|---|---|---|---|"
    for name, found in card["metrics"]["int8"]["sets"].items():
        if name in SHOWS and wanted(name):
            shipped = found["shipped"]
            what = f"{found['pictures']:,}: {SHOWS[name]} (`{name}`)"
            if not found["plates"]:
                wrong = shipped["precision"]["count"]
                yield f"| {what} | | {wrong} wrong finds | |"
                continue
            cells = (_share(shipped[key]) for key in ("recall", "precision", "precision_reviewed"))
            yield f"| {what} | {' | '.join(cells)} |"


def _widths(card: Row) -> Iterator[str]:
    yield "| width in pixels | found |"
    yield "|---|---|"
    for row in card["metrics"]["int8"]["by_width"]:
        upto = f"to {row['to']}" if row["to"] < 10_000 else "and more"
        yield f"| {row['from']} {upto} | {_share(row)} |"


def _reading(card: Row) -> Iterator[str]:
    yield "| plates | to the letter | folded |"
    yield "|---|---|---|"
    for row in card["package"]:
        share = {"value": row["folded"] / row["count"], "interval": row["interval95"], "hits": row["folded"]}
        strict = f"{100 * row['strict'] / row['count']:.1f} %"
        yield f"| {row['count']:,}: {SHOWS[row['name']]} (`{row['name']}`) | {strict} | {_share({**row, **share})} |"


def _vehicles(card: Row) -> Iterator[str]:
    yield "| pictures | found | of the finds right |"
    yield "|---|---|---|"
    for name, found in card["metrics"]["int8"]["sets"].items():
        cells = (_share(found["shipped"][key]) for key in ("recall", "precision"))
        yield f"| {found['pictures']:,} (`{name}`) | {' | '.join(cells)} |"
