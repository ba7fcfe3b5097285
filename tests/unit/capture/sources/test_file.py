"""Video files: every frame, and plain words about those that are no video."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cameras import NOON, FakeClock, drain
from clips import write_clip
from marque.capture.sources import file
from marque.errors import SourceEnded, SourceError
from marque.ports import SourceContext
from marque.types import Frame


def play(path: Path, **options: object) -> tuple[list[Frame], str]:
    """All frames of a file, and how it ended."""
    config = file.Config.model_validate({"path": path, **options})
    frames, end = drain(file.build(config, SourceContext("gate", FakeClock())))
    assert isinstance(end, SourceEnded)
    return frames, str(end)


def test_every_frame_comes_with_its_own_time(tmp_path: Path) -> None:
    frames, _ = play(write_clip(tmp_path / "clip.mp4", frames=20, fps=10))
    assert [f.sequence for f in frames] == list(range(20))
    assert [round((f.time - NOON).total_seconds(), 3) for f in frames[:3]] == [0.0, 0.1, 0.2]
    assert frames[0].image.shape == (72, 128, 3)
    assert frames[0].camera == "gate"


def test_times_count_from_when_the_recording_began(tmp_path: Path) -> None:
    frames, _ = play(write_clip(tmp_path / "clip.mp4", frames=3), start="2020-01-01T00:00:00+01:00")
    assert frames[0].time.isoformat() == "2020-01-01T00:00:00+01:00"


@pytest.mark.parametrize("suffix", [".mkv", ".ts", ".avi"])
def test_a_video_cut_in_the_middle_gives_its_frames_and_says_so(tmp_path: Path, suffix: str) -> None:
    path = write_clip(tmp_path / f"clip{suffix}", frames=100, fps=10)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with capture_logs() as logs:
        frames, ended = play(path)
    assert 10 < len(frames) < 90
    assert "seen to its end" in ended
    assert suffix == ".ts" or any("cut off" in entry["event"] for entry in logs)


def test_a_cut_mp4_with_its_index_in_front_gives_its_frames(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", frames=100, fps=10, options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with capture_logs() as logs:
        frames, _ = play(path)
    assert 10 < len(frames) < 90
    assert any("cut off" in entry["event"] for entry in logs)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: p.write_text("hello, this is text\n" * 100), "is no video"),
        (lambda p: p.write_bytes(b""), "is no video"),
        (lambda _: None, "there is no file"),
        (lambda p: p.write_bytes(write_clip(p).read_bytes()[:-400]), "is no video, or it is cut off"),
    ],
    ids=["text", "empty", "missing", "cut before its index"],
)
def test_what_is_no_video_is_refused_in_plain_words(tmp_path: Path, make: Callable[[Path], object], words: str) -> None:
    path = tmp_path / "clip.mp4"
    make(path)
    source = file.build(file.Config(path=path), SourceContext("gate", FakeClock()))
    with pytest.raises(SourceError, match=words) as caught:
        next(iter(source))
    assert caught.value.hint


def test_in_real_time_it_is_live_and_can_be_closed(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", frames=20, fps=10)
    source = file.build(file.Config(path=path, realtime=True), SourceContext("gate", FakeClock()))
    assert source.live
    frames = iter(source)
    next(frames)
    source.close()
    assert list(frames) == []
