"""A drawn street in which vehicles with plates pass, one after another: for the demo, tests and benches. The same
settings always give the same pictures, and :func:`truth` says what is to be read in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from itertools import count
from threading import Event
from typing import Literal

from numpy.random import Generator, default_rng
from pydantic import Field, field_validator

from marque.capture.drawing.paint import darken_below, glow, opaque, paste
from marque.capture.drawing.street import Eye, Grain, darken, draw_street
from marque.capture.drawing.vehicle import BUILDS, LORRY, Build, Sprite, draw_vehicle
from marque.errors import SourceEnded
from marque.plates import normalize
from marque.plates.render import draw_plate
from marque.ports import PluginConfig, SourceContext
from marque.types import Frame, Image, Quad

REQUIRES = ""
EXAMPLE = """
type: scene
seed: 1
vehicles: 5
"""

FAR, NEAR = 24.0, 2.4
"""metres from the eye at which vehicles come and go"""
PLATE = 0.112
"""metres a plate is high"""
LETTERS, DIGITS, CONSONANTS = "ABCDEFGHJKLMNPRTVXY", "0123456789", "BCDFGHJKLMNPRSTVWXYZ"
"""those that British, French and Spanish plates have in common"""
READABLE = 60.0
"""pixels a plate must be wide to count in the truth"""
SIGNS = 64
"""plates that stay drawn; each takes a third of a second"""


class Config(PluginConfig):
    seed: int = 0
    """another seed, another street with other vehicles"""
    width: int = Field(1280, ge=160, le=7680)
    """pixels"""
    height: int = Field(720, ge=120, le=4320)
    """pixels"""
    fps: float = Field(25.0, gt=0, le=240)
    """frames a second"""
    vehicles: int = Field(5, ge=0)
    """how many pass"""
    lorries: int = Field(0, ge=0)
    """how many lorries without a plate pass after them"""
    texts: tuple[str, ...] = ()
    """plates in order of appearance; without them, random ones"""
    region: str = "eu"
    """how the plates look"""
    speed: float = Field(6.0, gt=0)
    """metres a second"""
    direction: Literal["approaching", "receding", "mixed"] = "mixed"
    """which way they drive"""
    gap: float = Field(1.0, ge=0)
    """seconds of empty street before, between and after the vehicles"""
    plate_share: float | None = Field(None, gt=0, lt=1)
    """share of the frames that shall hold a readable plate; sets the gaps in place of `gap`"""
    night: bool = False
    """dark, with lamps on"""
    noise: float = Field(4.0, ge=0, le=60)
    """standard deviation of the sensor noise, in grey levels"""
    again: bool = False
    """begin again after the last vehicle, for ever"""
    realtime: bool = False
    """give frames at `fps` and leave out those not taken in time, as a camera would"""

    @field_validator("texts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Commas between texts, as on a command line."""
        return value.split(",") if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class ScenePass:
    """One vehicle's plate, readable from frame ``first`` to frame ``last``."""

    text: str
    first: int
    last: int


def build(config: Config, context: SourceContext) -> SceneSource:
    return SceneSource(config, context)


def truth(config: Config) -> list[ScenePass]:
    """What is to be read, in order: plates at least READABLE pixels wide and wholly in the picture."""
    return Script(config).truth()


class SceneSource:
    """Iterating raises SourceEnded after the last vehicle, unless the scene begins again."""

    stills = False

    def __init__(self, config: Config, context: SourceContext) -> None:
        self.live = config.realtime
        self._config = config
        self._context = context
        self._closed = Event()

    def __iter__(self) -> Iterator[Frame]:
        start, began = self._context.clock.now(), self._context.clock.monotonic()
        for sequence, image in enumerate(draw(self._config)):
            seconds = sequence / self._config.fps
            if self.live:
                self._closed.wait(max(0.0, began + seconds - self._context.clock.monotonic()))
            if self._closed.is_set():
                return
            yield Frame(image, self._context.camera, start + timedelta(seconds=seconds), sequence)
        raise SourceEnded("the last vehicle of the scene has passed")

    def close(self) -> None:
        self._closed.set()


def draw(config: Config) -> Iterator[Image]:
    """The pictures of the scene, in order; without end where it begins again."""
    script = Script(config)
    stage = Stage(config, script)
    numbers = count() if config.again else range(script.frames)
    return (stage.picture(number % max(script.frames, 1)) for number in numbers)


@dataclass(frozen=True, slots=True)
class Actor:
    """One vehicle's pass; one without a ``text`` has no plate. ``lane``: metres to the right; ``yaw``: tangent of the
    angle it is turned by; ``drawn``: its plate, flat, where it is not to be drawn from its text.
    """

    text: str
    region: str
    build: Build
    begin: int
    frames: int
    rear: bool
    lane: float
    yaw: float
    drawn: Image | None = None

    @property
    def sign(self) -> Image:
        """Its plate, flat."""
        return _sign(self.text, self.region) if self.drawn is None else self.drawn

    def distance(self, number: int) -> float:
        """Metres from the eye in a frame."""
        share = (number - self.begin) / max(self.frames - 1, 1)
        return FAR + (NEAR - FAR) * (1 - share if self.rear else share)

    def quad(self, eye: Eye, number: int, width: float, bottom: float, top: float) -> Quad:
        """Where an upright rectangle of the vehicle appears, metres and heights above the ground."""
        z = self.distance(number)
        corners = ((-width / 2, top), (width / 2, top), (width / 2, bottom), (-width / 2, bottom))
        a, b, c, d = (eye.project(self.lane + x, y, z + x * self.yaw) for x, y in corners)
        return Quad((a, b, c, d))

    def plate(self, eye: Eye, number: int) -> Quad:
        """Where its plate appears."""
        width = PLATE * self.sign.shape[1] / self.sign.shape[0]
        return self.quad(eye, number, width, self.build.plate - PLATE / 2, self.build.plate + PLATE / 2)

    def readable(self, eye: Eye, number: int) -> bool:
        """Whether its plate is large enough and wholly in the picture."""
        if not self.text:
            return False
        box = self.plate(eye, number).box
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= eye.width and box.y1 <= eye.height
        return inside and box.width >= READABLE


