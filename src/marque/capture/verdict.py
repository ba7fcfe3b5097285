"""What one picture's plate lacks to be told, as far as one picture can say."""

from __future__ import annotations

from marque.capture import judge
from marque.capture.judge import Reason
from marque.capture.visit import Sight
from marque.capture.zones import Zones
from marque.config import CameraSettings
from marque.types import Detection, Frame, PlateRead


def verdict(
    camera: CameraSettings, frame: Frame, detection: Detection, read: PlateRead, *, stills: bool = False
) -> Reason | None:
    """Why a plate of the frame would not be told as one to be trusted, the first obstacle on its way; None when it
    would. That ``min_readings`` agree only more frames can show.
    """
    size = (frame.image.shape[1], frame.image.shape[0])
    cut = Sight(0, detection, frame.time, frame.sequence, size).cut and not stills
    return (
        Zones(camera.zones).refuses(detection.box, size)
        or judge.weakness(detection.score, camera.detection_threshold or 0.0)
        or judge.unreadable(detection.box.width, camera.min_plate_width, cut)
        or (None if read.text else judge.unread(1))
        or judge.doubt(read, size, camera.min_plate_length)
        or judge.shortfall(1, 1, read.confidence, camera.recognition_threshold)
    )
