"""Train the vehicle net from the ring until a wall-clock time or for a number of minutes; resumes by itself.

    python -m marque_training.vehicle.train --minutes 60 --from-model ../src/marque/models/plate-detector.onnx

It begins with the plate detector's eyes: all but the heads and the level of detail that vehicles need not. Given the
published vehicle net it goes on from all of that.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import onnx

from marque_training.detector.net import NetSize
from marque_training.detector.train import Task, parser, train
from marque_training.vehicle.export import KIND, export
from marque_training.vehicle.feed import RING, SIDE
from marque_training.vehicle.loss import vehicle_loss
from marque_training.vehicle.sets import TYPES

VEHICLES = Task(
    NetSize(classes=1 + len(TYPES), head=80, corners=False, stride=16),
    vehicle_loss,
    lambda net, path, version: export(net, path, version=version),
    anew=("join16", "join8", "score", "shape"),
)


def finds_vehicles(model: Path) -> bool:
    """Whether an export is a vehicle net already."""
    return any((one.key, one.value) == ("marque.kind", KIND) for one in onnx.load(str(model)).metadata_props)


def main(arguments: list[str] | None = None) -> int:
    options = parser(str(__doc__), Path("runs/vehicle"), RING, SIDE).parse_args(arguments)
    further = options.from_model and finds_vehicles(options.from_model)
    train(options, replace(VEHICLES, anew=()) if further else VEHICLES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
