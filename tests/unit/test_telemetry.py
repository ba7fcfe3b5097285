"""Logs go to stderr, for people or for machines; counters to Prometheus."""

from __future__ import annotations

import json

import pytest
import structlog

from marque.telemetry import Telemetry, setup_logs


def test_logs_are_lines_without_colours_where_nobody_sees_them(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logs("info")
    structlog.get_logger().info("camera up", camera="gate")
    told = capsys.readouterr()
    assert told.out == ""
    assert "camera up" in told.err
    assert "\x1b" not in told.err


def test_logs_may_be_json(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logs("debug", "json")
    structlog.get_logger().debug("swept", events=3)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"], line["events"]) == ("swept", "debug", 3)


def test_what_matters_less_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logs("warning")
    structlog.get_logger().info("camera up")
    assert capsys.readouterr().err == ""


def test_counters_are_rendered_for_prometheus() -> None:
    telemetry = Telemetry()
    telemetry.drops.labels("log", "duplicate").inc()
    assert b'marque_drops_total{part="log",reason="duplicate"} 1.0' in telemetry.render()
