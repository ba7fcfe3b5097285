"""Frames per second, ms per stage and memory of watching a 1280x720 clip with a readable plate in 20 % of its frames.

    python bench/run.py [--vehicles 4]

The clip is drawn and encoded first (H.264, 25 frames a second). Each setting runs in a process of its own, with the
motion gate and without it: the gate is what an empty street costs. The last one looks for vehicles as well.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marque import Reader
from marque.capture.pool import CameraPool
from marque.capture.sources import scene
from marque.capture.video import write_video
from marque.clock import SystemClock
from marque.config import CameraSettings, ReaderSettings
from marque.telemetry import Telemetry, setup_logs
from marque.types import EventKind, PlateEvent
from marque.vision.models import used
from report import peak_rss_mb, save

SHARE = 0.2
ONE, TWO = ("--threads", "1"), ("--threads", "2")
SETTINGS = (ONE, TWO, (*ONE, "--no-gate"), (*TWO, "--no-gate"), (*ONE, "--find"))
"""the words of each run"""


def street(vehicles: int) -> scene.Config:
    return scene.Config(seed=11, vehicles=vehicles, plate_share=SHARE)


def measure(clip: Path, config: scene.Config, threads: int, gate: bool, find: bool) -> dict[str, Any]:
    """One setting in this process."""
    telemetry, events = Telemetry(), list[PlateEvent]()

    def emit(event: PlateEvent, _: Mapping[str, bytes]) -> None:
        events.append(event)

    camera = CameraSettings(id="bench", source=str(clip), motion_gate=gate, vehicles=find)
    reader = Reader(ReaderSettings(threads=threads))
    pool = CameraPool([camera], lambda: reader, emit, SystemClock(), telemetry, finder=lambda: reader.finder)
    start, busy = time.perf_counter(), cpu_seconds()
    pool.start()
    pool.wait()
    seconds, cpu = time.perf_counter() - start, cpu_seconds() - busy
    pool.stop()
    frames = pool.health()[0].frames
    told = {e.read.text for e in events if e.kind is EventKind.LOST and e.read and e.event_class == "normal"}
    true = {one.text for one in scene.truth(config)}
    return {
        "device": used("auto"),
        "threads": threads,
        "motion_gate": gate,
        "find_vehicles": find,
        "frames": frames,
        "frames_per_second": round(frames / seconds, 1),
        "cpu_ms_per_frame": round(1e3 * cpu / frames, 2),
        "ms": stages(telemetry),
        "peak_rss_mb": peak_rss_mb(),
        "vehicles": len(true),
        "read_right": len(told & true),
        "read_wrong": len(told - true),
    }


def stages(telemetry: Telemetry) -> dict[str, dict[str, float]]:
    """Mean milliseconds of a batch in each stage, and how many batches went through it."""
    samples = {s.name + str(s.labels.get("stage")): s.value for m in telemetry.stage.collect() for s in m.samples}
    names = {s.labels["stage"] for m in telemetry.stage.collect() for s in m.samples}
    counts = {name: samples[f"marque_stage_seconds_count{name}"] for name in sorted(names)}
    return {
        name: {"mean": round(1e3 * samples[f"marque_stage_seconds_sum{name}"] / count, 2), "batches": count}
        for name, count in counts.items()
    }


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def apart(clip: Path, vehicles: int, *more: str) -> str:
    """One step in a process of its own, so that none warms or fattens the next."""
    words = [sys.executable, __file__, "--clip", str(clip), "--vehicles", str(vehicles), *more]
    return subprocess.run(words, capture_output=True, text=True, timeout=600, check=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vehicles", type=int, default=4)
    parser.add_argument("--clip", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--draw", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--no-gate", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--find", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.clip:
        step(options)
        return
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "street.mp4"
        apart(clip, options.vehicles, "--draw")
        results = [json.loads(apart(clip, options.vehicles, *words)) for words in SETTINGS]
    save("run", {"clip": f"1280x720, a plate in {SHARE:.0%} of the frames", "results": results})


def step(options: argparse.Namespace) -> None:
    """What a child process does: draw the clip, or measure one setting and print it."""
    config = street(options.vehicles)
    setup_logs("error")
    if options.draw:
        write_video(options.clip, scene.draw(config), config.fps)
        return
    found = measure(options.clip, config, options.threads, not options.no_gate, options.find)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
