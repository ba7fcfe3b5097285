"""Pictures in, plate reads out: every way in gives the same reads, and every part can be used alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from marque import Reader
from marque.config import ReaderSettings
from marque.errors import ConfigError, ImageError, ModelError, UnknownPlugin
from marque.types import Box, Candidate, Character, Detection, Hypothesis, Image, PlateRead, Quad, Reading
from marque.vision.reader import BATCH, TRUST, calibrated
from tiny_nets import bright_detector, constant_recognizer


class Ticks:
    """A clock that moves ten milliseconds whenever it is asked."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        self.seconds += 0.01
        return self.seconds

    def now(self) -> Any:
        raise AssertionError("reading needs no wall time")


def picture(at: tuple[int, int, int, int] | None = (100, 80, 260, 120)) -> Image:
    image = np.zeros((240, 320, 3), np.uint8)
    if at:
        image[at[1] : at[3], at[0] : at[2]] = 255
    return image


def settings(folder: Path, text: str = "AB12CDE", **detector: Any) -> ReaderSettings:
    return ReaderSettings(
        detector={"type": "marque", "path": str(bright_detector(folder / "d.onnx")), "verifier": False, **detector},
        recognizer={"type": "marque", "path": str(constant_recognizer(folder / "r.onnx", text))},
    )


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(settings(tmp_path_factory.mktemp("nets")), clock=Ticks())


def test_a_plate_is_found_and_read(reader: Reader) -> None:
    [read] = reader.read(picture())
    assert isinstance(read, PlateRead)
    assert (read.text, read.raw) == ("AB12CDE", "AB12CDE")
    assert read.display == "AB12 CDE"
    assert read.region is not None
    assert read.region.code == "gb"
    assert read.box == Box(100, 80, 260, 120)
    assert read.quad == Quad.of(read.box)
    assert read.detection_confidence == 1.0
    assert "".join(c.char for c in read.characters) == read.raw
    assert read.candidates[0].text == read.text


def test_a_picture_without_plates_gives_no_reads(reader: Reader) -> None:
    assert reader.read(picture(at=None)) == []


