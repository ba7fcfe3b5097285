"""Where frames come from: one plugin per file."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

STREAMS = {"rtsp", "rtsps", "rtmp", "rtmps", "srt", "udp", "rtp", "tcp"}
STREAM_FILES = {".m3u8", ".ts", ".mp4", ".mkv", ".flv", ".webm"}
"""over HTTP, these are videos; anything else is a snapshot or MJPEG"""


def parse_source(text: str) -> dict[str, Any]:
    """What people type as a source, as the mapping that a settings file would hold: ``rtsp://...``, ``http://...``, a
    file, a folder, or ``scene:seed=3&night=true``. Whether it exists is found out when it is opened.
    """
    scheme, _, rest = text.partition(":")
    if scheme == "scene":
        return {"type": "scene", **dict(parse_qsl(rest, keep_blank_values=True))}
    if scheme in STREAMS:
        return {"type": "rtsp", "url": text}
    if scheme in {"http", "https"}:
        video = Path(urlsplit(text).path).suffix.lower() in STREAM_FILES
        return {"type": "rtsp" if video else "http", "url": text}
    path = text.removeprefix("file://")
    return {"type": "folder" if Path(path).is_dir() else "file", "path": path}
