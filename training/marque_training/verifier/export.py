"""Write the verifier as ONNX, with what the package must know in its metadata.

    python -m marque_training.verifier.export --checkpoint runs/verifier/last.pt --version 1

Inputs and outputs are the detector's; the package gives it close-ups of one size.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from marque.vision.second_look import View
from marque_training.detector.export import MODELS, OUTPUTS, Exported, load, write
from marque_training.detector.net import DetectorNet

VIEW = View(192, 128, find=64, grow=3)
"""how finds are shown to it: what it learns is what it will see"""


def export(net: DetectorNet, path: Path, *, version: str) -> None:
    """Write `net` (on the CPU) to `path`: whole or not at all."""
    facts = {"marque.kind": "verifier", "marque.version": version, "marque.view": json.dumps(VIEW.as_dict())}
    write(net, Exported(net), path, OUTPUTS, facts)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=MODELS / "plate-verifier.onnx")
    parser.add_argument("--version", default="0")
    options = parser.parse_args(arguments)
    export(load(options.checkpoint), options.out, version=options.version)
    return 0


if __name__ == "__main__":
    sys.exit(main())
