"""Video files, written."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av

from marque.types import Image


def write_clip(path: Path, images: Iterable[Image], fps: float) -> int:
    """Write HxWx3 BGR pictures of one size as H.264, making the folder; how many there were."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000), options=FAST)
        stream.pix_fmt = "yuv420p"
        for count, image in enumerate(images, 1):
            if count == 1:
                stream.height, stream.width = image.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    return count


FAST = {"preset": "veryfast", "crf": "20", "threads": "2"}
