"""Train the verifier from the ring of close-ups until a wall-clock time or for a number of minutes; resumes by itself.

    python -m marque_training.verifier.train --minutes 60 --from-model ../src/marque/models/plate-detector.onnx

It begins with the detector's eyes, but for the coarsest level, which has less to see in so small a picture.
"""

from __future__ import annotations

import sys
from pathlib import Path

from marque_training.detector.net import NetSize
from marque_training.detector.train import Task, parser, train
from marque_training.verifier.export import export
from marque_training.verifier.feed import RING, SIZE

VERIFIER = Task(
    NetSize((16, 32, 48, 96, 128), (0, 2, 5, 5, 2)),
    write=lambda net, path, version: export(net, path, version=version),
    anew=("levels.3", "pool", "join16.lateral"),
    height=SIZE[1],
)


def main(arguments: list[str] | None = None) -> int:
    options = parser(str(__doc__), Path("runs/verifier"), RING, SIZE[0]).parse_args(arguments)
    train(options, VERIFIER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
