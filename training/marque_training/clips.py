"""Vehicle passes with known texts, and what both nets see in every frame of them; kept, so that what is made of many
frames can be tried again and again without the nets.

`street`: a vehicle of the drawn street, with a plate of any country or a European one. `approach`: one real plate seen
many times as it comes nearer, for which no street is needed. Both through a lens that may be blurred, dim, or starved
of bits, and that wobbles from frame to frame. `film`: a video and the plate that people read in it.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from marque.capture.sources import scene
from marque.types import Box, Detection, Image, Quad, Reading
from marque.vision.reader import Reader
from marque_training.datasets import Crop
from marque_training.synth import draw

FPS = 8.0
SIZE = 640, 360
"""width and height of the picture in which a real crop is said to be"""
FAINT = 10.0
"""pixels of width from which a plate is worth a frame"""
LOOKS = 14
"""frames of a real crop"""


@dataclass(frozen=True)
class Find:
    """A plate that was found in a frame: where, its cut, and what it was read as."""

    detection: Detection
    cut: bytes
    reading: Reading

    @property
    def crop(self) -> Image:
        return np.asarray(cv2.imdecode(np.frombuffer(self.cut, np.uint8), cv2.IMREAD_COLOR), np.uint8)


@dataclass(frozen=True)
class Clip:
    """One pass of a vehicle whose plate says `text`; per frame the finds. `kind`: `street`, `film`, or the set of a
    real crop. `size`: width and height of the picture.
    """

    name: str
    kind: str
    seed: int
    text: str
    size: tuple[int, int]
    fps: float
    frames: tuple[tuple[Find, ...], ...]


@dataclass(frozen=True)
class Lens:
    """How badly a camera sees: pixels of blur, share of contrast left, quality of JPEG (1 to 100), noise in grey
    levels.
    """

    blur: float
    contrast: float
    quality: float
    noise: float

    @classmethod
    def pick(cls, rng: np.random.Generator) -> Lens:
        """From good to hopeless."""
        bad = float(rng.uniform(0.0, 1.0))
        blur = bad * rng.uniform(0.2, 1.3)
        return cls(blur, 1 - bad * rng.uniform(0, 0.7), 90 - bad * rng.uniform(0, 65), bad * rng.uniform(0, 9))

    def take(self, image: Image, rng: np.random.Generator) -> Image:
        """The picture as it comes out, a little better or worse each time."""
        luck = float(np.exp(rng.normal(0, 0.35)))
        seen = cv2.GaussianBlur(image, (0, 0), max(0.1, self.blur * luck)).astype(np.float32)
        mean = float(seen.mean())
        seen = (seen - mean) * self.contrast + mean
        seen += rng.standard_normal(seen.shape, np.float32) * np.float32(self.noise)
        quality = int(np.clip(self.quality / luck**0.5, 8, 95))
        _, coded = cv2.imencode(".jpg", np.clip(seen, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def street(reader: Reader, seed: int) -> Clip:
    """One vehicle of the drawn street; it turns off where its plate is 30 to 130 pixels wide, if it comes so near."""
    rng = np.random.default_rng([seed, 7])
    config = scene.Config(
        seed=10_000 + seed,
        width=(width := int(rng.choice([480, 640, 960]))),
        height=width * 9 // 16,
        fps=FPS,
        vehicles=1,
        gap=0,
        plate_share=None,
        speed=float(rng.uniform(3.0, 12.0)),
        night=bool(rng.random() < 0.3),
        noise=float(rng.choice([2.0, 6.0, 12.0])),
        region=str(rng.choice(["eu", "gb", "fr", "es", "br", "us"])),
    )
    script = scene.Script(config)
    if rng.random() < 0.7:
        plate = draw(rng)
        script.actors = [replace(a, drawn=plate.image, text=plate.text) for a in script.actors]
    widest, lens = float(np.exp(rng.uniform(np.log(30), np.log(130)))), Lens.pick(rng)
    stage = scene.Stage(config, script)
    [actor] = script.actors
    numbers = [n for n in range(script.frames) if FAINT <= actor.plate(script.eye, n).box.width <= widest]
    frames = tuple(look(reader, lens.take(stage.picture(n), rng)) for n in numbers)
    return Clip(f"street {seed}", "street", seed, actor.text, (config.width, config.height), FPS, frames)


def look(reader: Reader, image: Image) -> tuple[Find, ...]:
    """All plates of a picture."""
    found = reader.detect([image])[0]
    crops = [reader.crop(image, d) for d in found]
    readings = reader.recognize(crops)
    return tuple(Find(d, _png(crop), r) for d, crop, r in zip(found, crops, readings, strict=True))


def approach(reader: Reader, kind: str, crop: Crop, seed: int) -> Clip:
    """One real plate, wider from frame to frame by little or much, its corners found less than perfectly."""
    rng = np.random.default_rng([seed, 8])
    lens, native = Lens.pick(rng), float(crop.image.shape[1])
    near = min(native, float(np.exp(rng.uniform(np.log(30), np.log(120)))))
    widths = np.geomspace(max(FAINT, rng.uniform(0.4, 1.0) * near), near, LOOKS)
    frames = tuple((_glimpse(reader, lens, crop, float(width), rng),) for width in widths)
    return Clip(f"{kind} {seed}", kind, seed, crop.text, SIZE, FPS, frames)


def _glimpse(reader: Reader, lens: Lens, crop: Crop, width: float, rng: np.random.Generator) -> Find:
    high = max(6, round(crop.image.shape[0] * width / crop.image.shape[1]))
    small = cv2.resize(crop.image, (round(width), high), interpolation=cv2.INTER_AREA)
    picture = lens.take(np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR), np.uint8), rng)
    slack = rng.normal(0, 0.03, (4, 2)) * (high, high)
    corners = np.array([(0, 0), (width, 0), (width, high), (0, high)]) + slack
    a, b, c, d = ((float(x), float(y)) for x, y in corners)
    cut = reader.crop(picture, Detection(Box(0, 0, width, high), 1.0, quad=Quad((a, b, c, d))), 0.03)
    [reading] = reader.recognize([cut])
    x, y = SIZE[0] / 2, SIZE[1] / 2
    box = Box(x - width / 2, y - high / 2, x + width / 2, y + high / 2)
    return Find(Detection(box, 0.9), _png(cut), reading)


def films(folder: Path) -> Iterator[tuple[Path, str]]:
    """The videos of a folder in which one vehicle's plate is known (`ground_truth.jsonl`), and what it says."""
    for line in (folder / "ground_truth.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        texts = [v["text"] for v in row["vehicles"] if v["text"]]
        if len(texts) == 1:
            yield folder / row["video"], texts[0]


def film(reader: Reader, path: Path, text: str) -> Clip:
    """A video of one vehicle, every third picture of it."""
    capture = cv2.VideoCapture(str(path))
    fps = capture.get(cv2.CAP_PROP_FPS) or 25.0
    pictures = list(_pictures(capture))[::3]
    frames = tuple(look(reader, picture) for picture in pictures)
    height, width = pictures[0].shape[:2]
    return Clip(path.name, "film", 0, text, (width, height), fps / 3, frames)


def _pictures(capture: cv2.VideoCapture) -> Iterator[Image]:
    while (taken := capture.read())[0]:
        yield np.asarray(taken[1], np.uint8)


def whole(crops: Sequence[Crop]) -> list[Crop]:
    """Those of which nothing was greyed out, in an order of their own, so that any few are a fair choice."""
    chosen = [c for c in crops if "*" not in c.text]
    return [chosen[int(i)] for i in np.random.default_rng(9).permutation(len(chosen))]


def keep(folder: Path, clips: Iterable[Clip]) -> Iterator[Clip]:
    """Write each to the folder as it comes."""
    folder.mkdir(parents=True, exist_ok=True)
    for clip in clips:
        unfinished = path(folder, clip.name).with_suffix(".part")
        unfinished.write_bytes(pickle.dumps(clip))
        unfinished.rename(path(folder, clip.name))
        yield clip


def kept(folder: Path) -> Iterator[Clip]:
    """All that lie in the folder. They were written here: what others wrote is not to be opened."""
    for each in sorted(folder.glob("*.clip")):
        clip = pickle.loads(each.read_bytes())
        assert isinstance(clip, Clip)
        yield clip


def path(folder: Path, name: str) -> Path:
    """Where the clip of this name is kept."""
    return folder / f"{name.replace('/', '_').replace(' ', '_')}.clip"


def _png(crop: Image) -> bytes:
    return cv2.imencode(".png", crop)[1].tobytes()
