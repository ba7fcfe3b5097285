"""Write the averaged weights of a checkpoint as the ONNX file that the package ships."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import onnx
import torch

from marque_training.compress import halve
from marque_training.datasets import ALPHABET, REGIONS
from marque_training.recognizer.net import HEIGHT, WIDTH, Deployed, NetConfig, Recognizer
from marque_training.recognizer.train import RUNS, build

MODELS = Path(__file__).parents[3] / "src" / "marque" / "models"
MARGIN = 0.06
OUTPUTS = ["slots", "ctc", "region"]
VERSION = "7"
"""of the published weights, one more each time"""


def load_average(checkpoint: Path) -> Recognizer:
    """The net with a checkpoint's averaged weights; a fresh one where there is no checkpoint yet."""
    if not checkpoint.exists():
        return build().eval()
    state = torch.load(checkpoint, weights_only=False, map_location="cpu")
    net = Recognizer(NetConfig(**{**state["config"], "channels": tuple(state["config"]["channels"])}))
    net.load_state_dict(state["average"])
    return net.eval()


def export(net: Recognizer, path: Path, temperature: dict[str, float] | None = None, version: str = VERSION) -> None:
    """Write `net` to `path` with the metadata that the runtime reads; the temperatures are folded into the graph."""
    fitted = temperature or {"slots": 1.0, "ctc": 1.0}
    joint = {"joint": fitted["joint"]} if "joint" in fitted else {}
    deployed = Deployed(net, fitted["slots"], fitted["ctc"]).eval()
    example = torch.randint(0, 255, (2, 1, HEIGHT, WIDTH), dtype=torch.uint8)
    part = path.with_suffix(".part")
    torch.onnx.export(
        deployed, (example,), str(part), input_names=["images"], output_names=OUTPUTS, opset_version=17, dynamo=False,
        dynamic_axes={name: {0: "batch"} for name in ["images", *OUTPUTS]},
    )  # fmt: skip
    model = onnx.load(str(part))
    values = {
        "marque.kind": "recognizer",
        "marque.version": version,
        "marque.alphabet": ALPHABET,
        "marque.regions": ",".join(REGIONS),
        "marque.margin": str(MARGIN),
        "marque.temperature": json.dumps({"slots": 1.0, "ctc": 1.0} | joint),
        "marque.fitted_temperature": json.dumps(fitted),
    }
    onnx.helper.set_model_props(model, values)
    onnx.save(halve(model), str(part))
    part.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=RUNS / "recognizer.pt")
    parser.add_argument("--to", type=Path, default=MODELS / "plate-recognizer.onnx")
    parser.add_argument("--temperature", type=Path, default=RUNS / "temperature.json")
    args = parser.parse_args()
    temperature = json.loads(args.temperature.read_text("utf-8")) if args.temperature.exists() else None
    torch.set_num_threads(1)
    export(load_average(args.checkpoint), args.to, temperature)


if __name__ == "__main__":
    main()
