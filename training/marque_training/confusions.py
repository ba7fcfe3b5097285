"""Count what the shipped recogniser reads for what is there, on drawn plates that no training saw and on the real crops
whose licence allows it. The table goes into the package, where searches rank by it.

Only readings that look like an attempt at the plate count: what is read of a hopeless smear says nothing of characters.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from marque.plates.alignment import align
from marque.plates.confusions import confusion
from marque.plates.misreading import MEASURED
from marque.vision.decode import decode
from marque.vision.heads import CtcHead, SlotHead
from marque_training.datasets import ALPHABET, CLEAN, CROP_SETS, load_crops
from marque_training.recognizer.evaluate import Outputs, infer, prepare
from marque_training.recognizer.export import MARGIN, MODELS
from marque_training.synth.crop import sample

SEED = 1_000_003
"""outside the seeds of every other drawing"""
CHUNK = 500
SURE = 0.05
"""confidence from which a reading counts"""
WRONG = 0.5
"""share of wrong characters up to which it counts"""
REPEAT = 5
"""how often a real crop counts: there are few of them"""

Counts = Counter[tuple[str, str]]
"""(read, there) -> how often; an empty string is no character"""


def cost(read: str, there: str) -> float:
    """Plain edit distance that prefers pairs which look alike."""
    if not read or not there:
        return 0.8
    return 0.0 if read == there else 1.0 - 0.5 * confusion(read, there)


def count(outputs: Outputs, texts: list[str], weight: int = 1) -> tuple[Counts, int]:
    """Character pairs of all readings that count, and how many readings those are."""
    counts: Counts = Counter()
    kept = 0
    for row, text in enumerate(texts):
        best = decode([SlotHead(outputs["slots"][row]), CtcHead(outputs["ctc"][row])], ALPHABET)[0]
        pairs = align("".join(c.char for c in best.characters), text, cost)
        wrong = sum(read != there for read, there in pairs)
        if text and best.confidence >= SURE and wrong <= WRONG * len(text):
            counts.update({pair: weight * times for pair, times in Counter(pairs).items()})
            kept += 1
    return counts, kept


def drawn(plates: int, seed: int) -> Iterator[tuple[np.ndarray, list[str]]]:
    """Crops [N, 64, 160] and their texts."""
    rng = np.random.default_rng(seed)
    for start in range(0, plates, CHUNK):
        samples = [sample(rng) for _ in range(min(CHUNK, plates - start))]
        yield np.stack([one.image for one in samples]), [one.text for one in samples]


def real() -> Iterator[tuple[np.ndarray, list[str]]]:
    """The clean crop sets that lie on this machine."""
    for crops in CROP_SETS:
        if crops.use == CLEAN:
            loaded = [crop for crop in load_crops(crops) if "*" not in crop.text]
            images = [prepare(crop.image, MARGIN if crops.tight else 0.0) for crop in loaded]
            yield np.stack(images), [crop.text for crop in loaded]


def write(path: Path, counts: Counts, head: str) -> None:
    """One line per pair: what is there, what was read, how often; ``-`` is no character."""
    lines = [f"{there or '-'}\t{read or '-'}\t{times}" for (read, there), times in counts.items()]
    path.write_text("\n".join([f"# {head}", *sorted(lines)]) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODELS / "plate-recognizer.onnx")
    parser.add_argument("--plates", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--to", type=Path, default=MEASURED)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    total: Counts = Counter()
    said = []
    for name, weight, source in (
        ("drawn plates", 1, drawn(options.plates, options.seed)),
        (f"real crops, each {REPEAT} times", REPEAT, real()),
    ):
        of = kept = 0
        for images, texts in source:
            counts, more = count(infer(options.model, images), texts, weight)
            total.update(counts)
            of, kept = of + len(texts), kept + more
            print(f"{name}: {kept} of {of}", flush=True)
        said.append(f"{kept} of {of} {name}")
    write(options.to, total, f"there, read, how often: {'; '.join(said)}; by {options.model.name}")


if __name__ == "__main__":
    main()
