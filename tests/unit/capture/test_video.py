"""Video written and read again."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cameras import FakeClock, drain
from clips import picture
from marque.capture import video
from marque.capture.sources import file
from marque.ports import SourceContext


def test_what_was_written_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "made" / "clip.mp4"
    assert video.write_video(path, [picture(n) for n in range(5)], fps=12.5) == 5
    frames, _ = drain(file.build(file.Config(path=path), SourceContext("gate", FakeClock())))
    assert len(frames) == 5
    assert (frames[1].time - frames[0].time).total_seconds() == pytest.approx(0.08)
    difference = np.abs(frames[2].image.astype(int) - picture(2).astype(int))
    assert difference.mean() < 6


@pytest.mark.parametrize(("degrees", "corner"), [(0, (0, 0)), (-90, (0, -1)), (90, (-1, 0)), (180, (-1, -1))])
def test_a_telephones_picture_is_turned_upright(degrees: int, corner: tuple[int, int]) -> None:
    image = np.zeros((4, 6, 3), np.uint8)
    image[0, 0] = 255
    frame: Any = SimpleNamespace(rotation=degrees, to_ndarray=lambda **_: image)
    assert video.picture(frame)[corner].tolist() == [255, 255, 255]
