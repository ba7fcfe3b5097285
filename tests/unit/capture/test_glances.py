"""What the last plates say about how a camera is mounted."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cameras import NOON
from gates import always, frames, gate, watch
from marque.capture.glances import CROPS, ROOM, Glance, Glances, skew, tilt
from marque.types import Box, Quad


def turned(degrees: float, *, lean: float = 0.0) -> Quad:
    """A plate turned as a whole, its sides leaning further."""

    def corner(x: float, y: float) -> tuple[float, float]:
        x += y * math.tan(math.radians(lean))
        way = math.radians(degrees)
        return 200 + x * math.cos(way) - y * math.sin(way), 200 + x * math.sin(way) + y * math.cos(way)

    return Quad((corner(-50, -12), corner(50, -12), corner(50, 12), corner(-50, 12)))


@pytest.mark.parametrize("degrees", [-20, 0, 5, 30])
@pytest.mark.parametrize("lean", [-30, 0, 15])
def test_tilt_and_skew_are_told_apart(degrees: float, lean: float) -> None:
    quad = turned(degrees, lean=lean)
    assert tilt(quad) == pytest.approx(abs(degrees))
    assert skew(quad) == pytest.approx(abs(lean))


def test_a_plate_without_any_height_has_angles_too() -> None:
    flat = Quad.of(Box(0, 0, 10, 0))
    assert tilt(flat) == 0
    assert skew(flat) == pytest.approx(90)


def test_the_last_readings_and_fewer_crops_are_kept() -> None:
    kept = Glances()
    for n in range(ROOM + 5):
        kept.add(Glance(n, NOON, 100, 0.5, 0, 0), np.zeros((1, 1, 3), np.uint8))
    readings, crops = kept.all()
    assert (len(readings), readings[0].track, len(crops)) == (ROOM, 5, CROPS)


def test_a_camera_keeps_what_it_read_and_not_what_said_nothing() -> None:
    reader, silent = always(), always(text="")
    for one, some in ((reader, True), (silent, False)):
        camera = gate(one)
        watch(camera, one, frames())
        readings, crops = camera.glances.all()
        assert (bool(readings), bool(crops)) == (some, some)
        assert all(reading.width == 30 for reading in readings)
