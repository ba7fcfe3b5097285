"""Bad pictures are refused in plain words, good ones come out as HxWx3 uint8 BGR, whatever they were."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from marque.errors import ImageError
from marque.types import Box, Character, Image, PlateRead, Quad
from marque.vision.image import annotate, check, decode, load, rectify

SUFFIXES = (".jpg", ".png", ".webp", ".bmp", ".tiff")


def scene(width: int = 60, height: int = 40) -> Image:
    """Blue on the left, green on the right, a soft edge between."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 2, 0] = 200
    picture[:, width // 2 :, 1] = 200
    return np.asarray(cv2.blur(picture, (5, 5)), np.uint8)


def encoded(picture: NDArray[np.integer], suffix: str) -> bytes:
    return bytes(cv2.imencode(suffix, picture)[1].tobytes())


def refusal(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        decode(data)
    assert caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_the_same_picture(suffix: str) -> None:
    picture = decode(encoded(scene(), suffix))
    assert picture.dtype == np.uint8
    assert np.abs(picture.astype(int) - scene()).mean() < 3


def test_an_empty_file_is_named_empty() -> None:
    assert refusal(b"") == "the picture is empty (0 bytes)"


def test_text_is_no_picture() -> None:
    assert refusal(b"This is a shopping list, renamed to car.jpg") == "this is not a picture"


@pytest.mark.parametrize("share", [0.5, 0.95])
@pytest.mark.parametrize(("suffix", "name"), [(".jpg", "JPEG"), (".png", "PNG"), (".webp", "WebP"), (".bmp", "BMP")])
def test_a_truncated_picture_is_refused_not_half_read(suffix: str, name: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (80, 120, 3), dtype=np.uint8)
    data = encoded(noise, suffix)
    assert refusal(data[: int(len(data) * share)]) == f"the {name} picture is cut short or damaged"


def test_a_truncated_jpeg_is_not_saved_by_the_thumbnail_inside_it() -> None:
    thumbnail = encoded(scene(16, 16), ".jpg")
    data = encoded(scene(), ".jpg")
    whole = data[:2] + b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail + data[2:]
    assert decode(whole).shape == (40, 60, 3)
    assert refusal(whole[:-40]) == "the JPEG picture is cut short or damaged"


def test_bytes_after_the_end_of_a_jpeg_do_no_harm() -> None:
    assert decode(encoded(scene(), ".jpg") + b"camera data\0\0").shape == (40, 60, 3)


def test_a_png_bomb_is_refused_from_its_header() -> None:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 20000, 20000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + b"IEND"
    assert refusal(bomb) == "the PNG picture is too large: 20000 x 20000 pixels, limit 64 megapixels"


def test_a_jpeg_that_asks_for_thousands_of_passes_is_refused_from_its_markers() -> None:
    whole = cv2.imencode(".jpg", scene(), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    last = whole[whole.rindex(b"\xff\xda") : -2]
    assert decode(whole[:-2] + 20 * last + b"\xff\xd9").shape == (40, 60, 3)
    bomb = whole[:-2] + 1000 * last + b"\xff\xd9"
    assert refusal(bomb) == "the JPEG picture has 1010 scans, limit 100"


def test_what_looks_like_passes_behind_a_jpeg_is_none() -> None:
    assert decode(encoded(scene(), ".jpg") + 1000 * b"\xff\xda").shape == (40, 60, 3)


def test_the_limit_can_be_set() -> None:
    with pytest.raises(ImageError, match=r"60 x 40 pixels, limit 0\.001 megapixels"):
        decode(encoded(scene(), ".png"), max_megapixels=0.001)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError) as caught:
        load(tmp_path / "gone.jpg")
    assert str(caught.value) == f"there is no file '{tmp_path / 'gone.jpg'}'"


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(ImageError) as caught:
        load(tmp_path)
    assert str(caught.value) == f"'{tmp_path}' is a folder, not a picture"


def test_a_file_that_the_system_refuses_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="cannot be opened: File name too long"):
        load(tmp_path / ("x" * 300))


def exif(orientation: int) -> bytes:
    tiff = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def test_a_turned_photo_comes_out_upright() -> None:
    data = encoded(scene(), ".jpg")
    picture = decode(data[:2] + exif(6) + data[2:])
    assert picture.shape == (60, 40, 3)
    assert picture[5, 20, 0] > 150, "what was left is on top after a turn to the right"


@pytest.mark.parametrize(
    "picture",
    [
        np.full((8, 9), 120, np.uint8),
        np.full((8, 9), 120 * 256, np.uint16),
        np.full((8, 9, 3), 120 * 256, np.uint16),
        np.full((8, 9, 4), 120, np.uint8),
    ],
    ids=["grey", "grey 16 bit", "16 bit", "alpha"],
)
def test_other_depths_and_channels_become_bgr(picture: NDArray[np.integer]) -> None:
    found = decode(encoded(picture, ".png"))
    assert found.dtype == np.uint8
    assert found.tolist() == np.full((8, 9, 3), 120).tolist()


@pytest.mark.parametrize(
    "array",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)],
)
def test_arrays_that_are_no_pictures_are_refused(array: NDArray[np.generic]) -> None:
    with pytest.raises(ImageError, match="is not a picture"):
        check(array)


