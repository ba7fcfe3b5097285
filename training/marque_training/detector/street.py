"""What stands in a street and has edges, rows and writing like a plate: house fronts, fences, papers, shops, road
signs, maker's names, lamps, marks on the road, rails; and pages of writing and charts. Each is a flat patch, some with
a mask.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from marque_training.detector import lettering

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]


def colour(rng: np.random.Generator, low: int = 0, high: int = 256) -> Colour:
    """Grey or not, each as often."""
    values = rng.integers(low, high, 3) if rng.random() < 0.5 else np.full(3, rng.integers(low, high))
    return int(values[0]), int(values[1]), int(values[2])


def other(rng: np.random.Generator, than: Colour) -> Colour:
    """A colour that can be read on `than`."""
    dark = sum(than) > 380
    return colour(rng, 0, 110) if dark else colour(rng, 150, 256)


def plain(rng: np.random.Generator, height: int, width: int, base: Colour) -> Image:
    """A sheet of one colour on which the light falls off a little."""
    ramp = (
        np.linspace(rng.uniform(0.75, 1.0), 1.0, width)[None, :, None]
        * np.linspace(1.0, rng.uniform(0.8, 1.0), height)[:, None, None]
    )
    return np.asarray(np.clip(ramp * base, 0, 255), np.uint8)


def ink_on(image: Image, mask: Image, at: tuple[int, int], ink: Colour) -> None:
    """Lay a mask of writing on a sheet; what does not fit is cut."""
    x, y = max(0, at[0]), max(0, at[1])
    part = mask[: image.shape[0] - y, : image.shape[1] - x]
    if not part.size:
        return
    region = image[y : y + part.shape[0], x : x + part.shape[1]]
    share = part[..., None].astype(np.float32) / 255
    region[:] = (region * (1 - share) + np.array(ink, np.float32) * share).astype(np.uint8)


def fitted(mask: Image, width: float, height: float) -> Image:
    """A mask brought into a room, its shape kept within a third."""
    scale = min(width / mask.shape[1], height / mask.shape[0])
    size = max(2, round(mask.shape[1] * scale)), max(2, round(min(height, mask.shape[0] * scale * 1.3)))
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)


def paper(rng: np.random.Generator) -> Image:
    """A sheet in a window or on a door: an offer and a telephone number, large, in two to four lines."""
    height, width = int(rng.integers(60, 170)), int(rng.integers(110, 240))
    base = colour(rng, 190, 256) if rng.random() < 0.8 else colour(rng)
    image, ink = plain(rng, height, width, base), other(rng, base)
    lines = int(rng.integers(1, 4))
    texts = [str(rng.choice(lettering.OFFERS)), lettering.telephone(rng), lettering.words(rng, 2)]
    rows = [texts[0], *[texts[int(rng.integers(3))] for _ in range(lines)]]
    step = height / (len(rows) + 0.4)
    for index, text in enumerate(rows):
        mask = fitted(lettering.written(rng, text), width * rng.uniform(0.6, 0.95), step * rng.uniform(0.5, 0.85))
        ink_on(image, mask, ((width - mask.shape[1]) // 2, int(step * (index + 0.3))), ink)
    return image


def maker(rng: np.random.Generator) -> Image:
    """A maker's or model's name in raised or flat letters, often spread wide (BGRA)."""
    text = lettering.maker(rng)
    text = text.upper() if rng.random() < 0.7 else text
    mask = lettering.written(rng, text, spread=float(rng.choice([0, 0, 0.1, 0.3, 0.6])))
    mask = np.pad(mask, 4)
    if rng.random() < 0.35:
        mask = cv2.resize(mask, (mask.shape[1], max(8, int(mask.shape[0] * rng.uniform(0.5, 0.8)))))
    ink = np.array(colour(rng) if rng.random() < 0.4 else (int(rng.integers(130, 256)),) * 3, np.float32)
    image = np.zeros((*mask.shape, 4), np.float32)
    image[..., :3] = ink
    if rng.random() < 0.6:  # light from above, shade below
        edge = cv2.Sobel(mask, cv2.CV_32F, 0, 1) * rng.uniform(-0.3, 0.3)
        image[..., :3] += cv2.GaussianBlur(edge, (0, 0), 1)[..., None]
    shade = np.roll(mask, (2, 2), (0, 1)) if rng.random() < 0.5 else mask
    image[..., :3] *= (mask[..., None] / 255).astype(np.float32)
    image[..., 3] = np.maximum(mask, shade)
    return np.asarray(np.clip(image, 0, 255), np.uint8)


def lettered_strip(rng: np.random.Generator) -> Image:
    """A maker's name on a bar of a grille, of a tailgate or of chrome."""
    name = maker(rng)
    height, width = int(name.shape[0] * rng.uniform(1.2, 2.6)), int(name.shape[1] * rng.uniform(1.1, 2.4))
    base = colour(rng, 0, 90) if rng.random() < 0.6 else colour(rng)
    image = plain(rng, height, width, base)
    if rng.random() < 0.4:
        for y in range(3, height, int(rng.integers(6, 16))):
            cv2.line(image, (0, y), (width, y), colour(rng, 0, 120), 2)
    y, x = (height - name.shape[0]) // 2, (width - name.shape[1]) // 2
    region = image[y : y + name.shape[0], x : x + name.shape[1]]
    share = name[..., 3:].astype(np.float32) / 255
    region[:] = np.clip(region * (1 - share) + name[..., :3], 0, 255).astype(np.uint8)
    return image


