"""Settings tried before they are saved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from marque import plugins
from marque.config import CameraSettings, ReaderSettings
from marque.errors import Unacceptable
from marque.services.trials import MOST, FaintDetector, Tried, check_regions, unseen
from marque.types import Box, Detection

CAMERA = CameraSettings(id="gate", source="scene:", recognition_threshold=0.7, min_plate_width=40)


def test_what_is_left_out_is_as_the_camera_has_it() -> None:
    tried = Tried(recognition_threshold=0.0, zones=[])
    assert tried.over(CAMERA) == CAMERA.model_copy(update={"recognition_threshold": 0.0})
    assert Tried().over(CAMERA) == CAMERA


@pytest.mark.parametrize("given", [{"min_plate_width": 1}, {"detection_threshold": 2}, {"source": "scene:"}])
def test_only_what_can_be_tried_is_taken(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Tried.model_validate(given)


def test_an_unknown_region_is_named() -> None:
    check_regions(["gb", "no"])
    with pytest.raises(Unacceptable, match="there is no region 'zz'") as caught:
        check_regions(["gb", "zz"])
    assert caught.value.field == "regions.1"


def test_faint_finds_are_those_that_the_camera_does_not_see_the_surest_first() -> None:
    found = [Detection(Box(0, 0, 100, 25), 0.9)]
    faint = [Detection(Box(200 * n + 2, 0, 200 * n + 102, 25), 0.1 + n / 100) for n in range(MOST + 3)]
    left = unseen(faint, found)
    assert len(left) == MOST
    assert left[0] is faint[-1]
    assert faint[0] not in left


def test_a_detector_without_a_threshold_finds_nothing_faint(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(folder: str, name: str, options: dict[str, Any], context: object) -> object:
        del folder, name, context
        assert options["threshold"] <= 0.1
        return Tried.model_validate({"threshold": 1})

    monkeypatch.setattr(plugins, "build", build)
    assert FaintDetector(ReaderSettings()).detect(np.zeros((9, 9, 3), np.uint8)) == []
