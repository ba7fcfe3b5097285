"""Write the vehicle net's card, for programs and for people, from what `evaluate` left.

python -m marque_training.vehicle.card
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from marque.vision.paint import FILE
from marque_training.detector.card import LICENCES, training
from marque_training.detector.evaluate import percent, share
from marque_training.detector.export import MODELS
from marque_training.identity import identity, keep
from marque_training.vehicle.evaluate import WIDE, table
from marque_training.vehicle.export import LONG_SIDE
from marque_training.vehicle.sets import SOURCES, TYPES

RUNS = Path("runs/vehicle")
FILES = {"fp32": "vehicle-detector.onnx", "int8": "vehicle-detector.int8.onnx"}
METRICS = {"fp32": "metrics.json", "int8": "metrics.int8.json"}
RECIPE = {
    "loss": "task-aligned top 9 (score^.5 x IoU^4); quality-focal BCE + 4 CIoU + 1 cross-entropy of the type, "
    "smoothed by .05, where it is known (before 2 and .5 to 3)",
    "optimiser": "AdamW 2e-3, at last 1.5e-3, weight decay .02 on matrices, batch 16, weights averaged .996; rate "
    "level, then straight to zero over the last third",
    "data": "labelled photographs, mosaics, drawn streets with drawn vehicles, pieces of photographs without vehicles, "
    "what cameras do to pictures",
    "sides": "256 px, then 192 px, then 224 px",
    "begun_from": "the plate detector's levels, after a first training for vehicles on its finer grid; stem and first "
    "level stayed as they were until the last training",
    "seed": 1,
}
EARLIER = {"pictures": 103_680, "minutes": 91.0}
"""the trainings before, with half of the photographs"""
LIMITS = [
    "Trained on some 1,600 photographs; one look misses a quarter of the vehicles, of those seen from the front or "
    "behind with a plate one in seven. A camera looks five times a second while something moves.",
    "Boxes of small vehicles are loose: on highways two of five finds overlap no label by half.",
    "Pickups and vans are taken for cars now and then, half of the trucks for something else; half of the motorcycles "
    "are missed.",
    "Labels were completed by eye by the people who trained it, before the training.",
    "The threshold was chosen on the very pictures that these figures are of.",
    "Colours were named by one person by eye; gray, silver, white and black in shade pass into one another.",
]


def card(folder: Path, runs: Path) -> dict[str, Any]:
    """Everything that a reader of the card may ask."""
    metrics = {precision: json.loads((runs / file).read_text()) for precision, file in METRICS.items()}
    return {
        **identity("vehicles", folder, FILES, "vehicle-detector"),
        "trained_on": [{"set": name, "license": LICENCES[name]} for name in SOURCES]
        + [{"set": "drawn streets", "license": "drawn by marque.capture.drawing"}],
        "measured_on": [
            {"set": f"{name}, part held out by photo or road", "license": LICENCES[name], "trained_on": False}
            for name in metrics["fp32"]["sets"]
        ],
        "training": training(runs / "last.pt", RECIPE, EARLIER),
        "input": {"colour": "BGR", "multiple": 32, "long_side": LONG_SIDE},
        "types": TYPES,
        "metrics": metrics,
        "colors": json.loads((folder / FILE).read_text())["metrics"],
        "limits": LIMITS,
    }


def page(content: dict[str, Any]) -> str:
    """The card for people."""
    trained, metrics, colors = content["training"], content["metrics"], content["colors"]
    lines = [
        "# Vehicle finder",
        "",
        f"{trained['parameters']:,} parameters, {trained['pictures']:,} composed pictures, {trained['minutes']:.0f} "
        "minutes beside other work, begun with the plate detector's levels. Apache-2.0.",
        "Trained on openly licensed photographs and drawn streets; the pictures below were never trained on.",
        "",
        f"IoU 0.5, score >= {metrics['fp32']['threshold']:g}, vehicles at least 1/{LONG_SIDE / WIDE:g} of the long "
        "side both ways, 95 % Wilson intervals. What the sets' labels lack was added by eye before the training.",
    ]
    for precision, found in metrics.items():
        lines += ["", f"## {precision}", "", table(found)]
    lines += ["", "| weights | input | ms of processor time, median |", "|---|---|---|"]
    lines += [f"| {p} | {row['width']}x{row['height']} | {row['ms']} |" for p in metrics for row in metrics[p]["speed"]]
    lines += ["", "ONNX Runtime, one thread.", "", "## Colour", "", *colour_lines(colors), "", "Limits:", ""]
    return "\n".join([*lines, *(f"- {limit}" for limit in content["limits"])]) + "\n"


def colour_lines(colors: dict[str, Any]) -> list[str]:
    """What the palette keeps, as Markdown."""
    told, near = colors["told"], colors["told, or the name beside it"]
    return [
        f"{colors['all']['count']} crops named by eye, each half by a palette fitted to the other. A colour is told of "
        f"{told['count']}; {rate(told)} % of these are right, {rate(near)} % right or the name beside it (gray and "
        "silver, silver and white, black and gray, yellow and orange, brown and beige).",
        "",
        "| colour | told | right |",
        "|---|---|---|",
        *(f"| {name} | {one['count']} | {rate(one)} |" for name, one in colors["by_name"].items()),
    ]


def rate(counted: dict[str, Any]) -> str:
    return percent(share(counted["hits"], counted["count"]))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--runs", type=Path, default=RUNS)
    options = parser.parse_args(arguments)
    content = card(options.models, options.runs)
    keep(content, page(content), options.models)
    return 0


if __name__ == "__main__":
    sys.exit(main())
