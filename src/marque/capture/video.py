"""Pictures out of a decoder, for every source that reads video."""

from __future__ import annotations

import av
import cv2
import numpy as np

from marque.types import Image

TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
"""telephones write the sensor's picture and say how to turn it"""


def picture(frame: av.VideoFrame) -> Image:
    """The frame upright, HxWx3 BGR."""
    image = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
    turn = TURNS.get(round(frame.rotation) % 360)
    return image if turn is None else np.asarray(cv2.rotate(image, turn), np.uint8)
