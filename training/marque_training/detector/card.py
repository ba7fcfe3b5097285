"""Write the detector's card, for programs and for people, from what `evaluate` left.

python -m marque_training.detector.card
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from marque_training.detector.evaluate import HELD_OUT, percent
from marque_training.detector.export import MODELS, POLICY
from marque_training.detector.sets import CLEAN, MEASURED
from marque_training.identity import identity, keep

RUNS = Path("runs/detector")
FILES = {"fp32": "plate-detector.onnx", "int8": "plate-detector.int8.onnx"}
METRICS = {"fp32": "metrics.json", "int8": "metrics.int8.json"}
OPENIMAGES = "images CC BY 2.0, annotations CC BY 4.0 (Open Images)"
LICENCES = {
    "openimages_plates_vehicles": OPENIMAGES,
    "openimages_vehicles": OPENIMAGES,
    "romania_dashcam": "MIT",
    "kaggle433": "CC0",
    "roboflow_experiment_plates_300": "MIT",
    "us_florida_roboflow": "CC BY 4.0",
    "highway_vehicles_atl": "CC BY 4.0",
}
TRAINED_ON = [
    *({"set": name, "license": LICENCES[name]} for name in CLEAN),
    {"set": "synthetic plates", "license": "drawn by training/marque_training"},
]
MEASURED_ON = [
    *({"set": name, "license": "restricted", "trained_on": False} for name in MEASURED),
    *({"set": f"{name}, part held out by scene", "license": LICENCES[name], "trained_on": False} for name in HELD_OUT),
]
RECIPE = {
    "loss": "task-aligned top 9 (score^.5 x IoU^4); quality-focal BCE + 2 CIoU + 1.5 smooth-L1 of the corners where "
    "they are known + .3 'the outermost corners touch the box' where only the box is",
    "optimiser": "AdamW 2e-3, then 1e-3 in the later trainings, weight decay .02 on matrices, batch 32, "
    "weights averaged .9985, then .996; rate level, then straight to zero over the last third of each",
    "data": "labelled photographs, drawn plates (of real layouts, and in scripts that are not read) pasted in "
    "perspective or in place of labelled ones, mosaics, drawn distractors and streets, pieces of other photographs, "
    "what cameras do to pictures; what an earlier net found without a label was sorted by eye: plates are ignored, "
    "mistakes are shown more often",
    "sides": "320 px for the first half of the time, then 384 px, in the first two trainings; 384 px in the later ones",
    "begun_from": "the detector before, restored from its export: the first into a net with three more blocks, of "
    "which stem and first level stayed as they were; the later ones as they were, stem and two levels staying",
    "seed": 1,
}
EARLIER = {"pictures": 200_064 + 83_712 + 154_720, "minutes": 104.3 + 92.9 + 88.0}
"""the trainings of the three detectors before, with whose weights the next began"""
LIMITS = [
    "Recall falls to 88 % for plates 20 to 30 px wide, and to 92 % for 30 to 40 px.",
    "Leaning motorcycle plates (egypt_moto) are found nine times in ten.",
    "Papers with large writing behind windows, raised makers' names, wheels and windows are the usual false alarms.",
    "Plates that people wrote box labels around more tightly or loosely than the net count as wrong below IoU 0.5, "
    "as some of uc3m_spain_320px do, whose labels are a fifth less high than the plates.",
    "Corners were learnt from drawn plates alone.",
]


def training(checkpoint: Path, recipe: Mapping[str, Any], earlier: Mapping[str, float]) -> dict[str, Any]:
    """What the checkpoint knows about its making; ``earlier``: pictures and minutes of the trainings before."""
    state = torch.load(checkpoint, weights_only=True)
    return {
        "recipe": dict(recipe),
        "net": state["size"],
        "parameters": sum(value.numel() for value in state["average"].values() if value.is_floating_point()),
        "steps": state["step"],
        "pictures": state["seen"] + earlier["pictures"],
        "minutes": round(state["spent"] / 60 + earlier["minutes"], 1),
    }


def card(folder: Path, runs: Path) -> dict[str, Any]:
    """Everything that a reader of the card may ask."""
    return {
        **identity("detector", folder, FILES),
        "trained_on": TRAINED_ON,
        "measured_on": MEASURED_ON,
        "training": training(runs / "last.pt", RECIPE, EARLIER),
        "input": {"colour": "BGR", "multiple": 32, "policy": POLICY},
        "metrics": {precision: shortened(json.loads((runs / file).read_text())) for precision, file in METRICS.items()},
        "limits": LIMITS,
    }


def shortened(metrics: dict[str, Any]) -> dict[str, Any]:
    """Counts and intervals at the shipped threshold only; of the others [threshold, recall, precision raw]."""
    for found in metrics["sets"].values():
        found["shipped"] = next(point for point in found["curve"] if point["threshold"] == metrics["threshold"])
        found["curve"] = [[p["threshold"], p["recall"]["value"], p["precision"]["value"]] for p in found["curve"]]
    return metrics


def rows(precision: str, metrics: dict[str, Any]) -> list[str]:
    """One line a set, at the shipped threshold."""
    lines = []
    for name, found in metrics["sets"].items():
        cells = [percent(found["shipped"][key]) for key in ("recall", "precision", "precision_reviewed")]
        lines.append(f"| {name} | {precision} | {found['pictures']} | {found['plates']} | {' | '.join(cells)} |")
    return lines


def page(content: dict[str, Any]) -> str:
    """The card for people."""
    trained, metrics = content["training"], content["metrics"]
    corners, speed = metrics["fp32"]["corner_error"], {p: m["speed"] for p, m in metrics.items()}
    lines = [
        "# Plate detector",
        "",
        f"{trained['parameters']:,} parameters, {trained['pictures']:,} composed pictures, "
        f"{trained['minutes']:.0f} minutes on one core. Apache-2.0.",
        "Trained on openly licensed photographs and drawn plates; the pictures below were never trained on.",
        "",
        f"IoU 0.5, score >= {metrics['fp32']['threshold']:g}, plates at least 20 px wide, 95 % "
        "Wilson intervals. Several sets label one plate per picture: *raw* counts every other find as wrong, "
        "*reviewed* counts those as right that are plates to the eye.",
        "",
        "| set | weights | pictures | plates | recall | precision raw | reviewed |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [line for precision, found in metrics.items() for line in rows(precision, found)]
    lines += [
        "",
        f"Corners on {corners['plates']} plates pasted into held-out pictures: off by {corners['median']:.3f} of the "
        f"plate's height in the median, {corners['p90']:.3f} in the worst tenth.",
        "",
        "| weights | input | ms of processor time, median |",
        "|---|---|---|",
    ]
    lines += [f"| {p} | {row['width']}x{row['height']} | {row['ms']} |" for p in speed for row in speed[p]]
    lines += [
        "",
        "ONNX Runtime, one thread, one look. What it is not sure of the [verifier](plate-verifier.card.md) looks at "
        "once more; the figures above are with it.",
        "",
        "Limits:",
        "",
        *(f"- {limit}" for limit in content["limits"]),
    ]
    return "\n".join(lines) + "\n"


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
