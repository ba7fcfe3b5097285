"""Pictures out of a multipart stream."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clips import jpeg
from marque.capture.sources import http
from marque.capture.sources.http import split_jpegs
from marque.errors import SourceLost

PICTURES = [jpeg(n) for n in range(3)]


def part(data: bytes, *, length: bool) -> bytes:
    told = f"Content-Length: {len(data)}\r\n".encode() if length else b""
    return b"--frame\r\nContent-Type: image/jpeg\r\n" + told + b"\r\n" + data + b"\r\n"


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@given(st.integers(1, 9000), st.booleans())
def test_pictures_come_whole_however_the_stream_is_cut(size: int, length: bool) -> None:
    stream = b"".join(part(data, length=length) for data in PICTURES)
    assert list(split_jpegs(pieces(stream, size))) == PICTURES


def test_a_picture_with_a_thumbnail_inside_stays_whole() -> None:
    data = PICTURES[0][:2] + b"\xff\xe1" + PICTURES[1] + PICTURES[0][2:]
    assert list(split_jpegs([part(data, length=True)])) == [data]


def test_the_beginning_of_a_picture_is_no_picture() -> None:
    assert list(split_jpegs([part(PICTURES[0], length=False)[:200]])) == []


def test_a_stream_without_pictures_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LARGEST", 1000)
    with pytest.raises(SourceLost):
        list(split_jpegs(b"x" * 100 for _ in range(20)))
