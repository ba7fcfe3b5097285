"""The demo ends by itself, and what it prints holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import pytest

pytestmark = pytest.mark.system


def test_the_demo_reads_its_street_and_leaves_an_annotated_video(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "marque.cli", "demo", "--vehicles", "1", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 of 1 plates read right" in done.stdout
    assert "1 new" in done.stdout
    assert "1 lost" in done.stdout
    with av.open(str(tmp_path / "annotated.mp4")) as clip:
        assert sum(1 for _ in clip.decode(video=0)) > 50
    assert (tmp_path / "data" / "marque.db").exists()
