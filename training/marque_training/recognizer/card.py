"""Measure both precisions and write the recogniser's card beside the models."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from marque_training.datasets import CROP_SETS
from marque_training.detector.card import LICENCES
from marque_training.identity import identity, keep
from marque_training.recognizer.evaluate import Score, score
from marque_training.recognizer.export import MARGIN, MODELS
from marque_training.recognizer.holdout import CALIBRATION
from marque_training.recognizer.negatives import SOURCES
from marque_training.recognizer.reliability import counts, measure, summary
from marque_training.recognizer.train import RUNS, Recipe
from marque_training.strangers import strangers
from marque_training.synth.faces import describe
from marque_training.synth.layout import catalogue

MEASURED = {"china_lprnet_crops": "Apache-2.0", "strangers": "those of the sets it is from, see trained_on"}
"""licences of the clean crops that are measured on"""
NOWHERE = [crops.name for crops in CROP_SETS if not crops.regions]
"""sets that do not say where a plate is from"""
FILES = {"fp32": "plate-recognizer.onnx", "int8": "plate-recognizer.int8.onnx"}


def training(checkpoint: Path, before: Path | None) -> dict[str, Any]:
    """What the checkpoint knows about its making; `before`: the card of the published weights that it went on from."""
    state = torch.load(checkpoint, weights_only=False, map_location="cpu")
    earlier = {"continued_from": json.loads(before.read_text("utf-8"))["training"]} if before else {}
    return {
        **earlier,
        "recipe": asdict(Recipe()),
        "net": state["config"],
        "parameters": sum(v.numel() for v in state["average"].values() if v.is_floating_point()),
        "steps": state["step"],
        "pictures": state["step"] * Recipe().batch,
        "minutes": round(state["spent"] / 60, 1),
        **({"share_of_last_run": state["share"]} if "share" in state else {}),
    }


def whole(trained: dict[str, Any], key: str) -> float:
    """A count of this run and of those that it went on from."""
    earlier = trained.get("continued_from")
    return float(trained[key]) + (whole(earlier, key) if earlier else 0.0)


def card(folder: Path, trained: dict[str, Any], temperature: dict[str, float]) -> dict[str, Any]:
    """Everything that a reader of the card may ask."""
    layouts = catalogue().layouts
    read = measure(folder / FILES["fp32"])
    scores = {precision: [score(folder / file, crops) for crops in CROP_SETS] for precision, file in FILES.items()}
    return {
        **identity("recognizer", folder, FILES),
        "trained_on": [
            {
                "set": "synthetic plates",
                "license": "drawn by training/marque_training/synth",
                "layouts": len(layouts),
                "regions": sorted({layout.region for layout in layouts}),
                "faces": json.loads(describe()),
            },
            *({"set": name, "license": LICENCES[name], "part": "pieces without a plate"} for name in SOURCES),
            *({"set": name, "license": LICENCES[name], "part": f"{n} pictures of plates"} for name, n in _real()),
        ],
        "measured_on": [
            {"set": s.name, "license": MEASURED.get(s.name, "restricted"), "trained_on": False} for s in CROP_SETS
        ],
        "training": trained,
        "input": {"size": [160, 64], "margin": MARGIN},
        "temperature": {
            "fitted_on": f"heads: drawn crops, seed {CALIBRATION}, folded in; joint: the clean real crops",
            **temperature,
        },
        "metrics": {precision: [_row(s) for s in found] for precision, found in scores.items()},
        "package": counts(read),
        "reliability": summary(read),
        "limits": [
            "Latin letters and digits only; words and signs of other scripts on a plate are passed over.",
            "The country is a weak guess of an auxiliary head, learnt from drawn plates.",
            "Plates under 10 pixels high were not trained.",
        ],
    }


def _real() -> Iterator[tuple[str, int]]:
    """The sets whose plates trained, and how many pictures of them."""
    yield from sorted(Counter(plate.set for plate in strangers() if not plate.held).items())


def _row(found: Score) -> dict[str, Any]:
    share = round(found.folded / found.count, 4)
    return {**asdict(found), "folded_share": share, "interval95": [found.low, found.high]}


def _line(precision: str, row: dict[str, Any]) -> str:
    low, high = row["interval95"]
    strict, folded, region = (f"{row[key]} ({row[key] / row['count']:.1%})" for key in ("strict", "folded", "region"))
    region = "" if row["name"] in NOWHERE else region
    cells = (row["name"], row["count"], precision, strict, folded, f"{low:.1%} to {high:.1%}", region)
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _package(row: dict[str, Any]) -> str:
    (low, high), count = row["interval95"], row["count"]
    strict, folded = (f"{row[key]} ({row[key] / count:.1%})" for key in ("strict", "folded"))
    return f"| {row['name']} | {count} | {strict} | {folded} | {low:.1%} to {high:.1%} |"


def table(content: dict[str, Any]) -> str:
    """The card for people."""
    trained = content["training"]
    lines = [
        "# Plate recogniser",
        "",
        f"{trained['parameters']:,} parameters, {whole(trained, 'pictures'):,.0f} drawn plates, "
        f"{whole(trained, 'minutes'):.0f} minutes on one shared core.",
        "Eight to nine in ten of the plates that trained it are drawn, the others are real ones of openly licensed",
        "photographs, labelled by eye; pieces of these without a plate taught it to read nothing. The sets below were",
        "never trained on (strangers: other plates of the same photographs), but the failures of most were looked at",
        "while the generator was written: expect less elsewhere. Apache-2.0.",
        "",
        "Exact whole plates; *folded* counts O as 0, I as 1, letters without their marks; 95 % Wilson intervals;",
        "*region* is how often the auxiliary head's first guess of the country is right.",
        "",
        "| set | plates | precision | strict | folded | interval | region |",
        "|---|---|---|---|---|---|---|",
    ]
    for precision, rows in content["metrics"].items():
        lines += [_line(precision, row) for row in rows]
    lines += [
        "",
        "In uc3m_spain_ocr_masked two characters of each plate are greyed out: they do not count, and the country",
        "cannot be told. Crops that end at the plate's edge are given the runtime's margin; the others are read as",
        "they are.",
        "",
        "Read by the package, which adds later looks and the formats of all countries (FP32, no country given):",
        "",
        "| set | plates | strict | folded | interval |",
        "|---|---|---|---|---|",
        *(_package(row) for row in content["package"]),
        "",
        *_reliability(content["reliability"]),
        "",
        "Limits:",
        "",
    ]
    lines += [f"- {limit}" for limit in content["limits"]]
    return "\n".join(lines) + "\n"


def _reliability(found: dict[str, Any]) -> list[str]:
    rows = [
        f"| {b['low']:.1f} to {b['high']:.1f} | {b['count']} | {b['sure']:.3f} | {b['right'] / b['count']:.3f} |"
        for b in found["bins"]
    ]
    return [
        f"What a confidence is worth: all crops but the masked ones ({found['count']}), each read alone by the",
        f"package, no country given. Expected calibration error {found['error']:.3f}; {found['kept_at_95']:.1%} of the",
        "crops can be kept with 95 % of them right.",
        "",
        "| confidence | crops | on average | right |",
        "|---|---|---|---|",
        *rows,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=MODELS)
    parser.add_argument("--checkpoint", type=Path, default=RUNS / "recognizer.pt")
    parser.add_argument("--temperature", type=Path, default=RUNS / "temperature.json")
    parser.add_argument("--before", type=Path, help="card of the published weights that the training went on from")
    args = parser.parse_args()
    torch.set_num_threads(1)
    temperature = json.loads(args.temperature.read_text("utf-8"))
    content = card(args.folder, training(args.checkpoint, args.before), temperature)
    keep(content, table(content), args.folder)
    print(table(content))


if __name__ == "__main__":
    main()
