"""What bodies look like: an example of each that a request may send, and of what reads and events come as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ID = "0196a1b2-0000-7000-8000-000000000001"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
EVENT: Mapping[str, Any] = {
    "schema": "marque.event/1",
    "id": ID,
    "revision": 2,
    "kind": "lost",
    "class": "normal",
    "site": "north",
    "camera": "gate",
    "zone": "drive",
    "direction": "approaching",
    "time": "2026-05-04T12:00:06Z",
    "first_seen": "2026-05-04T12:00:00Z",
    "last_seen": "2026-05-04T12:00:01Z",
    "timezone": "Europe/London",
    "plate": {
        "text": "8BC123",
        "raw": "8BC123",
        "display": "8BC 123",
        "confidence": 0.94,
        "characters": [
            {"char": "8", "confidence": 0.81, "alternatives": [{"char": "B", "confidence": 0.17}]},
            *({"char": char, "confidence": 0.99, "alternatives": []} for char in "BC123"),
        ],
        "candidates": [{"text": "8BC123", "confidence": 0.94}, {"text": "BBC123", "confidence": 0.05}],
        "region": {"code": "gb", "confidence": 0.88},
        "readings": 5,
        "box": [412, 300.5, 520, 332],
        "quad": [[412, 301], [519.5, 300.5], [520, 331], [412.5, 332]],
        "detection_confidence": 0.91,
    },
    "images": {"frame": DIGEST, "plate": DIGEST},
}
READ: Mapping[str, Any] = {"cursor": 7, "event": EVENT, "likeness": None}
CAMERA: Mapping[str, Any] = {"id": "gate", "source": "rtsp://192.168.1.20/stream1", "regions": ["gb"]}
BODIES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("post", "/v1/events"): {"application/json": [EVENT], "multipart/form-data": {"events": "[...]"}},
    ("post", "/v1/pictures/missing"): {"application/json": {"digests": [DIGEST]}},
    ("post", "/v1/read"): {"application/json": {"images": [{"name": "gate.jpg", "data": "/9j/4AAQSkZJRg=="}]}},
    ("patch", "/v1/reads/{id}"): {"application/json": {"text": "BBC 123", "reason": "the 8 is a B, see the picture"}},
    ("post", "/search/query"): {"application/json": {"query": "ABC", "filters": {"camera_id": "cam_01"}, "size": 20}},
    ("post", "/v1/session"): {"application/json": {"name": "anna", "password": "eight tall birches"}},
    ("put", "/v1/session/password"): {
        "application/json": {"current": "eight tall birches", "new": "nine small alders"}
    },
    ("post", "/v1/users"): {"application/json": {"name": "anna", "role": "operator", "cameras": ["gate"]}},
    ("patch", "/v1/users/{name}"): {"application/json": {"role": "investigator"}},
    ("post", "/v1/cameras"): {"application/json": CAMERA},
    ("post", "/v1/cameras/test"): {"application/json": CAMERA},
    ("put", "/v1/cameras/{id}"): {"application/json": CAMERA},
    ("post", "/v1/cameras/{id}/try"): {"application/json": {"min_plate_width": 60, "recognition_threshold": 0.7}},
    ("post", "/v1/deliveries/redrive"): {"application/json": {"ids": [12, 13]}},
    ("post", "/v1/keys"): {"application/json": {"name": "edge 1", "scopes": ["events:write"]}},
    ("post", "/v1/searches"): {"application/json": {"name": "night shift", "phrase": "black van @gate last night"}},
}
"""(method, path) -> kind of body -> an example of it"""
ANSWERS: Mapping[tuple[str, str], Any] = {
    ("get", "/v1/reads"): {"reads": [READ], "next": None, "count": {"count": 1, "exact": True}},
    ("get", "/v1/reads/{id}"): {**READ, "revisions": [{"cursor": 7, "event": EVENT}]},
    ("get", "/v1/events"): {"events": [{"cursor": 7, "event": EVENT}], "next_cursor": None},
    ("get", "/v1/events/{id}"): {"id": ID, "revisions": [{"cursor": 7, "event": EVENT}]},
}
"""(method, path) -> an example of what is answered"""


def add_to(document: dict[str, Any]) -> None:
    """Put the examples into an OpenAPI document."""
    for (method, path), examples in BODIES.items():
        if path in document["paths"]:
            content = document["paths"][path][method]["requestBody"]["content"]
            for kind, example in examples.items():
                content[kind]["example"] = example
    for (method, path), example in ANSWERS.items():
        document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["example"] = example