def test_every_way_in_gives_the_same_reads(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "car.png"
    data = cv2.imencode(".png", picture())[1].tobytes()
    path.write_bytes(data)
    expected = reader.read(picture())
    assert reader.read(path) == reader.read(str(path)) == reader.read(data) == expected
    assert reader.read_file(path) == reader.read_bytes(data) == reader.read_array(picture()) == expected


def test_many_are_read_as_one_batch_in_order(reader: Reader) -> None:
    pictures = [picture(), picture(at=None), picture(at=(10, 10, 90, 30))]
    assert reader.read_many(pictures) == [reader.read(each) for each in pictures]
    assert reader.read_many([]) == []
    assert len(reader.read_many(pictures[:1] * (BATCH + 1))) == BATCH + 1


@pytest.mark.parametrize("thing", [None, 7, [picture()], bytearray(b"x")])
def test_a_type_is_never_guessed(reader: Reader, thing: Any) -> None:
    with pytest.raises(TypeError, match="a picture is a path, bytes or an array, not"):
        reader.read(thing)


def test_an_array_of_another_kind_is_refused(reader: Reader) -> None:
    with pytest.raises(ImageError, match=r"shape \(240, 320\) and type uint8 is not a picture"):
        reader.read(picture()[:, :, 0])


def test_the_time_of_each_stage_is_told(reader: Reader) -> None:
    timed = reader.read_timed(picture())
    assert (timed.detect_ms, timed.recognize_ms, timed.total_ms) == pytest.approx((10, 10, 20))


def test_a_picture_that_is_a_plate_is_read_whole(reader: Reader) -> None:
    timed = reader.read_plate_timed(picture(at=None))
    [read] = timed.reads
    assert read.text == "AB12CDE"
    assert read.box == Box(0, 0, 320, 240)
    assert timed.detect_ms == 0


def test_crops_have_the_margin_and_size_of_the_recogniser(reader: Reader) -> None:
    crop = reader.crop(picture(), Detection(Box(100, 80, 260, 120), 1.0))
    assert crop.shape == (64, 160, 3)
    inside = crop[:, :, 0] > 127
    assert inside[32].sum() / 160 == pytest.approx(1 / 1.2, abs=0.02)


def test_things_that_are_no_plates_are_detected_but_not_read(tmp_path: Path) -> None:
    options = settings(tmp_path)
    bright_detector(tmp_path / "d.onnx", classes="car")
    reader = Reader(options)
    assert [d.kind for d in reader.detect([picture()])[0]] == ["car"]
    assert reader.read(picture()) == []


class Finds:
    """A detector that finds a plate 100 pixels wide and one 30 wide, both at one score."""

    version = "finds"

    def __init__(self, score: float) -> None:
        self._found = [Detection(Box(10, 10, 10 + width, 40), score, sure=score > 0.39) for width in (100, 30)]

    def detect(self, images: Sequence[Image]) -> list[list[Detection]]:
        return [self._found for _ in images]


class Says:
    """A recogniser that reads every crop as this text, this surely."""

    version, margin, size = "says", 0.1, None

    def __init__(self, text: str, sure: float) -> None:
        self._reading = Reading((Hypothesis(tuple(Character(char, sure) for char in text), sure),))

    def recognize(self, crops: Sequence[Image]) -> list[Reading]:
        return [self._reading for _ in crops]


def looking(monkeypatch: pytest.MonkeyPatch, score: float, text: str, sure: float, veto: float = 0.9) -> Reader:
    parts = {"detectors": Finds(score), "recognizers": Says(text, sure)}
    monkeypatch.setattr("marque.vision.reader._build", lambda folder, *_: parts[folder])
    return Reader(ReaderSettings(veto=veto))


def test_a_doubtful_find_that_surely_carries_nothing_is_no_plate(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = looking(monkeypatch, score=0.45, text="", sure=0.95)
    timed = reader.read_timed(picture())
    # The one of 30 pixels is too narrow to say that nothing stands on it.
    assert [read.box.width for read in timed.reads] == [30]
    assert timed.nothing == 1
    assert [len(reads) for reads in reader.read_many([picture(), picture()])] == [1, 1]


@pytest.mark.parametrize(
    ("score", "text", "sure", "veto"),
    [(0.55, "", 0.95, 0.9), (0.45, "", 0.85, 0.9), (0.45, "A1", 0.95, 0.9), (0.45, "", 0.95, 1.0)],
    ids=["the detector is sure", "the recogniser is not", "it carries a text", "no veto wanted"],
)
def test_everything_else_that_is_found_is_told(
    monkeypatch: pytest.MonkeyPatch, score: float, text: str, sure: float, veto: float
) -> None:
    timed = looking(monkeypatch, score, text, sure, veto).read_timed(picture())
    assert [read.text for read in timed.reads] == [text, text]
    assert timed.nothing == 0


def test_what_can_be_read_is_a_plate_though_the_detector_is_not_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = looking(monkeypatch, score=0.3, text="AB12CDE", sure=0.9)
    # The one of 30 pixels is too narrow for its text to prove anything.
    assert [(read.text, read.box.width) for read in reader.read(picture())] == [("AB12CDE", 100)]
    assert [len(reads) for reads in reader.read_many([picture(), picture()])] == [1, 1]


@pytest.mark.parametrize(("text", "sure"), [("", 0.5), ("AB12CDE", 0.2)], ids=["no text", "a doubtful text"])
def test_what_neither_net_is_sure_of_is_none(monkeypatch: pytest.MonkeyPatch, text: str, sure: float) -> None:
    timed = looking(monkeypatch, score=0.3, text=text, sure=sure).read_timed(picture())
    assert (timed.reads, timed.nothing) == ([], 0)


def test_only_what_is_surely_a_plate_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert looking(monkeypatch, score=0.3, text="AB12CDE", sure=0.9).detect([picture()]) == [[]]


def test_a_picture_that_is_a_plate_is_one_whatever_it_carries(monkeypatch: pytest.MonkeyPatch) -> None:
    [read] = looking(monkeypatch, score=0.1, text="", sure=1.0).read_plate_timed(picture()).reads
    assert read.text == ""


def test_regions_of_the_call_go_before_those_of_the_settings(tmp_path: Path) -> None:
    options = settings(tmp_path, "AB12CDE").model_copy(update={"regions": ["it"]})
    reader = Reader(options)
    [reading] = reader.recognize([picture()])
    detection = Detection(Box(0, 0, 9, 9), 0.5)
    assert reader.plate_read(reading, detection).region is None
    told = reader.plate_read(reading, detection, ["gb"], readings=3)
    assert told.region is not None
    assert (told.region.code, told.readings) == ("gb", 3)


def test_the_versions_of_both_networks_are_known(reader: Reader) -> None:
    assert reader.versions == {"detector": "tiny", "recognizer": "tiny"}


def test_the_vehicle_finder_is_among_the_loaded_once_it_is_needed() -> None:
    reader = Reader()
    assert set(reader.loaded) == {"detector", "recognizer"}
    finder = reader.finder
    assert reader.loaded == {**reader.versions, "vehicles": finder.version}


def test_an_empty_batch_asks_no_network(reader: Reader) -> None:
    assert reader.detect([]) == []
    assert reader.recognize([]) == []


def test_mistakes_in_the_settings_are_named(tmp_path: Path) -> None:
    good = settings(tmp_path)
    with pytest.raises(ConfigError, match=r"reader\.detector\.treshold"):
        Reader(settings(tmp_path, treshold=1))
    with pytest.raises(ConfigError, match=r"reader\.recognizer: `type` is missing"):
        Reader(good.model_copy(update={"recognizer": {}}))
    with pytest.raises(UnknownPlugin, match="no detector 'yoloo'"):
        Reader(good.model_copy(update={"detector": {"type": "yoloo"}}))
    with pytest.raises(ModelError, match="there is no network file"):
        Reader(good.model_copy(update={"detector": {"type": "marque", "path": "gone.onnx"}}))
    with pytest.raises(ConfigError, match="there is no region 'qq'"):
        Reader(good.model_copy(update={"regions": ["qq"]}))


def test_a_calibrated_confidence_leaves_the_rest_to_the_other_candidates() -> None:
    first, second, third = calibrated(
        [Candidate("A1", 0.5, "A1"), Candidate("AI", 0.3, "AI"), Candidate("4I", 0.1, "4I")]
    )
    assert first.confidence == pytest.approx(0.5**TRUST)
    assert second.confidence / third.confidence == pytest.approx(3)
    assert first.confidence > second.confidence
    assert first.confidence + second.confidence + third.confidence < 1
    assert calibrated([Candidate("A1", 1.0, "A1")])[0].confidence == 1.0


def test_several_readings_are_surer_of_what_is_likely_and_less_sure_of_what_is_not() -> None:
    def told(raw: float, readings: int) -> float:
        return calibrated([Candidate("A1", raw, "A1")], readings)[0].confidence

    assert told(0.8, 2) > told(0.8, 1)
    assert told(0.1, 2) < told(0.1, 1)
    assert told(0.5 ** (1 / TRUST), 2) == pytest.approx(0.5)
    assert (told(0.0, 2), told(1.0, 2)) == (0.0, 1.0)
