"""What people type as a source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from marque.capture.sources import parse_source


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rtsp://u:p@10.0.0.2:554/s1", {"type": "rtsp", "url": "rtsp://u:p@10.0.0.2:554/s1"}),
        ("srt://10.0.0.2:9000", {"type": "rtsp", "url": "srt://10.0.0.2:9000"}),
        ("https://cam/live/index.m3u8?t=1", {"type": "rtsp", "url": "https://cam/live/index.m3u8?t=1"}),
        ("http://cam/snap.jpg", {"type": "http", "url": "http://cam/snap.jpg"}),
        ("http://cam/video?camera=1", {"type": "http", "url": "http://cam/video?camera=1"}),
        ("scene:", {"type": "scene"}),
        ("scene:seed=3&night=true", {"type": "scene", "seed": "3", "night": "true"}),
        ("clips/gate.mp4", {"type": "file", "path": "clips/gate.mp4"}),
        ("file:///clips/gate.mp4", {"type": "file", "path": "/clips/gate.mp4"}),
    ],
)
def test_a_source_is_known_by_how_it_is_written(text: str, expected: dict[str, Any]) -> None:
    assert parse_source(text) == expected


def test_a_folder_is_watched(tmp_path: Path) -> None:
    assert parse_source(str(tmp_path)) == {"type": "folder", "path": str(tmp_path)}
