"""What looks like a plate and is none: words, signs, badges, lamps, grilles, clocks and burnt-in time stamps."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from marque_training.detector import street
from marque_training.detector.paste import paste, pose

Image = NDArray[np.uint8]
FACES = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX)
WORDS = """
TOYOTA HYUNDAI AMBULANCE POLICE TAXI SCHOOL BUS HIGHWAY EXIT PARKING OPEN SALE turbo GTI quattro hybrid STOP
Volvo FORD Transit Sprinter MERCEDES VIGO 4x4 TDI DIESEL Express Logistics CENTRAL Bank hotel Cafe NO ENTRY
www GOLF RENAULT PEUGEOT CITROEN OPEL MEGANE Clio SYMBOL POLO FIESTA PASSAT KIA NISSAN SUZUKI HONDA BENZ NOAH
MAZDA For Corolla CIVIC Sorry LTD Tel 24h service Center Metro LINE CARGO rent Free Delivery TRANSPORT One Way
""".split()  # noqa: SIM905


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    values = rng.integers(0, 256, 3) if rng.random() < 0.6 else np.full(3, rng.integers(0, 256))
    return int(values[0]), int(values[1]), int(values[2])


def _write(
    rng: np.random.Generator, image: Image, text: str, at: tuple[int, int], size: float, ink: tuple[int, ...]
) -> None:
    face = FACES[int(rng.integers(len(FACES)))]
    cv2.putText(image, text, at, face, size, ink, max(1, int(size * rng.uniform(1, 4))), cv2.LINE_AA)


def word(rng: np.random.Generator) -> Image:
    """Letters alone, on nothing: a name on a vehicle or on a wall (BGRA)."""
    text = " ".join(rng.choice(WORDS, int(rng.integers(1, 3))))
    face = FACES[int(rng.integers(len(FACES)))]
    weight = int(rng.integers(2, 7))
    (width, height), base = cv2.getTextSize(text, face, 1.6, weight)
    mask = np.zeros((height + base + 8, width + 8), np.uint8)
    cv2.putText(mask, text, (4, height + 4), face, 1.6, 255, weight, cv2.LINE_AA)
    image = np.zeros((*mask.shape, 4), np.uint8)
    image[..., :3], image[..., 3] = _colour(rng), mask
    image[..., :3] = (image[..., :3] * (mask[..., None] / 255.0)).astype(np.uint8)
    return image


def badge(rng: np.random.Generator) -> Image:
    """A maker's or model's name in raised letters, light on one edge and shadow on the other (BGRA)."""
    text = str(rng.choice(WORDS)).upper() if rng.random() < 0.8 else f"{rng.integers(100, 4000)}"
    text = (" " * int(rng.choice([0, 0, 1, 2]))).join(text)
    face, weight = FACES[int(rng.integers(3))], int(rng.integers(3, 9))
    (width, height), base = cv2.getTextSize(text, face, 1.8, weight)
    image = np.zeros((height + base + 12, width + 12, 4), np.uint8)
    metal = int(rng.integers(120, 256))
    inks = ((15, 15, 15), (255, 255, 255), (metal, metal, metal)) if rng.random() < 0.8 else (_colour(rng),) * 3
    for shift, ink in zip((2, -1, 0), inks, strict=True):
        cv2.putText(image, text, (6 + shift, height + 6 + shift), face, 1.8, (*ink, 255), weight, cv2.LINE_AA)
    return image


def notice(rng: np.random.Generator) -> Image:
    """A sheet behind a window: a few words of different sizes, a telephone number, a tear-off edge."""
    height, width = int(rng.integers(70, 160)), int(rng.integers(90, 220))
    image = np.full((height, width, 3), _colour(rng) if rng.random() < 0.5 else (235, 235, 235), np.uint8)
    ink, y = _colour(rng), 8
    while y < height - 12:
        size = rng.uniform(0.35, 1.0)
        text = " ".join(rng.choice(WORDS, 2)) if rng.random() < 0.7 else f"0{rng.integers(10**8, 10**9)}"
        y += int(26 * size)
        _write(rng, image, text, (int(rng.integers(2, 24)), y), size, ink)
        y += int(rng.integers(3, 16))
    return image


def sign(rng: np.random.Generator) -> Image:
    """A board with several lines of small writing, arrows or a picture: shop, road or advertisement."""
    height, width = int(rng.integers(80, 180)), int(rng.integers(60, 260))
    image = np.full((height, width, 3), _colour(rng), np.uint8)
    ink = _colour(rng)
    y = int(rng.integers(10, 30))
    while y < height - 4:
        size = rng.uniform(0.3, 0.7)
        _write(rng, image, " ".join(rng.choice(WORDS, 5)), (int(rng.integers(3, 20)), y), size, ink)
        y += int(size * rng.uniform(28, 60))
    if rng.random() < 0.5:
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        cv2.circle(image, centre, int(rng.integers(10, 50)), _colour(rng), -1, cv2.LINE_AA)
    if rng.random() < 0.4:
        tip = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        cv2.arrowedLine(image, (width // 2, height - 5), tip, _colour(rng), int(rng.integers(4, 12)), cv2.LINE_AA)
    return image


def disc(rng: np.random.Generator) -> Image:
    """A round sign or badge, sometimes with a number, a star or a ring (BGRA)."""
    image = np.zeros((96, 96, 4), np.uint8)
    cv2.circle(image, (48, 48), 46, (*_colour(rng), 255), -1, cv2.LINE_AA)
    if rng.random() < 0.7:
        cv2.circle(
            image, (48, 48), int(rng.integers(20, 42)), (*_colour(rng), 255), int(rng.choice([-1, 3, 6])), cv2.LINE_AA
        )
    if rng.random() < 0.5:
        _write(rng, image, str(rng.integers(5, 130)), (20, 60), 1.1, (*_colour(rng), 255))
    return image


def grille(rng: np.random.Generator) -> Image:
    """Slats of a grille, a louvre, a drain or a fence: a dark or pale rectangle with regular bars."""
    height, width = int(rng.integers(40, 120)), int(rng.integers(60, 240))
    image = np.full((height, width, 3), _colour(rng), np.uint8)
    ink, step, weight = _colour(rng), int(rng.integers(6, 20)), int(rng.integers(2, 6))
    if rng.random() < 0.6:
        for y in range(step // 2, height, step):
            cv2.line(image, (0, y), (width, y), ink, weight, cv2.LINE_AA)
    if rng.random() < 0.5:
        for x in range(step // 2, width, step):
            cv2.line(image, (x, 0), (x, height), ink, weight, cv2.LINE_AA)
    return image


def lamp(rng: np.random.Generator) -> Image:
    """A head lamp, tail lamp or reflector: a bright blob in a coloured shell (BGRA)."""
    image = np.zeros((64, 128, 4), np.uint8)
    shell = (
        (*_colour(rng), 255)
        if rng.random() < 0.4
        else (int(rng.integers(10, 60)), 20, int(rng.integers(120, 250)), 255)
    )
    cv2.ellipse(
        image, (64, 32), (int(rng.integers(30, 62)), int(rng.integers(14, 30))), 0, 0, 360, shell, -1, cv2.LINE_AA
    )
    glow = (255, 255, 255, 255)
    cv2.ellipse(
        image,
        (int(rng.integers(40, 90)), 32),
        (int(rng.integers(6, 30)), int(rng.integers(4, 16))),
        0,
        0,
        360,
        glow,
        -1,
    )
    image[..., :3] = cv2.GaussianBlur(image[..., :3], (0, 0), 3)
    return image


def wheel(rng: np.random.Generator) -> Image:
    """A wheel with spokes, as stands behind a motorcycle's plate (BGRA)."""
    image = np.zeros((160, 160, 4), np.uint8)
    rim, tyre = int(rng.integers(50, 66)), int(rng.integers(4, 14))
    cv2.circle(image, (80, 80), rim + tyre, (*(int(rng.integers(5, 60)),) * 3, 255), 2 * tyre, cv2.LINE_AA)
    metal = (*(_colour(rng) if rng.random() < 0.3 else (int(rng.integers(40, 230)),) * 3), 255)
    cv2.circle(image, (80, 80), rim, metal, 3, cv2.LINE_AA)
    spokes, weight = int(rng.choice([3, 5, 6, 12, 24])), int(rng.integers(1, 8))
    for angle in np.linspace(0, 2 * np.pi, spokes, endpoint=False) + rng.uniform(0, 2):
        end = (int(80 + rim * np.cos(angle)), int(80 + rim * np.sin(angle)))
        cv2.line(image, (80, 80), end, metal, weight, cv2.LINE_AA)
    cv2.circle(image, (80, 80), int(rng.integers(8, 24)), metal, -1, cv2.LINE_AA)
    return image


