"""Cameras over real sockets: RTSP, MJPEG, snapshots, and those that hang."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Condition, Event, Thread

import numpy as np
import pytest

from cameras import drain
from clips import jpeg, picture, write_clip
from marque.capture.feed import CameraState, Feed
from marque.capture.pool import build_source
from marque.clock import SystemClock
from marque.config import CameraSettings
from marque.errors import SourceLost
from marque.ports import Source
from marque.telemetry import Telemetry
from marque.types import Frame
from rtsp_server import rtsp_server
from waiting import until

pytestmark = pytest.mark.system


def source(url: str, **options: object) -> Source:
    kind = "rtsp" if url.startswith("rtsp") or url.endswith(".ts") else "http"
    camera = CameraSettings(id="gate", source={"type": kind, "url": url, **options})
    return build_source(camera, SystemClock())


def first(one: Source, how_many: int) -> list[Frame]:
    """The first frames of a live source, which is closed then."""
    frames = []
    for frame in one:
        frames.append(frame)
        if len(frames) == how_many:
            one.close()
    return frames


@contextmanager
def feeding(one: Source) -> Iterator[Feed]:
    """A camera's feed at work, which connects again after a moment."""
    over = Event()
    camera = CameraSettings(id="gate", source="given")
    feed = Feed(camera, one, Condition(), Telemetry(), wait=lambda _: over.wait(0.05))
    feed.start()
    try:
        yield feed
    finally:
        over.set()
        feed.stop()


def test_an_rtsp_camera_gives_its_pictures() -> None:
    with rtsp_server() as server:
        frames = first(source(server.url), 5)
    assert [f.sequence for f in frames] == list(range(5))
    assert frames[0].image.shape == (72, 128, 3)
    assert np.abs(frames[0].image.astype(int) - picture(0).astype(int)).mean() < 8


def test_an_rtsp_camera_that_hangs_up_is_lost() -> None:
    with rtsp_server(frames=40, hang_up=True) as server:
        frames, end = drain(source(server.url))
    assert len(frames) >= 30
    assert isinstance(end, SourceLost)


def test_a_stream_that_goes_silent_is_lost_by_the_watchdog() -> None:
    with rtsp_server(frames=40) as server:
        frames, end = drain(source(server.url, stall_after=0.7))
    assert len(frames) >= 30
    assert isinstance(end, SourceLost)


def test_after_the_watchdog_the_camera_is_connected_again() -> None:
    with rtsp_server(frames=40) as server, feeding(source(server.url, stall_after=0.7)) as feed:
        until(lambda: server.connections >= 2 and feed.health.frames > 50)
    assert feed.health.reconnects >= 1
    assert feed.health.last_frame is not None


def test_a_camera_that_accepts_and_never_answers_is_lost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        _, rtsp = drain(source(f"rtsp://user:secret@127.0.0.1:{port}/gate", open_timeout=0.5))
        _, query = drain(source(f"rtsp://127.0.0.1:{port}/user=admin&password=secret&channel=1", open_timeout=0.5))
        _, http = drain(source(f"http://user:secret@127.0.0.1:{port}/snap.jpg", timeout=0.5))
    assert all(isinstance(end, SourceLost) for end in (rtsp, query, http))
    assert "secret" not in f"{rtsp} {query} {http}"


def test_nobody_at_the_address_is_lost_with_advice() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for url in (f"rtsp://127.0.0.1:{port}/gate", f"http://127.0.0.1:{port}/snap.jpg"):
        _, end = drain(source(url))
        assert isinstance(end, SourceLost)
        assert "Check address" in end.hint


class Camera(BaseHTTPRequestHandler):
    """/snap.jpg, /video (MJPEG, then it hangs up), /stall (then silence), /broken, /private (digest), /clip.ts."""

    numbers = count()
    clip = b""
    over = Event()

    def do_GET(self) -> None:
        name = self.path.strip("/").partition(".")[0]
        getattr(self, f"_{name}")()

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _snap(self) -> None:
        self._send("image/jpeg", jpeg(next(self.numbers)))

    def _broken(self) -> None:
        whole = next(self.numbers) % 2
        self._send("image/jpeg", jpeg() if whole else jpeg()[:300])

    def _private(self) -> None:
        if 'Digest username="user"' in self.headers.get("Authorization", ""):
            return self._snap()
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Digest realm="camera", nonce="5f2b", qop="auth"')
        self.send_header("Content-Length", "0")
        return self.end_headers()

    def _clip(self) -> None:
        self._send("video/mp2t", self.clip)

    def _video(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for number in range(5):
            self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + jpeg(number) + b"\r\n")

    def _stall(self) -> None:
        self._video()
        self.wfile.flush()
        self.over.wait(10)

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def http_camera() -> Iterator[str]:
    Camera.numbers, Camera.over = count(), Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        Camera.over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def camera() -> Iterator[str]:
    with http_camera() as url:
        yield url


def test_a_snapshot_is_fetched_again_and_again(camera: str) -> None:
    frames = first(source(f"{camera}/snap.jpg", interval=0.01), 3)
    assert [f.sequence for f in frames] == [0, 1, 2]
    assert not np.array_equal(frames[0].image, frames[1].image)


def test_mjpeg_gives_every_picture_and_then_is_lost(camera: str) -> None:
    frames, end = drain(source(f"{camera}/video"))
    assert len(frames) == 5
    assert isinstance(end, SourceLost)
    assert "has ended" in str(end)


def test_mjpeg_that_goes_silent_is_lost(camera: str) -> None:
    frames, end = drain(source(f"{camera}/stall", timeout=0.5))
    assert len(frames) == 5
    assert isinstance(end, SourceLost)


def test_broken_snapshots_are_passed_over(camera: str) -> None:
    assert len(first(source(f"{camera}/broken", interval=0.01), 2)) == 2


def test_a_camera_that_wants_a_digest_gets_it(camera: str) -> None:
    url = camera.replace("http://", "http://user:secret@")
    assert len(first(source(f"{url}/private.jpg", interval=0.01), 2)) == 2


def test_a_camera_that_wants_a_password_says_so(camera: str) -> None:
    _, end = drain(source(f"{camera.replace('//', '//wrong:secret@')}/private"))
    assert isinstance(end, SourceLost)
    assert "password" in end.hint


def test_video_over_http_is_a_stream(camera: str, tmp_path: Path) -> None:
    Camera.clip = write_clip(tmp_path / "clip.ts", frames=20).read_bytes()
    frames, end = drain(source(f"{camera}/clip.ts"))
    assert len(frames) == 20
    assert isinstance(end, SourceLost)


def test_a_picture_that_grows_in_a_watched_folder_is_seen_once(tmp_path: Path) -> None:
    watched = CameraSettings(id="gate", source={"type": "folder", "path": str(tmp_path), "interval": 0.05})
    with feeding(build_source(watched, SystemClock())) as feed:
        with (tmp_path / "a.jpg").open("wb", buffering=0) as file:
            for at in range(0, len(jpeg()), 300):
                file.write(jpeg()[at : at + 300])
        until(lambda: feed.slot.full)
        (tmp_path / "b.jpg").write_bytes(jpeg(1))
        assert feed.slot.take() is not None
        until(lambda: feed.slot.full)
        assert feed.health.state is CameraState.UP
    assert feed.health.frames == 2
