"""Write the vehicle net as ONNX, decoded inside, with what a reader must know in its metadata.

    python -m marque_training.vehicle.export --checkpoint runs/vehicle/last.pt --out MODEL.onnx

Input `images`: uint8 [N, 3, H, W], BGR planes, H and W multiples of 32. Outputs, float32, one row per 16x16 cell:
`boxes` [N, A, 4] xyxy in input pixels, `scores` [N, A, 1] in 0..1, `types` [N, A, K], which add up to 1.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from torch import Tensor, nn

from marque_training.detector.export import MODELS, load, write
from marque_training.detector.net import DetectorNet, decode
from marque_training.vehicle.sets import TYPES

KIND, LONG_SIDE, THRESHOLD = "vehicles", 224, 0.4


class Exported(nn.Module):
    """The net with its decoding, from bytes to boxes."""

    def __init__(self, net: DetectorNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        decoded = decode(self.net(images.float()), self.net.size.classes, self.net.size.stride)
        return decoded.boxes, decoded.logits[..., :1].sigmoid(), decoded.logits[..., 1:].softmax(-1)


def export(net: DetectorNet, path: Path, *, version: str, threshold: float = THRESHOLD) -> None:
    """Write `net` (on the CPU) to `path`: whole or not at all."""
    facts = {
        "marque.kind": KIND,
        "marque.version": version,
        "marque.types": ",".join(TYPES),
        "marque.long_side": str(LONG_SIDE),
        "marque.threshold": f"{threshold:g}",
    }
    write(net, Exported(net), path, ("boxes", "scores", "types"), facts)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=MODELS / "vehicle-detector.onnx")
    parser.add_argument("--version", default="0")
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    options = parser.parse_args(arguments)
    export(load(options.checkpoint), options.out, version=options.version, threshold=options.threshold)
    return 0


if __name__ == "__main__":
    sys.exit(main())
