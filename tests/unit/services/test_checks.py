"""Is a camera set up well?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import cv2
import numpy as np
import pytest

from cameras import NOON
from marque.capture.feed import CameraHealth, CameraState
from marque.capture.glances import Glance
from marque.plates.render import draw_plate
from marque.services.checks import Row, Verdict, angle_rows, flow_rows, picture_rows, plate_rows
from marque.types import Image

CROP = np.asarray(cv2.resize(draw_plate("AB12 CDE", "gb", 96), (160, 64), interpolation=cv2.INTER_AREA), np.uint8)
STREET = np.kron(np.random.default_rng(1).integers(60, 180, (90, 160, 1)), np.ones((8, 8, 3))).astype(np.uint8)
GATE = CameraHealth("gate", CameraState.UP, frames=100, fps=25, processed_fps=12, latency_ms=80)


def glance(track: int, width: float = 120, *, sharp: float = 0.5, tilt: float = 2, skew: float = 3) -> Glance:
    return Glance(track, NOON + timedelta(seconds=track), width, sharp, tilt, skew)


def named(rows: object) -> dict[str, Row]:
    assert hasattr(rows, "__iter__")
    return {row.name: row for row in rows}


def smeared(image: Image, *, across: int = 1, down: int = 1) -> Image:
    return np.asarray(cv2.blur(image, (across, down)), np.uint8)


def test_a_camera_that_is_set_up_well_is_good_throughout() -> None:
    rows = named([
        *plate_rows([glance(n) for n in range(5)], [CROP]),
        *picture_rows(STREET),
        *flow_rows(GATE, live=True),
        *angle_rows([glance(1)]),
    ])  # fmt: skip
    assert {name: row.verdict for name, row in rows.items()} == dict.fromkeys(rows, Verdict.GOOD)
    assert list(rows) == [
        "plate_width", "plate_width_p10", "plate_sharpness", "motion_blur", "plate_clipped",
        "picture_sharpness", "brightness", "clipped_dark", "clipped_bright",
        "frame_rate", "processed_rate", "latency", "dropped", "plate_tilt", "plate_skew",
    ]  # fmt: skip
    assert all(row.advice.endswith(".") for row in rows.values())


def test_where_nothing_was_seen_yet_it_says_what_to_do() -> None:
    rows = named([*plate_rows([], []), *picture_rows(None), *flow_rows(None, live=False), *angle_rows([])])
    assert {row.verdict for row in rows.values()} == {Verdict.UNKNOWN}
    assert {row.value for row in rows.values()} == {None}
    assert rows["plate_width"].advice == "No plate has been read yet: let a vehicle pass."
    assert rows["brightness"].advice == "There is no picture yet: is the camera running?"


def test_a_vehicle_counts_where_it_is_nearest() -> None:
    coming = [glance(1, width) for width in (20, 40, 80, 130)] + [glance(2, width) for width in (30, 110)]
    row = named(plate_rows(coming, []))["plate_width"]
    assert (row.value, row.verdict) == (120, Verdict.GOOD)


@pytest.mark.parametrize(("width", "verdict"), [(100, "good"), (99, "weak"), (70, "weak"), (69, "bad")])
def test_narrow_plates_are_weak_and_then_bad(width: float, verdict: str) -> None:
    row = named(plate_rows([glance(1, width)], []))["plate_width"]
    assert (row.value, row.unit, row.verdict) == (width, "px", verdict)
    assert ("Zoom in" in row.advice) == (verdict != "good")


def test_the_smallest_plates_need_some_vehicles() -> None:
    two, ten = ([glance(n, 40 if n == 0 else 120) for n in range(count)] for count in (2, 10))
    row = named(plate_rows(two, []))["plate_width_p10"]
    assert (row.verdict, row.advice) == (Verdict.UNKNOWN, "Fewer than three vehicles were read yet: let more pass.")
    row = named(plate_rows(ten, []))["plate_width_p10"]
    assert (row.value, row.verdict) == (112, Verdict.GOOD)


def test_plates_that_their_movement_smears_say_which_way() -> None:
    side = named(plate_rows([], [smeared(CROP, across=15)]))["motion_blur"]
    down = named(plate_rows([], [smeared(CROP, down=15)]))["motion_blur"]
    assert (side.verdict, down.verdict) == (Verdict.BAD, Verdict.BAD)
    assert side.advice.startswith("Plates are smeared sideways: shorten the shutter time")
    assert down.advice.startswith("Plates are smeared up and down: ")


def test_a_soft_picture_is_bad() -> None:
    assert named(picture_rows(smeared(STREET, across=31, down=31)))["picture_sharpness"].verdict is Verdict.BAD


@pytest.mark.parametrize(("level", "says"), [(2, "The picture is dark"), (250, "The picture is too bright")])
def test_too_dark_and_too_bright_are_told_apart(level: int, says: str) -> None:
    rows = named(picture_rows(np.full((360, 640, 3), level, np.uint8)))
    assert (rows["brightness"].verdict, rows["brightness"].advice.split(":")[0]) == (Verdict.BAD, says)
    clipped = rows["clipped_dark" if level < 100 else "clipped_bright"]
    assert (clipped.value, clipped.verdict) == (100, Verdict.BAD)


def test_plates_that_are_blown_out_are_bad() -> None:
    assert named(plate_rows([], [np.full((64, 160, 3), 255, np.uint8)]))["plate_clipped"].verdict is Verdict.BAD


def test_few_late_and_dropped_frames_are_told() -> None:
    slow = replace(GATE, fps=4, processed_fps=3, latency_ms=3000, drops={"replaced": 70, "frame_skip": 20})
    rows = named(flow_rows(slow, live=True))
    assert {row.verdict for row in rows.values()} == {Verdict.BAD}
    assert rows["dropped"].value == 70
    assert named(flow_rows(slow, live=False))["latency"].advice == "Only a live camera has this."


def test_slanted_plates_are_told() -> None:
    rows = named(angle_rows([glance(1, tilt=18, skew=40)]))
    assert (rows["plate_tilt"].verdict, rows["plate_skew"].verdict) == (Verdict.WEAK, Verdict.BAD)
