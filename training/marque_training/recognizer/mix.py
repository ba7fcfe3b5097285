"""The mean of two checkpoints' averaged weights: what a training went on from, and where it ended.

    python -m marque_training.recognizer.mix runs/before.pt runs/recognizer.pt --to runs/mixed.pt

After a short training on other pictures the mean keeps what the first could and has most of what the second learnt.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from marque_training.recognizer.train import RUNS

State = dict[str, Tensor]


def mixed(first: State, second: State, share: float) -> State:
    """Weights between two states of one net: `share` of the second's; whole numbers are the second's."""
    return {
        name: torch.lerp(first[name].float(), value.float(), share) if value.dtype.is_floating_point else value
        for name, value in second.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--share", type=float, default=0.5, help="of the second, 0 to 1")
    parser.add_argument("--to", type=Path, default=RUNS / "mixed.pt")
    args = parser.parse_args()
    first, second = (torch.load(path, weights_only=False, map_location="cpu") for path in (args.first, args.second))
    second["average"] = mixed(first["average"], second["average"], args.share)
    second["share"] = args.share
    torch.save(second, args.to)


if __name__ == "__main__":
    main()
