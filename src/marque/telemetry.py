"""Counters every part emits (Prometheus) and structured logs. One :class:`Telemetry` per running system."""

from __future__ import annotations

import logging
import sys

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

LATENCY = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56)


class Telemetry:
    """The system's figures. Every drop has a reason; ``render`` gives the Prometheus text."""

    def __init__(self) -> None:
        self.registry = r = CollectorRegistry()
        self.frames = Counter("marque_frames", "Frames a camera's pipeline took", ["camera"], registry=r)
        self.drops = Counter("marque_drops", "Things dropped, and why", ["part", "reason"], registry=r)
        self.events = Counter(
            "marque_events", "Events written to the log", ["camera", "kind", "event_class"], registry=r
        )
        self.readings = Counter("marque_readings", "Crops given to the recogniser", ["camera"], registry=r)
        self.stage = Histogram("marque_stage_seconds", "Seconds per stage", ["stage"], buckets=LATENCY, registry=r)
        self.camera_up = Gauge("marque_camera_up", "1 while the camera gives frames", ["camera"], registry=r)
        self.reconnects = Counter("marque_reconnects", "Times a camera was connected again", ["camera"], registry=r)
        self.attempts = Counter("marque_delivery_attempts", "Delivery attempts", ["sink", "outcome"], registry=r)
        self.pending = Gauge("marque_deliveries_pending", "Deliveries that are still owed", ["sink"], registry=r)
        self.breaker = Gauge("marque_sink_breaker_open", "1 while a sink is paused", ["sink"], registry=r)

    def render(self) -> bytes:
        return generate_latest(self.registry)


def setup_logs(level: str = "info", style: str = "console") -> None:
    """Logs to stderr, as lines for people (``console``) or as JSON (``json``)."""
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    renderer = structlog.processors.JSONRenderer() if style == "json" else console
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        # Looked up for every line, not once: whoever replaced stderr meanwhile gets what comes now.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