def blank(rng: np.random.Generator) -> Image:
    """A plain or shaded rectangle: a window, a sticker, a recess without a plate."""
    image = np.full((48, int(rng.integers(40, 200)), 3), _colour(rng), np.uint8)
    ramp = np.linspace(rng.uniform(0.5, 1), 1, image.shape[1])[None, :, None]
    image = (image * ramp).astype(np.uint8)
    if rng.random() < 0.5:
        cv2.rectangle(image, (2, 2), (image.shape[1] - 3, 45), _colour(rng), int(rng.integers(1, 4)))
    return image


STREET = 0.65
PATCHES = (
    word,
    word,
    badge,
    badge,
    badge,
    sign,
    notice,
    notice,
    disc,
    wheel,
    wheel,
    wheel,
    grille,
    grille,
    lamp,
    lamp,
    blank,
)


def stamp(rng: np.random.Generator, image: Image) -> NDArray[np.float32]:
    """Burn a time stamp or camera name into the picture, as recorders do; returns the box it covers."""
    height, width = image.shape[:2]
    parts = [f"{rng.integers(2005, 2031)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}",
             f"{rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}:{rng.integers(0, 60):02d}",
             f"CAM {rng.integers(1, 40)}", f"{rng.integers(10, 140)} KM/H"]  # fmt: skip
    text = " ".join(rng.permutation(parts)[: int(rng.integers(1, 4))])
    size, face = rng.uniform(0.3, 1.1), FACES[int(rng.integers(3))]
    weight = 1 if size < 0.6 else 2
    (tw, th), base = cv2.getTextSize(text, face, size, weight)
    x = int(rng.integers(0, max(1, width - tw)))
    y = int(rng.integers(th + 2, 40) if rng.random() < 0.5 else rng.integers(height - 40, height - base))
    if rng.random() < 0.4:
        strip = (0, width) if rng.random() < 0.5 else (x - 3, x + tw + 3)
        cv2.rectangle(image, (strip[0], y - th - 3), (strip[1], y + base + 2), _colour(rng), -1)
    ink = (255, 255, 255) if rng.random() < 0.5 else _colour(rng)
    cv2.putText(image, text, (x, y), face, size, ink, weight, cv2.LINE_AA)
    return np.array([x, y - th, x + tw, y + base], np.float32)


def distract(rng: np.random.Generator, image: Image, taken: NDArray[np.float32]) -> None:
    """Paste one to five such things where no plate (`taken` [n, 4]) is."""
    height, width = image.shape[:2]
    for _ in range(int(rng.integers(1, 6))):
        patches = street.PATCHES if rng.random() < STREET else PATCHES
        patch = patches[int(rng.integers(len(patches)))](rng)
        size = float(np.exp(rng.uniform(np.log(12), np.log(0.7 * width))))
        middle = (rng.uniform(0, 1, 2) * (width, height)).astype(np.float32)
        quad = pose(rng, size, patch.shape[1] / patch.shape[0]) + middle
        if not overlaps(np.concatenate([quad.min(0), quad.max(0)]), taken):
            paste(image, patch, quad, gain=rng.uniform(0.4, 1.1))


def overlaps(box: NDArray[np.float32], boxes: NDArray[np.float32], margin: float = 3.0) -> bool:
    if not len(boxes):
        return False
    apart = (box[2] + margin < boxes[:, 0]) | (box[0] - margin > boxes[:, 2])
    apart |= (box[3] + margin < boxes[:, 1]) | (box[1] - margin > boxes[:, 3])
    return bool((~apart).any())
