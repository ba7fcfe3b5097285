"""Fit one temperature per head on drawn crops, so that probabilities mean what they say."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from marque_training.recognizer.export import load_average
from marque_training.recognizer.holdout import CALIBRATION, holdout
from marque_training.recognizer.train import RUNS

GRID = np.round(np.geomspace(0.4, 2.5, 43), 3)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=RUNS / "recognizer.pt")
    parser.add_argument("--to", type=Path, default=RUNS / "temperature.json")
    args = parser.parse_args()
    torch.set_num_threads(1)
    found = fit(args.checkpoint)
    args.to.write_text(json.dumps(found) + "\n", "utf-8")
    print(found)


if __name__ == "__main__":
    main()
