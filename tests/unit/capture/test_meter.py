"""How busy a camera is."""

from __future__ import annotations

import pytest

from marque.capture.meter import LATENCIES, WINDOW, Meter, Rate


def test_frames_a_second_are_those_of_the_last_seconds() -> None:
    rate = Rate()
    for n in range(500):
        rate.count(100 + n / 25)
    assert rate.per_second(120.0) == pytest.approx(25, abs=0.2)
    assert rate.per_second(120.0 + WINDOW / 2) == pytest.approx(12.5, abs=0.2)
    assert rate.per_second(120.0 + WINDOW) == 0


def test_at_the_beginning_the_seconds_passed_count() -> None:
    rate = Rate()
    assert rate.per_second(5.0) == 0
    for n in range(50):
        rate.count(100 + n / 25)
    assert rate.per_second(102.0) == pytest.approx(25)


def test_latency_is_the_median_of_the_last_frames() -> None:
    meter = Meter()
    assert meter.latency_ms is None
    for seconds in [9.0] * LATENCIES + [0.05] * LATENCIES + [3.0]:
        meter.saw(seconds)
    assert meter.latency_ms == pytest.approx(50)


def test_drops_are_counted_by_reason() -> None:
    meter = Meter()
    for reason in ("replaced", "frame_skip", "replaced"):
        meter.drop(reason)
    assert meter.drops == {"replaced": 2, "frame_skip": 1}