def test_a_tilted_plate_comes_out_flat() -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    corners = np.array([(60, 50), (220, 90), (210, 150), (50, 110)])
    cv2.fillPoly(picture, [corners], (255, 255, 255))
    flat = rectify(picture, Quad(((60, 50), (220, 90), (210, 150), (50, 110))), 0.0, (160, 64))
    assert flat.shape == (64, 160, 3)
    assert flat[3:-3, 3:-3].min() > 250


def test_the_margin_is_a_fraction_of_the_plate_on_each_side() -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[40:60, 50:150] = 255
    flat = rectify(picture, Quad.of(Box(50, 40, 150, 60)), 0.25, (150, 30))
    inside = flat[:, :, 0] > 127
    assert (int(inside[15].sum()), int(inside[:, 75].sum())) == (100, 20)
    assert (int(inside[15].argmax()), int(inside[:, 75].argmax())) == (25, 5)


def test_without_a_size_the_plate_keeps_its_own() -> None:
    assert rectify(scene(), Quad.of(Box(10, 10, 50, 30))).shape == (20, 40, 3)


def test_a_large_plate_is_averaged_down_not_sampled() -> None:
    stripes = np.zeros((256, 640, 3), np.uint8)
    stripes[:, ::2] = 255
    flat = rectify(stripes, Quad.of(Box(0, 0, 640, 256)), 0.0, (160, 64))
    assert np.abs(flat[4:-4, 4:-4].astype(int) - 128).max() < 16


def test_the_same_picture_without_any_scale_is_untouched() -> None:
    assert rectify(scene(), Quad.of(Box(0, 0, 60, 40)), 0.0, (60, 40)).tolist() == scene().tolist()


def plate_read(box: Box) -> PlateRead:
    letters = tuple(Character(char, 0.9) for char in "AB12")
    return PlateRead("AB12", "AB12", "AB 12", 0.9, letters, (), None, box, Quad.of(box), 0.8)


@pytest.mark.parametrize("box", [Box(40, 40, 90, 60), Box(0, 0, 50, 10), Box(150, 90, 250, 130)])
def test_annotating_draws_on_a_copy(box: Box) -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    drawn = annotate(picture, [plate_read(box)])
    assert drawn.any()
    assert not picture.any()
    assert drawn.shape == picture.shape


def test_a_name_that_no_file_can_have_is_said() -> None:
    with pytest.raises(ImageError, match="is no name of a file"):
        load("a\0b.jpg")


def test_corners_that_are_no_numbers_are_refused() -> None:
    quad = Quad(((float("nan"), 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)))
    with pytest.raises(ImageError, match="no numbers"):
        rectify(np.zeros((9, 9, 3), np.uint8), quad)


def test_corners_far_outside_do_not_cost_memory() -> None:
    far = 1e6
    quad = Quad(((-far, -far), (far, -far), (far, far), (-far, far)))
    assert max(rectify(np.zeros((90, 160, 3), np.uint8), quad).shape) <= 320
