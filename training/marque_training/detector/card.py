"""Write the detector's card: what it learned from, how, how well it does with intervals, and the sums of its files.

python -m marque_training.detector.card --metrics runs/detector/metrics.json --int8 runs/detector/metrics.int8.json
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from marque_training.detector.export import MODELS, POLICY
from marque_training.detector.net import STRIDE, NetSize
from marque_training.detector.sets import CLEAN, MEASURED

RUNS = Path("runs/detector")
OPENIMAGES = "images CC BY 2.0, annotations CC BY 4.0 (Open Images)"
LICENCES = {
    "openimages_plates_vehicles": OPENIMAGES,
    "openimages_vehicles": OPENIMAGES,
    "romania_dashcam": "MIT",
    "kaggle433": "CC0",
    "roboflow_experiment_plates_300": "MIT",
    "us_florida_roboflow": "CC BY 4.0",
    "highway_vehicles_atl": "CC BY 4.0",
    "tunisia_det": "none stated",
    "bangladesh": "none stated",
    "uc3m_spain_320px": "ODbL, not for commercial use",
    "egypt_moto": "CC BY 4.0 and 'all rights reserved', contradictory",
    "negatives_no_plate": "AGPL-3.0 repository",
}


def file_facts(path: Path) -> dict[str, object]:
    data = path.read_bytes()
    return {"file": path.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def commit() -> str:
    return subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()


def recipe(log: Path) -> dict[str, object]:
    """How it was trained, with the counts of the last line of the log."""
    last = json.loads(log.read_text().splitlines()[-1])
    return {
        "net": NetSize().as_dict() | {"stride": STRIDE},
        "loss": "task-aligned top 9 (score^.5 x IoU^4); quality-focal BCE + 2 CIoU + 1.5 smooth-L1 corners "
        "(where known) + .3 outermost corners touch the box (where only the box is known)",
        "optimiser": "AdamW 2e-3, weight decay .02 on matrices, batch 32, averaged weights .9985, bfloat16; "
        "level, then to zero over the last third",
        "data": "labelled photographs of the clean sets and drawn plates pasted in perspective; mosaics; "
        "drawn distractors; light, colour, blur, noise, low resolution, compression",
        "steps": last["step"],
        "pictures_seen": last["seen"],
        "minutes_on_one_core": last["minute"],
        "seed": 1,
    }


def card(models: Path, metrics: Path, int8: Path, log: Path) -> dict[str, object]:
    return {
        "model": "plate-detector",
        "kind": "detector",
        "licence": "Apache-2.0",
        "made": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "files": {
            "fp32": file_facts(models / "plate-detector.onnx"),
            "int8": file_facts(models / "plate-detector.int8.onnx"),
        },
        "trained_on": [{"set": name, "licence": LICENCES[name]} for name in CLEAN]
        + [{"set": "plates drawn by this project", "licence": "Apache-2.0"}],
        "measured_on_only": [{"set": name, "licence": LICENCES[name]} for name in MEASURED],
        "recipe": recipe(log),
        "policy": POLICY,
        "metrics": {"fp32": json.loads(metrics.read_text()), "int8": json.loads(int8.read_text())},
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--metrics", type=Path, default=RUNS / "metrics.json")
    parser.add_argument("--int8", type=Path, default=RUNS / "metrics.int8.json")
    parser.add_argument("--log", type=Path, default=RUNS / "log.jsonl")
    options = parser.parse_args(arguments)
    made = card(options.models, options.metrics, options.int8, options.log)
    (options.models / "plate-detector.card.json").write_text(json.dumps(made, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
