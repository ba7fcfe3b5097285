"""What the first bytes of a picture say: its format and size, so that a bomb is refused before it is decoded."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Header:
    """``width`` and ``height`` as stored, in pixels. ``complete``: the end of the file was not missed. ``scans``: how
    often a JPEG goes over the picture."""

    format: str
    width: int
    height: int
    complete: bool = True
    scans: int = 1

    @property
    def megapixels(self) -> float:
        return self.width * self.height / 1e6


def parse(data: bytes) -> Header | None:
    """The header of a JPEG, PNG, WebP, BMP or TIFF file, or None when it is none of these or ends inside its header."""
    for magic, parser in _PARSERS:
        if data.startswith(magic):
            try:
                return parser(data)
            except (struct.error, IndexError):
                return None
    return None


def _png(data: bytes) -> Header:
    width, height = struct.unpack_from(">II", data, 16)
    return Header("PNG", width, height, complete=data.rfind(b"IEND") > 0)


_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_SCAN = 0xDA


def _jpeg(data: bytes) -> Header | None:
    """Walks the segments: thumbnails inside them have size and end markers of their own."""
    at, size = 2, None
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _JPEG_SIZES:
            size = struct.unpack_from(">HH", data, at + 5)
        if marker == _JPEG_SCAN:
            break
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    if size is None:
        return None
    # scans hold no such pairs; what follows the end (a telephone's video) may
    end = data.find(b"\xff\xd9", at)
    return Header("JPEG", size[1], size[0], end > at, data.count(b"\xff\xda", at, end))


def _webp(data: bytes) -> Header | None:
    if data[8:12] != b"WEBP":
        return None
    complete = len(data) >= 8 + struct.unpack_from("<I", data, 4)[0]
    match data[12:16]:
        case b"VP8 ":
            width, height = (v & 0x3FFF for v in struct.unpack_from("<HH", data, 26))
        case b"VP8L":
            bits = struct.unpack_from("<I", data, 21)[0]
            width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            width = int.from_bytes(data[24:27], "little") + 1
            height = int.from_bytes(data[27:30], "little") + 1
        case _:
            return None
    return Header("WebP", width, height, complete)


def _bmp(data: bytes) -> Header:
    width, height = struct.unpack_from("<ii", data, 18)
    return Header("BMP", abs(width), abs(height))


_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_SHORT = 256, 257, 3


def _tiff(data: bytes) -> Header | None:
    order = "<" if data[:2] == b"II" else ">"
    at = struct.unpack_from(order + "I", data, 4)[0]
    sizes = {}
    for entry in range(struct.unpack_from(order + "H", data, at)[0]):
        tag, kind = struct.unpack_from(order + "HH", data, at + 2 + 12 * entry)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT):
            sizes[tag] = struct.unpack_from(order + ("H" if kind == _TIFF_SHORT else "I"), data, at + 10 + 12 * entry)[
                0
            ]
    return Header("TIFF", sizes[_TIFF_WIDTH], sizes[_TIFF_HEIGHT]) if len(sizes) == 2 else None


_PARSERS: tuple[tuple[bytes, Callable[[bytes], Header | None]], ...] = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8\xff", _jpeg),
    (b"RIFF", _webp),
    (b"BM", _bmp),
    (b"II*\0", _tiff),
    (b"MM\0*", _tiff),
)
