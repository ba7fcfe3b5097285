"""Write the verifier's card, for programs and for people, from what the detector's `evaluate` left with it and without.

python -m marque_training.verifier.card
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marque_training.detector import card as detector
from marque_training.detector.export import MODELS, POLICY
from marque_training.identity import identity, keep
from marque_training.verifier.export import VIEW

RUNS = Path("runs/verifier")
FILES = {"fp32": "plate-verifier.onnx", "int8": "plate-verifier.int8.onnx"}
METRICS = {**detector.METRICS, "without": "metrics.without.json"}
"""what the detector finds with the verifier in both precisions, and what its INT8 weights find by themselves"""
RECIPE = {
    "loss": "the detector's",
    "optimiser": "AdamW 2e-3, weight decay .02 on matrices, batch 48, weights averaged .996; rate level, then straight "
    "to zero over the last third",
    "data": "pictures composed as the detector's but 640 px wide, at which the detector looks at 320, 448 or 640 px; "
    "what it takes for plates from a score of .06 on, right or wrong, and now and then a plate that it does not see, "
    "is cut out at 64 px wide, a little beside where it was found",
    "begun_from": "the published detector's weights but for the coarsest level, which is smaller; five more residual "
    "blocks",
    "seed": 1,
}
NOTHING = {"pictures": 0, "minutes": 0.0}
LIMITS = [
    "It knows what the detector takes for plates; finds of another detector it has not seen.",
    f"What the first look did not see at a score of {POLICY['unsure_from']:g} it is not asked about.",
]


def card(folder: Path, runs: Path, measured: Path) -> dict[str, Any]:
    """Everything that a reader of the card may ask."""
    metrics = {kind: detector.shortened(json.loads((measured / file).read_text())) for kind, file in METRICS.items()}
    return {
        **identity("verifier", folder, FILES),
        "trained_on": detector.TRAINED_ON,
        "measured_on": detector.MEASURED_ON,
        "training": detector.training(runs / "last.pt", RECIPE, NOTHING),
        "input": {"colour": "BGR", **VIEW.as_dict()},
        "metrics": {kind: {"threshold": each["threshold"], "sets": sets(each)} for kind, each in metrics.items()},
        "limits": LIMITS,
    }


def sets(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Of each set the plates found and the finds that are wrong."""
    return {
        name: {
            "pictures": found["pictures"],
            "plates": found["plates"],
            "found": found["shipped"]["recall"]["hits"],
            "wrong": found["shipped"]["precision"]["count"] - found["shipped"]["precision"]["hits"],
            "average_precision": found["average_precision"],
        }
        for name, found in metrics["sets"].items()
    }


def page(content: Mapping[str, Any]) -> str:
    """The card for people."""
    trained, metrics = content["training"], content["metrics"]
    lines = [
        "# Plate verifier",
        "",
        f"{trained['parameters']:,} parameters, {trained['pictures']:,} close-ups, {trained['minutes']:.0f} minutes on "
        "one core. Apache-2.0.",
        f"Looks once more at what the detector scores from {POLICY['unsure_from']:g} to {POLICY['unsure_to']:g}, "
        f"{VIEW.find:g} pixels wide in {VIEW.width}x{VIEW.height}. What then scores {POLICY['doubt_from']:g} to "
        f"{POLICY['doubt_to']:g} the detector looks at too, larger; the log-odds of all looks are averaged.",
        "",
        "Plates found and finds that are wrong by the labels (IoU 0.5, plates at least 20 px wide), INT8:",
        "",
        "| set | pictures | plates | found with it | wrong | found without | wrong |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, found in metrics["int8"]["sets"].items():
        alone = metrics["without"]["sets"][name]
        lines.append(
            f"| {name} | {found['pictures']} | {found['plates']} | {found['found']} | {found['wrong']} "
            f"| {alone['found']} | {alone['wrong']} |"
        )
    lines += [
        "",
        f"With it at a score of {metrics['int8']['threshold']:g}, without at {metrics['without']['threshold']:g}.",
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
    parser.add_argument("--measured", type=Path, default=detector.RUNS, help="where the detector's metrics lie")
    options = parser.parse_args(arguments)
    content = card(options.models, options.runs, options.measured)
    keep(content, page(content), options.models)
    return 0


if __name__ == "__main__":
    sys.exit(main())
