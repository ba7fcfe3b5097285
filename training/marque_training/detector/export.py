"""Write the net as ONNX, decoded inside, with what a reader must know in its metadata.

    python -m marque_training.detector.export --checkpoint runs/detector/last.pt --out MODEL.onnx

Input `images`: uint8 [N, 3, H, W], BGR planes, H and W multiples of 32. Outputs, float32, one row per 8x8 cell:
`boxes` [N, A, 4] xyxy and `quads` [N, A, 8] clockwise from top left, in input pixels; `scores` [N, A, K] in 0..1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from marque_training.compress import halve
from marque_training.detector.net import GREY, SPREAD, STRIDE, DetectorNet, NetSize, decode
from marque_training.graph import take_bytes

MODELS = Path(__file__).parents[3] / "src" / "marque" / "models"
CLASSES = ("plate",)
POLICY = {
    "long_side": 640,
    "small_long_side": 448,
    "grow": 1.5,
    "close_side": 224,
    "close_share": 0.3,
    "unsure_from": 0.25,
    "unsure_to": 0.65,
    "doubt_from": 0.3,
    "doubt_to": 0.55,
    "loose": 0.25,
}
THRESHOLD = 0.4
OUTPUTS = ("boxes", "scores", "quads")


class Exported(nn.Module):
    """The net with its decoding, from bytes to boxes. A box is the mean of what the net says of the box, learnt from
    people's generous labels too, and of what its corners take up, learnt from drawn plates alone."""

    def __init__(self, net: DetectorNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        decoded = decode(self.net(images.float()), self.net.size.classes)
        corners = decoded.quads.unflatten(2, (4, 2))
        around = torch.cat([corners.amin(2), corners.amax(2)], 2)
        return (decoded.boxes + around) / 2, decoded.logits.sigmoid(), decoded.quads


def export(net: DetectorNet, path: Path, *, version: str, threshold: float = THRESHOLD) -> None:
    """Write `net` (on the CPU) to `path`: whole or not at all."""
    write(net, Exported(net), path, OUTPUTS, facts(version, threshold))


def write(net: DetectorNet, exported: nn.Module, path: Path, outputs: Sequence[str], facts: Mapping[str, str]) -> None:
    """Write `net` as what `exported` makes of it: whole or not at all. `facts` become the metadata."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".part")
    training = net.training
    net.eval()
    torch.onnx.export(
        exported,
        (torch.zeros(1, 3, 384, 640, dtype=torch.uint8),),
        str(half),
        input_names=["images"],
        output_names=list(outputs),
        dynamic_axes={
            "images": {0: "n", 2: "height", 3: "width"},
            **{name: {0: "n", 1: "cells"} for name in outputs},
        },
        opset_version=17,
        dynamo=False,
    )
    net.train(training)
    model = halve(take_bytes(onnx.load(str(half)), GREY, 1 / SPREAD))
    onnx.helper.set_model_props(model, dict(facts))
    onnx.save(model, str(half))
    half.replace(path)


def facts(version: str, threshold: float = THRESHOLD) -> dict[str, str]:
    """The metadata that the reader goes by."""
    return {
        "marque.kind": "detector",
        "marque.version": version,
        "marque.classes": ",".join(CLASSES),
        "marque.stride": str(STRIDE),
        "marque.size": json.dumps(POLICY),
        "marque.threshold": f"{threshold:g}",
    }


def load(checkpoint: Path) -> DetectorNet:
    """The averaged net of a checkpoint, ready to be used."""
    state = torch.load(checkpoint, weights_only=True)
    net = DetectorNet(NetSize.of(state["size"]))
    net.load_state_dict(state["average"])
    return net.eval()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, help="without one, an untrained net is written")
    parser.add_argument("--out", type=Path, default=MODELS / "plate-detector.onnx")
    parser.add_argument("--version", default="0")
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    options = parser.parse_args(arguments)
    net = load(options.checkpoint) if options.checkpoint else DetectorNet().eval()
    export(net, options.out, version=options.version, threshold=options.threshold)
    return 0


if __name__ == "__main__":
    sys.exit(main())
