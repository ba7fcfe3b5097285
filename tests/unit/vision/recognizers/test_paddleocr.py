"""PaddleOCR's recogniser reads through RapidOCR, one score per character."""

from __future__ import annotations

import sys
from typing import Any

import cv2
import numpy as np
import pytest

from marque.errors import InferenceError, MissingExtra
from marque.plugins import build
from marque.ports import ModelContext
from marque.types import Image
from marque.vision.recognizers.paddleocr import PaddleRecognizer

CPU = ModelContext("cpu", 1)


def crop(text: str) -> Image:
    picture = np.full((64, 300, 3), 255, np.uint8)
    cv2.putText(picture, text, (10, 48), cv2.FONT_HERSHEY_DUPLEX, 1.5, (0, 0, 0), 3, cv2.LINE_AA)
    return picture


def test_it_reads_a_crop() -> None:
    pytest.importorskip("rapidocr")
    recognizer = build("recognizers", "paddleocr", {"margin": 0.1}, CPU)
    [reading] = recognizer.recognize([crop("KX 4287")])
    assert reading.text == "KX4287"
    assert all(0.3 < character.confidence <= 1 for character in reading.characters)
    assert reading.confidence == min(character.confidence for character in reading.characters)
    assert recognizer.margin == 0.1
    assert recognizer.version.startswith("rapidocr 3")


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(MissingExtra) as caught:
        build("recognizers", "paddleocr", {}, CPU)
    assert caught.value.hint == "pip install 'marque[paddleocr]'"


class Silent:
    txts = None

    def __call__(self, *_: Any, **__: Any) -> Silent:
        return self


def test_no_answer_is_an_error_not_an_empty_plate() -> None:
    with pytest.raises(InferenceError, match="RapidOCR gave no answer"):
        PaddleRecognizer(Silent(), "silent", 0.0).recognize([crop("A")])