@lru_cache(SIGNS)
def _sign(text: str, region: str) -> Image:
    return draw_plate(text, region, 96)


class Script:
    """Who passes when."""

    def __init__(self, config: Config) -> None:
        self.eye = Eye(config.width, config.height)
        self._config = config
        random = default_rng([config.seed, 1])
        actors = [self._actor(number, random) for number in range(config.vehicles)]
        actors += [replace(self._actor(0, random), text="", build=LORRY) for _ in range(config.lorries)]
        gap = self._gap(actors)
        self.actors = [replace(a, begin=gap + n * (a.frames + gap)) for n, a in enumerate(actors)]
        self.frames = gap + sum(a.frames + gap for a in actors)

    def truth(self) -> list[ScenePass]:
        passes = [(a, self._readable(a)) for a in self.actors]
        return [ScenePass(normalize(a.text), frames[0], frames[-1]) for a, frames in passes if frames]

    def _readable(self, actor: Actor) -> list[int]:
        return [n for n in range(actor.begin, actor.begin + actor.frames) if actor.readable(self.eye, n)]

    def _gap(self, actors: Sequence[Actor]) -> int:
        """Frames of empty street before, between and after the vehicles."""
        share = self._config.plate_share
        if share is None or not actors:
            return round(self._config.gap * self._config.fps)
        plates, busy = sum(len(self._readable(a)) for a in actors), sum(a.frames for a in actors)
        return max(0, round((plates / share - busy) / (len(actors) + 1)))

    def _actor(self, number: int, random: Generator) -> Actor:
        config = self._config
        mixed = config.direction == "mixed"
        text = config.texts[number] if number < len(config.texts) else plate_text(random)
        return Actor(
            text=text,
            region=config.region,
            build=BUILDS[int(random.integers(len(BUILDS)))],
            begin=0,
            frames=max(2, round((FAR - NEAR) / config.speed * config.fps)),
            rear=bool(random.integers(2)) if mixed else config.direction == "receding",
            lane=float(random.uniform(-0.9, 0.5)),
            yaw=float(random.uniform(-0.25, 0.25)),
        )


def plate_text(random: Generator) -> str:
    """A random text as some European country would issue it."""

    def pick(alphabet: str, count: int) -> str:
        return "".join(alphabet[i] for i in random.integers(len(alphabet), size=count))

    makers = (
        lambda: f"{pick(LETTERS, 2)}{random.integers(51, 75)} {pick(LETTERS, 3)}",
        lambda: f"{pick(DIGITS, 4)} {pick(CONSONANTS, 3)}",
        lambda: f"{pick(LETTERS, 2)}-{random.integers(100, 1000)}-{pick(LETTERS, 2)}",
    )
    return makers[int(random.integers(len(makers)))]()


class Stage:
    """Draws the script, frame by frame; every frame by itself, so that they can be had in any order."""

    def __init__(self, config: Config, script: Script) -> None:
        self._config, self._script, self._eye = config, script, script.eye
        random = default_rng([config.seed, 2])
        street = draw_street(self._eye, random)
        self._street = darken(street) if config.night else street
        self._sprites: dict[int, Sprite] = {}
        self._grain = Grain(random, self._eye, config.noise)

    def picture(self, number: int) -> Image:
        """One frame, HxWx3 BGR."""
        image = self._street.copy()
        there = [i for i, a in enumerate(self._script.actors) if a.begin <= number < a.begin + a.frames]
        # some megabytes each: kept while it is in the picture
        self._sprites = {i: self._sprites.get(i) or self._sprite(i) for i in there}
        for i, sprite in self._sprites.items():
            self._draw(image, self._script.actors[i], sprite, number)
        return self._grain.over(image, number)

    def _sprite(self, index: int) -> Sprite:
        actor, random = self._script.actors[index], default_rng([self._config.seed, 3, index])
        return draw_vehicle(actor.build, random, rear=actor.rear, lamps=self._config.night)

    def _draw(self, image: Image, actor: Actor, sprite: Sprite, number: int) -> None:
        width, height = sprite.size
        shade = 0.3 if self._config.night else 1.0
        ground = actor.quad(self._eye, number, width, -0.12, 0.1)
        darken_below(image, ground)
        paste(image, sprite.image, actor.quad(self._eye, number, width, 0.0, height), shade)
        if actor.text:
            paste(image, opaque(actor.sign), actor.plate(self._eye, number), 0.8 if self._config.night else 0.95)
        if self._config.night:
            self._lamps(image, actor, number)

    def _lamps(self, image: Image, actor: Actor, number: int) -> None:
        reach = 0.7 * self._eye.focal / actor.distance(number)
        colour = (40, 30, 190) if actor.rear else (190, 215, 225)
        left, right, _, _ = actor.quad(self._eye, number, actor.build.width - 0.4, 0.7, 0.76).points
        for lamp in (left, right):
            glow(image, lamp, reach * (0.3 if actor.rear else 0.55), colour)
