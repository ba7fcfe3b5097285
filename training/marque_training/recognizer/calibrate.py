"""Fit one temperature per head on drawn crops, and one of the joint confidence on the clean real ones, so that
probabilities mean what they say.

Drawn crops know every slot's true class, but not how hard a street is: the joint confidence is fitted on the reader's
answers to real crops whose licence allows it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor
from torch.nn import functional

from marque_training.datasets import CLEAN, CROP_SETS
from marque_training.recognizer.export import export, load_average
from marque_training.recognizer.holdout import CALIBRATION, holdout
from marque_training.recognizer.reliability import answers, error, reader_of
from marque_training.recognizer.train import RUNS

GRID = np.round(np.geomspace(0.4, 2.5, 43), 3)
JOINT = (4.0, 6.0, 8.0, 12.0)
EVERY = 2
"""of the clean real crops, how many are read for each joint temperature: every second"""


def nll_slots(logits: Tensor, text: Tensor) -> float:
    """Mean negative log-likelihood of a slot's true class."""
    return float(functional.cross_entropy(logits.flatten(0, 1), text.flatten()))


def nll_ctc(logits: Tensor, text: Tensor) -> float:
    """Mean negative log-likelihood of the whole text."""
    lengths = (text > 0).sum(1)
    steps = torch.full_like(lengths, logits.shape[1])
    line = logits.log_softmax(-1).transpose(0, 1)
    return float(functional.ctc_loss(line, text, steps, lengths, reduction="none", zero_infinity=True).mean())


@torch.inference_mode()
def fit(checkpoint: Path, count: int = 1500) -> dict[str, float]:
    """The temperature of least negative log-likelihood per head."""
    records = holdout(CALIBRATION, count).records
    text = torch.from_numpy(np.asarray(records["text"]).astype(np.int64))
    net = load_average(checkpoint)
    crops = torch.from_numpy(np.asarray(records["image"]))[:, None]
    parts = [net(crops[i : i + 100])[:2] for i in range(0, len(crops), 100)]
    slots, ctc = (torch.cat([part[k] for part in parts]) for k in range(2))
    return {
        "slots": min((nll_slots(slots / t, text), float(t)) for t in GRID)[1],
        "ctc": min((nll_ctc(ctc / t, text), float(t)) for t in GRID)[1],
    }


def fit_joint(checkpoint: Path, heads: dict[str, float]) -> float:
    """The joint temperature of least calibration error on the clean real crops."""
    clean = [crops for crops in CROP_SETS if crops.use == CLEAN]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        export(load_average(checkpoint), path, heads)
        model, errors = onnx.load(str(path)), {}
        for joint in JOINT:
            own = {p.key: p.value for p in model.metadata_props} | {"marque.temperature": json.dumps({"joint": joint})}
            onnx.helper.set_model_props(model, own)
            onnx.save(model, str(path))
            reader = reader_of(path)
            errors[joint] = error([answer for crops in clean for answer in answers(reader, crops, EVERY)])
    print({joint: round(value, 4) for joint, value in errors.items()})
    return min(errors, key=errors.__getitem__)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=RUNS / "recognizer.pt")
    parser.add_argument("--to", type=Path, default=RUNS / "temperature.json")
    args = parser.parse_args()
    torch.set_num_threads(1)
    found = fit(args.checkpoint)
    found["joint"] = fit_joint(args.checkpoint, found)
    args.to.write_text(json.dumps(found) + "\n", "utf-8")
    print(found)


if __name__ == "__main__":
    main()
