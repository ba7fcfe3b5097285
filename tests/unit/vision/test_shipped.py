"""The networks in the package, through the whole reader, on pictures that the project draws itself."""

from __future__ import annotations

from itertools import islice

import cv2
import numpy as np
import pytest

from marque import Reader
from marque.capture.sources import scene
from marque.config import ReaderSettings
from marque.plates import fold
from marque.plates.render import draw_plate
from marque.types import Image
from marque.vision.runtimes import openvino

WAYS = [
    pytest.param(
        (device, precision),
        marks=pytest.mark.skipif(device == "openvino" and not openvino.installed(), reason="no extra"),
    )
    for device in ("cpu", "openvino")
    for precision in ("fp32", "int8")
]


@pytest.fixture(params=WAYS, scope="module", ids="-".join)
def reader(request: pytest.FixtureRequest) -> Reader:
    device, precision = request.param
    options = {"type": "marque", "precision": precision}
    return Reader(ReaderSettings(device=device, detector=options, recognizer=options))


def street(text: str, region: str, seed: int, width: int = 1280, height: int = 720) -> Image:
    """The middle of a vehicle's readable way through a drawn street."""
    config = scene.Config(seed=seed, texts=(text,), region=region, vehicles=1, fps=5, gap=0, width=width, height=height)
    [way] = scene.truth(config)
    return next(islice(scene.draw(config), (way.first + way.last) // 2, None))


@pytest.mark.parametrize(
    ("text", "region"), [("B-MX 4711", "de"), ("AB12 CDE", "gb"), ("7ABC123", "us-ca"), ("DX-815-TL", "fr")]
)
def test_a_drawn_plate_is_read(reader: Reader, text: str, region: str) -> None:
    [read] = reader.read_plate_timed(draw_plate(text, region, 48)).reads
    assert fold(read.text) == fold(text)


@pytest.mark.parametrize(
    ("text", "region", "seed"), [("B-MX 4711", "de", 1), ("AB12 CDE", "gb", 2), ("HC 83 KWO", "eu", 3)]
)
def test_a_plate_in_a_drawn_street_is_found_and_read(reader: Reader, text: str, region: str, seed: int) -> None:
    reads = reader.read(street(text, region, seed))
    assert reads
    assert fold(reads[0].text) == fold(text)


def car_from_behind() -> Image:
    """1920x1080, the car 260 pixels wide: body, window, bumper, lamps and wheels, sharp-edged."""
    picture = np.full((1080, 1920, 3), 140, np.uint8)
    picture[500:760, 780:1030] = (120, 60, 40)
    picture[520:600, 810:1000] = 30
    picture[680:740, 775:1035] = 25
    for left in (785, 985):
        picture[610:640, left : left + 40] = (30, 30, 200)
        picture[750:790, left + 5 : left + 45] = 10
    return picture


def test_a_small_plate_in_a_large_photo_is_found(reader: Reader) -> None:
    picture = cv2.GaussianBlur(car_from_behind(), (0, 0), 2)
    plate = draw_plate("KL 55 M 1234", "eu", 11)
    height, width = plate.shape[:2]
    picture[650 : 650 + height, 880 : 880 + width] = plate
    assert 38 <= width <= 60
    [[found, *_]] = reader.detect([np.asarray(picture, np.uint8)])
    assert found.box.center == pytest.approx((880 + width / 2, 650 + height / 2), abs=6)


def test_nothing_is_read_surely_in_an_empty_street(reader: Reader) -> None:
    empty = next(scene.draw(scene.Config(seed=4, vehicles=0, gap=1, fps=5)))
    assert [read.text for read in reader.read(empty) if read.confidence > 0.3] == []


def test_hostile_pictures_do_no_harm(reader: Reader) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (333, 777, 3), dtype=np.uint8)
    for picture in (noise, noise[:1, :1], noise[:1], noise[:, :2], np.zeros((40, 3000, 3), np.uint8)):
        for read in reader.read(np.ascontiguousarray(picture)) + reader.read_plate_timed(picture).reads:
            assert 0 <= read.confidence <= 1
            assert read.candidates
