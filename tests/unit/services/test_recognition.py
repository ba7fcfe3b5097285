"""Pictures that are read for others: what is left out of an answer is counted."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from marque.clock import SystemClock
from marque.config import RecognitionSettings
from marque.services.answers import Choice
from marque.services.recognition import Recognition, Upload
from marque.telemetry import Telemetry
from marque.types import Image, Vehicle
from marque.vision.reader import TimedReads

STREET = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()


class Nets:
    """Finds two things in every picture that carry no text."""

    def read_timed(self, image: Image, regions: Sequence[str] = ()) -> TimedReads:
        del image, regions
        return TimedReads([], 1.0, 1.0, 2.0, nothing=2)

    read_plate_timed = read_timed

    def vehicles(self, image: Image) -> list[Vehicle]:
        del image
        return []


def test_finds_that_carry_no_text_are_counted() -> None:
    telemetry = Telemetry()
    recognition = Recognition(Nets, RecognitionSettings(), SystemClock(), telemetry)
    told = recognition.submit(Upload("image.0", "street.jpg", STREET), Choice()).result(timeout=60)
    recognition.stop()
    assert told.body["plates"] == []
    assert b'marque_drops_total{part="recognition",reason="no_text"} 2.0' in telemetry.render()
