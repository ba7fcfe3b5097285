"""What every bench's result says about itself, and where it is kept."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results"


def spread(milliseconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    median, p95 = np.percentile(milliseconds, [50, 95])
    return {"median": round(float(median), 3), "p95": round(float(p95), 3)}


def peak_rss_mb() -> float:
    """The most memory this process itself has held, in MiB: ``ru_maxrss`` would begin with what its parent held."""
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:")]
        return round(int(line.split()[1]) / 2**10, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 1)


def machine() -> dict[str, Any]:
    """Where it was measured, and how busy that was: other load spoils timings."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "onnxruntime": version("onnxruntime"),
        "openvino": version("openvino") if find_spec("openvino") else None,
        "opencv": version("opencv-python-headless"),
    }


def save(name: str, result: Mapping[str, Any]) -> Path:
    """Print the result and keep it as ``bench/results/<name>-<time>.json``; gives that path."""
    now = datetime.now(UTC)
    whole = {
        "bench": name,
        "time": now.isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": machine(),
        **result,
    }
    text = json.dumps(whole, indent=2) + "\n"
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}-{now:%Y%m%d-%H%M%S}.json"
    path.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return path


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _commit() -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    return done.stdout.strip()
