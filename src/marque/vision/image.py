"""Pictures: decode them with plain words where that fails, cut plates flat out of them, draw reads onto them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from marque.errors import ImageError
from marque.types import Box, Image, PlateRead, Quad
from marque.vision import header

FORMATS = "JPEG, PNG, WebP, BMP or TIFF"
MAX_MEGAPIXELS = 64.0
MAX_SCANS = 100
"""of a JPEG: programs write ten at most, and a few kilobytes may ask for thousands, each as slow as a picture"""


def load(path: str | Path, *, max_megapixels: float = MAX_MEGAPIXELS) -> Image:
    """A picture file as HxWx3 uint8 BGR, turned upright as its EXIF orientation says. Raises ImageError."""
    return decode(fetch(path), max_megapixels=max_megapixels)


def fetch(path: str | Path) -> bytes:
    """The bytes of a picture file. Raises ImageError."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise ImageError(f"there is no file {str(path)!r}", hint="Check the path.") from None
    except IsADirectoryError:
        raise ImageError(f"{str(path)!r} is a folder, not a picture", hint="Name the pictures in it.") from None
    except OSError as error:
        raise ImageError(f"{str(path)!r} cannot be opened: {error.strerror}", hint="Check its permissions.") from error
    except ValueError as error:
        raise ImageError(f"{str(path)!r} is no name of a file: {error}", hint="Check the path.") from error


def decode(data: bytes, *, max_megapixels: float = MAX_MEGAPIXELS) -> Image:
    """An encoded picture as HxWx3 uint8 BGR: grey, alpha and 16 bit are converted. Raises ImageError."""
    if not data:
        raise ImageError("the picture is empty (0 bytes)", hint="It was probably never written; take it again.")
    found = header.parse(data)
    if found is None:
        raise ImageError("this is not a picture", hint=f"Give a {FORMATS} file.")
    if found.megapixels > max_megapixels:
        raise ImageError(
            f"the {found.format} picture is too large: {found.width} x {found.height} pixels, "
            f"limit {max_megapixels:g} megapixels",
            hint="Shrink the picture first.",
        )
    if found.scans > MAX_SCANS:
        raise ImageError(
            f"the JPEG picture has {found.scans} scans, limit {MAX_SCANS}", hint="Save it again as an ordinary JPEG."
        )
    image = _decoded(data) if found.complete else None
    if image is None:
        raise ImageError(f"the {found.format} picture is cut short or damaged", hint="Copy or take it again.")
    return np.asarray(image, np.uint8)


def _decoded(data: bytes) -> NDArray[Any] | None:
    """None for what OpenCV gives up on, silently or aloud."""
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None


def check(image: NDArray[np.generic]) -> Image:
    """The array itself when it is HxWx3 uint8 and not empty; ImageError otherwise."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise ImageError(
            f"an array of shape {image.shape} and type {image.dtype} is not a picture",
            hint="Give HxWx3 uint8 in BGR order, as cv2.imread does.",
        )
    return image.astype(np.uint8, copy=False)


def rectify(image: Image, quad: Quad, margin: float = 0.0, size: tuple[int, int] | None = None) -> Image:
    """The quad flat and upright, with ``margin`` of its width and height around it.

    ``size`` is (width, height) of the result; None keeps the quad's own, up to twice the picture's. A large plate is
    warped at a multiple of ``size`` and averaged down, since a warp alone would leave out pixels. Raises ImageError for
    corners that are no numbers.
    """
    corners = np.array(quad.points, np.float32)
    if not np.isfinite(corners).all():
        raise ImageError(f"the corners {quad.points} are no numbers", hint="The detector's network may be at fault.")
    sides = np.linalg.norm(corners - np.roll(corners, -1, 0), axis=1)
    natural = np.clip([sides[0::2].max(), sides[1::2].max()], 1.0, 2.0 * max(image.shape[:2])) * (1 + 2 * margin)
    width, height = size or (round(float(natural[0])), round(float(natural[1])))
    times = int(np.clip(round(float(natural.max()) / max(width, height)), 1, 4))
    left, top = np.array([width, height]) * times * margin / (1 + 2 * margin)
    right, bottom = width * times - left, height * times - top
    target = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    # Corners lie on pixel edges, the warp counts from pixel centres.
    matrix = cv2.getPerspectiveTransform(corners - 0.5, target - 0.5)
    flat = cv2.warpPerspective(image, matrix, (width * times, height * times), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(flat, (width, height), interpolation=cv2.INTER_AREA) if times > 1 else flat, np.uint8)


_ACCENT, _INK = (60, 200, 255), (20, 20, 20)


def annotate(image: Image, reads: Iterable[PlateRead]) -> Image:
    """A copy of the picture with every read's quad and text on it."""
    return outlined(image, ((read.quad, read.box, f"{read.display or '?'}  {read.confidence:.0%}") for read in reads))


def outlined(image: Image, plates: Iterable[tuple[Quad | None, Box, str]]) -> Image:
    """A copy of the picture with every plate's corners, or its box, and its text (if any) on it."""
    drawn = image.copy()
    unit = max(image.shape[:2]) / 1000
    for quad, box, text in plates:
        corners = np.array((quad or Quad.of(box)).points).round().astype(np.int32)
        cv2.polylines(drawn, [corners], True, _ACCENT, max(1, round(3 * unit)), cv2.LINE_AA)
        if text:
            _label(drawn, text, corners.min(0), unit)
    return drawn


def _label(image: Image, text: str, corner: NDArray[np.int32], unit: float) -> None:
    """Text on a plain ground above ``corner``, moved into the picture where it would leave it."""
    font, scale, weight, pad = cv2.FONT_HERSHEY_SIMPLEX, max(0.4, unit), max(1, round(2 * unit)), round(3 + 4 * unit)
    (width, height), _ = cv2.getTextSize(text, font, scale, weight)
    x = int(np.clip(corner[0], 0, max(0, image.shape[1] - width - 2 * pad)))
    y = int(max(corner[1] - pad, height + 2 * pad))
    cv2.rectangle(image, (x, y - height - 2 * pad), (x + width + 2 * pad, y), _ACCENT, cv2.FILLED)
    cv2.putText(image, text, (x + pad, y - pad), font, scale, _INK, weight, cv2.LINE_AA)
