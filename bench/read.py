"""Speed and memory of reading one 1280x720 picture with one plate, beside RapidOCR's text detection and recognition.

    python bench/read.py [--runs 60]

Marque's networks run on ONNX Runtime and on OpenVINO, in FP32 and in INT8. Each engine runs in a process of its own,
one after the other, so that none warms or fattens the next. RapidOCR reads all text of a picture, with its own networks
and defaults: it is the nearest thing that people take off a shelf.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import rapidocr

from marque import Reader
from marque.capture.sources import scene
from marque.config import ReaderSettings
from marque.types import Image
from report import peak_rss_mb, save, spread

TEXT = "B-MX 4711"
WARM_UP = 32
"""pictures: runtimes may still compile until then"""
THREADS = (1, 2)
PEER = "rapidocr"
DEVICES = {"ort": "cpu", "openvino": "openvino"}
ENGINES = (*(f"marque-{runtime}-{precision}" for runtime in DEVICES for precision in ("fp32", "int8")), PEER)
COLUMNS = ("engine", "threads", "detect", "recognize", "total ms", "p95", f"times {PEER}", "MiB", "first ms", "read")

Stages = dict[str, float]
"""milliseconds by stage"""


def picture() -> Image:
    """A drawn street, 1280x720, with one vehicle in the middle of its way."""
    config = scene.Config(seed=1, texts=(TEXT,), region="de", vehicles=1, fps=5, gap=0)
    [way] = scene.truth(config)
    return next(islice(scene.draw(config), (way.first + way.last) // 2, None))


def marque(threads: int, engine: str) -> Callable[[Image], tuple[list[str], Stages]]:
    _, runtime, precision = engine.split("-")
    options = {"type": "marque", "precision": precision}
    reader = Reader(
        ReaderSettings.model_validate(
            {"device": DEVICES[runtime], "threads": threads, "detector": options, "recognizer": options}
        )
    )

    def read(image: Image) -> tuple[list[str], Stages]:
        timed = reader.read_timed(image)
        stages = {"detect": timed.detect_ms, "recognize": timed.recognize_ms, "total": timed.total_ms}
        return [plate.text for plate in timed.reads], stages

    return read


def rapid(threads: int) -> Callable[[Image], tuple[list[str], Stages]]:
    engine = rapidocr.RapidOCR(
        params={"Global.log_level": "error", "EngineConfig.onnxruntime.intra_op_num_threads": threads}
    )

    def read(image: Image) -> tuple[list[str], Stages]:
        start = time.perf_counter()
        out: Any = engine(image, use_cls=False)
        return list(out.txts or ()), {"total": 1e3 * (time.perf_counter() - start)}

    return read


def measure(engine: str, threads: int, runs: int) -> dict[str, Any]:
    """One engine in this process."""
    image, began = picture(), time.perf_counter()
    read = rapid(threads) if engine == PEER else marque(threads, engine)
    read(image)
    first = 1e3 * (time.perf_counter() - began)
    for _ in range(1 if engine == PEER else WARM_UP):
        read(image)
    start = time.perf_counter()
    answers = [read(image) for _ in range(runs)]
    seconds = time.perf_counter() - start
    stages = {stage: spread([ms[stage] for _, ms in answers]) for stage in answers[0][1]}
    return {
        "engine": engine,
        "threads": threads,
        "pictures": runs,
        "pictures_per_second": round(runs / seconds, 1),
        "ms": stages,
        "first_ms": round(first, 1),
        "peak_rss_mb": peak_rss_mb(),
        "read": answers[0][0],
    }


def apart(engine: str, threads: int, runs: int) -> dict[str, Any]:
    """:func:`measure` in a process of its own."""
    words = [sys.executable, str(Path(__file__)), "--engine", engine, "--threads", str(threads), "--runs", str(runs)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """As Markdown, with how many times faster than the peer on as many threads each engine is (medians)."""
    peers = {r["threads"]: r["ms"]["total"]["median"] for r in results if r["engine"] == PEER}
    rows = [" | ".join(COLUMNS), " | ".join("---" for _ in COLUMNS)]
    for r in results:
        detect, recognize, total = (r["ms"].get(stage, {}) for stage in ("detect", "recognize", "total"))
        faster = peers[r["threads"]] / total["median"] if r["threads"] in peers else float("nan")
        cells = [r["engine"], r["threads"], detect.get("median", ""), recognize.get("median", ""), total["median"]]
        cells += [total["p95"], f"{faster:.1f}", r["peak_rss_mb"], r["first_ms"], ", ".join(r["read"])]
        rows.append(" | ".join(map(str, cells)))
    return "".join(f"| {row} |\n" for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES)
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        sys.stdout.write(json.dumps(measure(options.engine, options.threads, options.runs)) + "\n")
        return
    results = [apart(engine, threads, options.runs) for threads in THREADS for engine in options.engines]
    save("read", {"picture": "1280x720, one plate", "results": results})
    sys.stdout.write(table(results))


if __name__ == "__main__":
    main()