def window(rng: np.random.Generator, height: int, width: int, glass: Colour, frame: Colour) -> Image:
    """One window: panes, a frame, sometimes a shutter, bars or a sill."""
    image = plain(rng, height, width, glass)
    kind, thick = rng.random(), max(1, width // 18)
    if kind < 0.2:  # a shutter
        for y in range(0, height, max(2, height // int(rng.integers(6, 16)))):
            cv2.line(image, (0, y), (width, y), frame, 1)
    elif kind < 0.35:  # bars
        for x in range(0, width, max(3, width // int(rng.integers(5, 12)))):
            cv2.line(image, (x, 0), (x, height), frame, thick)
    else:
        for x in np.linspace(0, width, int(rng.integers(2, 5)))[1:-1]:
            cv2.line(image, (int(x), 0), (int(x), height), frame, thick)
        if rng.random() < 0.5:
            cv2.line(image, (0, height // 2), (width, height // 2), frame, thick)
    cv2.rectangle(image, (0, 0), (width - 1, height - 1), frame, thick)
    return image


def front(rng: np.random.Generator, height: int = 0, width: int = 0) -> Image:
    """A house front with even rows of windows, doors and balconies."""
    height, width = height or int(rng.integers(70, 240)), width or int(rng.integers(90, 300))
    wall = colour(rng, 60, 250)
    image = plain(rng, height, width, wall)
    if rng.random() < 0.3:
        bricks(rng, image, wall)
    rows, columns = int(rng.integers(1, 6)), int(rng.integers(2, 11))
    high, wide = height / (rows + 0.3), width / (columns + 0.2)
    tall, broad = int(high * rng.uniform(0.35, 0.8)), int(wide * rng.uniform(0.35, 0.85))
    glass, frame = (colour(rng, 0, 120), colour(rng, 120, 256))[:: 1 if rng.random() < 0.75 else -1]
    if tall < 3 or broad < 3:
        return image
    panes = [window(rng, tall, broad, glass, frame) for _ in range(2)]
    for row in range(rows):
        y = int(high * (row + 0.25))
        if rng.random() < 0.25:
            cv2.rectangle(image, (0, y + tall), (width, y + tall + max(2, int(high * 0.12))), frame, -1)
        for column in range(columns):
            if rng.random() < 0.95:
                x = int(wide * (column + 0.15))
                part = image[y : y + tall, x : x + broad]
                part[:] = panes[int(rng.integers(2))][: part.shape[0], : part.shape[1]]
    return image


def bricks(rng: np.random.Generator, image: Image, wall: Colour) -> None:
    height, width = image.shape[:2]
    step, mortar = int(rng.integers(4, 12)), tuple(max(0, v - 30) for v in wall)
    for row, y in enumerate(range(0, height, step)):
        cv2.line(image, (0, y), (width, y), mortar, 1)
        for x in range((row % 2) * step, width, 2 * step):
            cv2.line(image, (x, y), (x, y + step), mortar, 1)


def fence(rng: np.random.Generator) -> Image:
    """Palings, bars, a lattice, pierced blocks or the slots of a panel."""
    height, width = int(rng.integers(40, 130)), int(rng.integers(80, 280))
    back, bar = colour(rng), colour(rng)
    image = plain(rng, height, width, back)
    step, kind = int(rng.integers(7, 30)), rng.random()
    thick = max(1, int(step * rng.uniform(0.1, 0.6)))
    for x in range(0, width + height, step):
        if kind < 0.45:
            cv2.line(image, (x, 0), (x, height), bar, thick)
        elif kind < 0.65:
            cv2.line(image, (x, 0), (x - height, height), bar, thick, cv2.LINE_AA)
            cv2.line(image, (x - height, 0), (x, height), bar, thick, cv2.LINE_AA)
        else:
            slot(image, x, step, height, bar, kind > 0.85)
    if kind < 0.65 and rng.random() < 0.7:
        for y in (int(height * 0.15), int(height * 0.85)):
            cv2.line(image, (0, y), (width, y), bar, thick)
    if rng.random() < 0.5:
        cv2.rectangle(image, (0, 0), (width - 1, height - 1), bar, thick)
    return image


def slot(image: Image, x: int, step: int, height: int, ink: Colour, round_: bool) -> None:
    """One column of holes."""
    for y in range(step // 2, height, step):
        if round_:
            cv2.circle(image, (x, y), max(1, step // 3), ink, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(image, (x, y), (x + step // 2, y + step // 2), ink, -1)


def shop(rng: np.random.Generator) -> Image:
    """The board over a shop, the side of a van, an advertisement: large words, sometimes a number or a picture."""
    height, width = int(rng.integers(40, 130)), int(rng.integers(120, 320))
    base = colour(rng)
    image, ink = plain(rng, height, width, base), other(rng, base)
    if rng.random() < 0.4:
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        cv2.circle(image, centre, int(rng.uniform(0.2, 0.6) * height), colour(rng), -1, cv2.LINE_AA)
    lines, y = int(rng.integers(1, 4)), 0.08 * height
    for index in range(lines):
        text = lettering.words(rng, int(rng.integers(1, 3))) if rng.random() < 0.75 else lettering.telephone(rng)
        text = text.upper() if rng.random() < 0.4 else text
        room = height * (0.84 / lines) * (rng.uniform(0.5, 0.95) if index else 0.95)
        mask = fitted(lettering.written(rng, text), width * rng.uniform(0.5, 0.95), room)
        ink_on(image, mask, (int(rng.uniform(0, width - mask.shape[1] + 1)), int(y)), ink)
        y += mask.shape[0] + 0.05 * height
    return image


def road_sign(rng: np.random.Generator) -> Image:
    """Blue, green, white or brown with places and arrows; a square with a triangle; a plate with a distance (BGRA)."""
    height, width = int(rng.integers(60, 160)), int(rng.integers(60, 220))
    base = [(150, 70, 20), (70, 110, 20), (245, 245, 245), (30, 60, 110), (40, 40, 200), (30, 190, 240)]
    back: Colour = base[int(rng.integers(len(base)))]
    image, ink = plain(rng, height, width, back), other(rng, back)
    cv2.rectangle(image, (2, 2), (width - 3, height - 3), ink, int(rng.integers(1, 4)))
    if rng.random() < 0.35:
        points = np.array([[0.5, 0.12], [0.9, 0.85], [0.1, 0.85]]) * (width, height)
        cv2.fillPoly(image, [points.astype(np.int32)], ink)
        cv2.line(image, (width // 2, height // 3), (width // 2, int(height * 0.75)), back, max(2, width // 12))
    else:
        for index in range(int(rng.integers(1, 4))):
            mask = fitted(lettering.written(rng, lettering.words(rng, 1)), width * 0.7, height * 0.26)
            ink_on(image, mask, (int(width * 0.08), int(height * (0.08 + 0.3 * index))), ink)
        tip = (int(width * rng.uniform(0.7, 0.95)), int(height * rng.uniform(0.2, 0.8)))
        cv2.arrowedLine(image, (int(width * 0.85), height - 6), tip, ink, max(2, width // 30), cv2.LINE_AA)
    return np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])


def road_mark(rng: np.random.Generator) -> Image:
    """White or yellow on asphalt: bars of a crossing, a dash, letters."""
    height, width = int(rng.integers(30, 80)), int(rng.integers(80, 240))
    image = plain(rng, height, width, (int(rng.integers(60, 130)),) * 3)
    ink = (240, 240, 240) if rng.random() < 0.8 else (60, 200, 240)
    if rng.random() < 0.25:
        mask = fitted(lettering.written(rng, str(rng.choice(lettering.SHOPS)).upper()), width * 0.8, height * 0.8)
        ink_on(image, mask, (int(width * 0.1), int(height * 0.1)), ink)
    else:
        step = int(rng.integers(12, 60))
        for x in range(int(rng.integers(0, step)), width, step):
            cv2.rectangle(image, (x, int(height * 0.15)), (x + step // 2, int(height * 0.85)), ink, -1)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 1), np.uint8)


def rail(rng: np.random.Generator) -> Image:
    """A crash barrier or kerb: long pale bands between posts."""
    height, width = int(rng.integers(24, 60)), int(rng.integers(160, 320))
    image = plain(rng, height, width, colour(rng, 40, 140))
    band = (int(rng.integers(140, 250)),) * 3
    for y in (0.3, 0.6):
        cv2.rectangle(image, (0, int(height * y)), (width, int(height * (y + 0.18))), band, -1)
    for x in range(int(rng.integers(0, 30)), width, int(rng.integers(30, 90))):
        cv2.rectangle(image, (x, int(height * 0.2)), (x + int(rng.integers(3, 10)), height), colour(rng, 40, 200), -1)
    return image


def light(rng: np.random.Generator) -> Image:
    """A lamp with ribs or cells behind clear, red or amber glass, lit or not (BGRA)."""
    height, width = int(rng.integers(30, 90)), int(rng.integers(70, 180))
    glass: list[Colour] = [(40, 40, 200), (30, 130, 240), (220, 220, 220), (90, 90, 90), (60, 60, 160)]
    image = plain(rng, height, width, glass[int(rng.integers(len(glass)))])
    for x in range(0, width, int(rng.integers(5, 24))):
        cv2.line(image, (x, 0), (x, height), colour(rng, 60, 256), 1)
    if rng.random() < 0.6:
        centre = (int(rng.uniform(0.2, 0.8) * width), height // 2)
        cv2.ellipse(image, centre, (width // 5, height // 3), 0, 0, 360, (250, 250, 250), -1, cv2.LINE_AA)
    image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 3))
    mask = np.zeros((height, width), np.uint8)
    if rng.random() < 0.5:
        cv2.ellipse(mask, (width // 2, height // 2), (width // 2, height // 2), 0, 0, 360, 255, -1)
    else:
        points = (np.array([[0, 0.2], [0.8, 0], [1, 0.7], [0.2, 1]]) + rng.normal(0, 0.08, (4, 2))) * (width, height)
        cv2.fillPoly(mask, [points.astype(np.int32)], 255)
    return np.dstack([image * (mask > 0)[..., None].astype(np.uint8), mask])


def page(rng: np.random.Generator, height: int = 0, width: int = 0) -> Image:
    """A page, a screen or a chart: lines of writing, boxes, axes, a large word or a logo."""
    height, width = height or int(rng.integers(80, 260)), width or int(rng.integers(90, 300))
    base = (250, 250, 250) if rng.random() < 0.6 else colour(rng)
    image = plain(rng, height, width, base)
    for _ in range(int(rng.integers(1, 8))):
        ink = other(rng, base) if rng.random() < 0.7 else colour(rng)
        x0, y0 = (int(v) for v in rng.uniform(0, 0.8, 2) * (width, height))
        x1, y1 = x0 + int(rng.uniform(0.1, 0.6) * width), y0 + int(rng.uniform(0.05, 0.4) * height)
        kind = rng.random()
        if kind < 0.25:
            cv2.rectangle(image, (x0, y0), (x1, y1), ink, int(rng.choice([-1, 1, 2, 4])))
        elif kind < 0.4:
            line = np.stack([np.linspace(x0, x1, 9), rng.uniform(y0, y1, 9)], 1).astype(np.int32)
            cv2.polylines(image, [line], False, ink, int(rng.integers(1, 4)), cv2.LINE_AA)
        else:
            text = lettering.words(rng, int(rng.integers(1, 5))) if rng.random() < 0.8 else lettering.telephone(rng)
            mask = fitted(lettering.written(rng, text), x1 - x0 + 8, rng.uniform(0.04, 0.25) * height + 4)
            ink_on(image, mask, (x0, y0), ink)
    return image


PATCHES = (
    paper, paper, paper, maker, maker, lettered_strip, lettered_strip, front, front, front, fence, fence, shop, shop,
    road_sign, road_mark, rail, light, page,
)  # fmt: skip


def scene(rng: np.random.Generator, height: int, width: int) -> Image:
    """A whole picture without a vehicle: a street of house fronts under a sky, one front, or a page."""
    kind = rng.random()
    if kind < 0.3:
        return page(rng, height, width)
    if kind < 0.6:
        return front(rng, height, width)
    image, x = plain(rng, height, width, colour(rng, 120, 250)), 0
    ground = int(height * rng.uniform(0.55, 0.95))
    while x < width:
        wide, top = int(width * rng.uniform(0.2, 0.7)), int(height * rng.uniform(0.0, 0.4))
        part = image[top:ground, x : x + wide]
        if min(part.shape[:2]) > 12:
            part[:] = front(rng, *part.shape[:2])
        x += wide
    image[ground:] = plain(rng, height - ground, width, colour(rng, 50, 160))
    return image
