"""A picture's size is known before it is decoded."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest

from marque.vision.header import parse

PICTURE = np.random.default_rng(1).integers(0, 256, (33, 47, 3), dtype=np.uint8)
WEBP_LOSSLESS = [cv2.IMWRITE_WEBP_QUALITY, 101]
CASES: list[tuple[str, list[int], str]] = [
    (".jpg", [], "JPEG"),
    (".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1], "JPEG"),
    (".png", [], "PNG"),
    (".webp", [cv2.IMWRITE_WEBP_QUALITY, 80], "WebP"),
    (".webp", WEBP_LOSSLESS, "WebP"),
    (".bmp", [], "BMP"),
    (".tiff", [], "TIFF"),
]


def encoded(suffix: str, options: list[int]) -> bytes:
    return bytes(cv2.imencode(suffix, PICTURE, options)[1].tobytes())


@pytest.mark.parametrize(("suffix", "options", "name"), CASES)
def test_format_and_size(suffix: str, options: list[int], name: str) -> None:
    header = parse(encoded(suffix, options))
    assert header is not None
    assert (header.format, header.width, header.height, header.complete) == (name, 47, 33, True)


def test_webp_with_alpha_and_metadata() -> None:
    data = b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0"
    header = parse(data + (46).to_bytes(3, "little") + (32).to_bytes(3, "little"))
    assert header is not None
    assert (header.width, header.height) == (47, 33)


def test_big_endian_tiff() -> None:
    entries = struct.pack(">HHIHH", 256, 3, 1, 47, 0) + struct.pack(">HHII", 257, 4, 1, 33)
    header = parse(b"MM\0*" + struct.pack(">IH", 8, 2) + entries)
    assert header is not None
    assert (header.format, header.width, header.height) == ("TIFF", 47, 33)


@pytest.mark.parametrize(("suffix", "options", "name"), CASES)
def test_a_file_cut_anywhere_never_crashes(suffix: str, options: list[int], name: str) -> None:
    data = encoded(suffix, options)
    found = [parse(data[:length]) for length in range(min(len(data), 700))]
    assert all(header is None or header.format == name for header in found)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"RIFF\0\0\0\0WAVEfmt ", b"RIFF\xff\0\0\0WEBPVP9 ", b"\xff\xd8\xff"])
def test_what_is_none_of_ours_has_no_header(data: bytes) -> None:
    assert parse(data) is None
