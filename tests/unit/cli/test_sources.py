"""Sources typed on the command line become cameras."""

from __future__ import annotations

from pathlib import Path

import pytest

from marque.cli.sources import base, camera_names, served, with_sources, with_webhook
from marque.config import Settings, parse


@pytest.mark.parametrize(
    ("sources", "names"),
    [
        (["clips/gate 1.mp4"], ["gate-1"]),
        (["/recordings/"], ["recordings"]),
        (["rtsp://user:pw@10.0.0.7:554/stream1"], ["10.0.0.7"]),
        (["scene:seed=3"], ["scene"]),
        (["a/x.mp4", "b/x.mp4", "c/x.mp4"], ["x", "x-2", "x-3"]),
        (["x.mp4", "x-2.mp4", "y/x.mp4"], ["x", "x-2", "x-3"]),
        (["..."], ["camera"]),
    ],
)
def test_a_camera_is_named_after_its_source(sources: list[str], names: list[str]) -> None:
    assert camera_names(sources) == names


def test_sources_take_the_place_of_configured_cameras() -> None:
    configured = parse("cameras: [{id: gate, source: a.mp4}]", {})
    cameras = with_sources(configured, ["b.mp4"], ["gb"]).cameras
    assert [(camera.id, camera.source, camera.regions) for camera in cameras] == [("b", "b.mp4", ["gb"])]


def test_regions_hold_for_configured_cameras_too() -> None:
    configured = parse("cameras: [{id: gate, source: a.mp4}]", {})
    assert with_sources(configured, [], ["gb"]).cameras[0].regions == ["gb"]


def test_a_webhook_joins_the_configured_sinks() -> None:
    configured = parse("sinks: [{name: box, type: file, path: a.jsonl}]", {})
    assert [sink.name for sink in with_webhook(configured, "http://localhost/").sinks] == ["box", "webhook"]


def test_a_webhook_never_takes_another_s_name() -> None:
    configured = parse("sinks: [{name: webhook, type: file, path: a.jsonl}]", {})
    assert [sink.name for sink in with_webhook(configured, "http://localhost/").sinks] == ["webhook", "webhook-2"]


def test_options_that_were_not_given_change_nothing() -> None:
    assert served(Settings(), None, None, None) == Settings()
    assert served(Settings(), Path("d"), None, 7000, enabled=False).server.port == 7000


def test_the_file_here_is_used_only_when_nothing_else_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("marque.yaml").write_text("site: here\n")
    assert base(None, []).site == "here"
    assert base(None, ["a.mp4"]).site is None
