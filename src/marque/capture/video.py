"""Pictures out of video and into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np

from marque.types import Image

TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
"""telephones write the sensor's picture and say how to turn it"""
QUICK = {"preset": "veryfast", "crf": "20", "threads": "2"}
"""H.264 for clips that somebody waits for"""


def picture(frame: av.VideoFrame) -> Image:
    """The frame upright, HxWx3 BGR."""
    image = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
    turn = TURNS.get(round(frame.rotation) % 360)
    return image if turn is None else np.asarray(cv2.rotate(image, turn), np.uint8)


def write_video(
    path: Path,
    images: Iterable[Image],
    fps: float = 25.0,
    *,
    codec: str = "libx264",
    coding: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
) -> int:
    """Write pictures of one size (even width and height) as a video, its kind told by the suffix; how many there were.

    ``coding``: options of the codec; ``options``: those of FFmpeg's muxer. The folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with av.open(str(path), "w", options=dict(options or {})) as container:
        rate = Fraction(fps).limit_denominator(1001)
        stream = cast(av.VideoStream, container.add_stream(codec, rate=rate, options=dict(coding or {})))
        stream.pix_fmt = "yuv420p"
        for count, image in enumerate(images, 1):
            if count == 1:
                stream.height, stream.width = image.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return count
