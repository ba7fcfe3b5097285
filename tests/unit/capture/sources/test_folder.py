"""A watched folder, looked at step by step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cameras import FakeClock, drain
from clips import jpeg
from marque.capture.sources import folder
from marque.capture.sources.folder import FolderSource
from marque.errors import SourceEnded, SourceError, SourceLost
from marque.ports import SourceContext
from marque.types import Frame


def source(path: Path, **options: object) -> FolderSource:
    config = folder.Config.model_validate({"path": path, "interval": 0.01, **options})
    return folder.build(config, SourceContext("gate", FakeClock()))


def test_the_pictures_that_are_there_come_once_and_in_order(tmp_path: Path) -> None:
    for width in (130, 120, 110):
        (tmp_path / f"{width}.jpg").write_bytes(jpeg(size=(width, 72)))
    (tmp_path / "notes.txt").write_text("not a picture")
    frames, end = drain(source(tmp_path, watch=False))
    assert [f.image.shape[1] for f in frames] == [110, 120, 130]
    assert [f.sequence for f in frames] == [0, 1, 2]
    assert isinstance(end, SourceEnded)


def test_a_broken_picture_is_reported_and_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg()[:400])
    (tmp_path / "b.jpg").write_bytes(jpeg())
    with capture_logs() as logs:
        frames, _ = drain(source(tmp_path, watch=False))
    assert len(frames) == 1
    assert [Path(e["file"]).name for e in logs] == ["a.jpg"]


def test_pictures_in_folders_inside_come_when_wanted(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.jpg").write_bytes(jpeg())
    assert drain(source(tmp_path, watch=False))[0] == []
    assert len(drain(source(tmp_path, watch=False, recursive=True))[0]) == 1


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    frames, end = drain(source(tmp_path / "nowhere"))
    assert frames == []
    assert isinstance(end, SourceError)
    assert "there is no folder" in str(end)


class Steps:
    """A folder source whose looks happen when the test says so."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch, **options: object) -> None:
        self.source = source(path, **options)
        self._frames: Iterator[Frame] = iter(self.source)
        self._pauses = 0
        monkeypatch.setattr(self.source._closed, "wait", self._pause)

    def look(self) -> list[Frame]:
        """The frames of one look at the folder."""
        self._pauses, got = 0, []
        while (frame := self._step()) is not None:
            got.append(frame)
        return got

    def _step(self) -> Frame | None:
        self.source._closed.clear()
        return next(self._frames, None) or self._again()

    def _again(self) -> Frame | None:
        """The generator ended because the look was over: begin the next one."""
        self._frames = iter(self.source)
        return None

    def _pause(self, _: float) -> bool:
        self.source._closed.set()
        return True


def test_a_half_written_picture_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, data, path = Steps(tmp_path, monkeypatch), jpeg(), tmp_path / "a.jpg"
    path.write_bytes(data[:500])
    assert steps.look() == []
    path.write_bytes(data[:900])
    assert steps.look() == []
    path.write_bytes(data)
    assert steps.look() == []
    assert len(steps.look()) == 1
    assert steps.look() == []


def test_a_picture_that_goes_on_growing_after_a_pause_is_read_when_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, data, path = Steps(tmp_path, monkeypatch), jpeg(), tmp_path / "a.jpg"
    path.write_bytes(data[:500])
    assert [steps.look() for _ in range(3)] == [[], [], []]
    path.write_bytes(data)
    assert [len(steps.look()) for _ in range(3)] == [0, 1, 0]


def test_only_new_pictures_when_the_old_ones_are_not_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old.jpg").write_bytes(jpeg())
    steps = Steps(tmp_path, monkeypatch, existing=False)
    assert [len(steps.look()) for _ in range(3)] == [0, 0, 0]
    (tmp_path / "new.jpg").write_bytes(jpeg())
    assert [len(steps.look()) for _ in range(3)] == [0, 1, 0]


def test_a_folder_that_goes_away_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "share"
    path.mkdir()
    steps = Steps(path, monkeypatch)
    assert steps.look() == []
    path.rmdir()
    with pytest.raises(SourceLost):
        steps.look()
