"""What one picture's plate lacks to be told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cameras import NOON, Seen, read_as
from marque.capture.verdict import verdict
from marque.config import CameraSettings
from marque.types import Box, Frame
from plate_readings import reading

HERE = Box(100, 100, 200, 125)
LEFT = {"name": "lane", "polygon": [(0, 0), (0.5, 0), (0.5, 1), (0, 1)]}


def judged(seen: Seen, *, stills: bool = False, **settings: Any) -> str | None:
    camera = CameraSettings.model_validate({"id": "gate", "source": "scene:", **settings})
    frame = Frame(np.zeros((360, 640, 3), np.uint8), "gate", NOON, 0)
    reason = verdict(camera, frame, seen.detection, read_as(seen.reading, seen.detection), stills=stills)
    return str(reason) if reason else None


def test_a_good_plate_lacks_nothing_even_where_many_readings_must_agree() -> None:
    assert judged(Seen(reading("AB12CDE"), HERE), min_readings=5, zones=[LEFT]) is None


@pytest.mark.parametrize(
    ("seen", "settings", "why"),
    [
        (Seen(reading("AB12CDE"), Box(400, 100, 500, 125)), {"zones": [LEFT]}, "outside_zones"),
        (Seen(reading("AB12CDE"), HERE), {"zones": [LEFT | {"exclude": True}]}, "excluded"),
        (Seen(reading("AB12CDE"), HERE, score=0.3), {"detection_threshold": 0.5}, "weak"),
        (Seen(reading("AB12CDE"), HERE), {"min_plate_width": 120}, "too_narrow"),
        (Seen(reading("AB12CDE"), Box(0, 100, 100, 125)), {}, "cut"),
        (Seen(reading(""), HERE), {}, "no_text"),
        (Seen(reading("AB1"), HERE), {}, "too_short"),
        (Seen(reading("AB12CDE"), Box(100, 100, 200, 300)), {}, "geometry"),
        (Seen(reading("AB12CDEF", 0.9), HERE), {}, "no_format"),
        (Seen(reading("AB12CDE", 0.9), HERE), {"recognition_threshold": 0.6}, "low_confidence"),
    ],
)
def test_the_first_obstacle_is_the_reason(seen: Seen, settings: dict[str, Any], why: str) -> None:
    assert str(judged(seen, **settings)).startswith(f"{why}: ")


def test_a_still_is_judged_even_where_its_border_cuts_the_plate() -> None:
    assert judged(Seen(reading("AB12CDE"), Box(0, 100, 100, 125)), stills=True) is None
