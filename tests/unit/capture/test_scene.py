"""The drawn street: the same every time, and honest about what is in it."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from cameras import FakeClock, drain
from marque.capture.quality import sharpness
from marque.capture.sources import scene
from marque.capture.sources.scene import READABLE, Config, Script, Stage, plate_text, truth
from marque.errors import SourceEnded
from marque.plates import normalize
from marque.plates.formats import Formats
from marque.ports import SourceContext
from marque.types import Frame, Image
from marque.vision.image import rectify
from plate_readings import reading

SMALL = Config(width=640, height=360, vehicles=2, fps=10, gap=0.2, noise=2)


@pytest.fixture(scope="module")
def clip() -> list[Frame]:
    frames, end = drain(scene.build(SMALL, SourceContext("gate", FakeClock())))
    assert isinstance(end, SourceEnded)
    return frames


def test_a_seed_always_draws_the_same(clip: list[Frame]) -> None:
    stage = Stage(SMALL, Script(SMALL))
    assert all(np.array_equal(clip[n].image, stage.picture(n)) for n in (0, 20, 30))


def test_another_seed_draws_something_else() -> None:
    other = SMALL.model_copy(update={"seed": 7})
    assert [p.text for p in truth(other)] != [p.text for p in truth(SMALL)]
    assert not np.array_equal(Stage(other, Script(other)).picture(0), Stage(SMALL, Script(SMALL)).picture(0))


def test_frames_come_in_order_at_the_pace_of_the_clip(clip: list[Frame]) -> None:
    assert [f.sequence for f in clip] == list(range(len(clip)))
    assert (clip[-1].time - clip[0].time).total_seconds() == pytest.approx((len(clip) - 1) / SMALL.fps)
    assert clip[0].image.shape == (360, 640, 3)


def test_given_texts_appear_in_their_order() -> None:
    config = Config(texts=("ab12 cde", "7654 BCD"), vehicles=2)
    assert [p.text for p in truth(config)] == ["AB12CDE", "7654BCD"]


def test_lorries_pass_last_and_without_plates() -> None:
    config = SMALL.model_copy(update={"lorries": 2})
    script = Script(config)
    assert [actor.build.type == "truck" for actor in script.actors] == [False, False, True, True]
    assert truth(config) == truth(SMALL)
    lorry = script.actors[-1]
    empty, there = (Stage(config, script).picture(n) for n in (0, lorry.begin + lorry.frames // 2))
    assert (empty.astype(int) != there).mean() > 0.2


def test_the_truth_is_where_the_plates_are() -> None:
    config = Config(vehicles=2, direction="approaching")
    script = Script(config)
    for actor, told in zip(script.actors, truth(config), strict=True):
        first, last = actor.plate(script.eye, told.first).box, actor.plate(script.eye, told.last).box
        assert READABLE <= first.width < last.width
        assert last.y1 <= config.height


def test_plates_in_the_truth_are_sharp_enough_to_read() -> None:
    config = Config(vehicles=1, direction="approaching", noise=2)
    script = Script(config)
    stage, (told,), (actor,) = Stage(config, script), truth(config), script.actors
    crops: list[Image] = [
        rectify(stage.picture(n), actor.plate(script.eye, n), 0.0, (160, 40)) for n in (told.first, told.last)
    ]
    assert sharpness(crops[0]) < sharpness(crops[1])
    assert min(float(np.std(crop)) for crop in crops) > 40


def test_the_share_of_frames_with_a_plate_can_be_chosen() -> None:
    config = Config(vehicles=4, plate_share=0.2)
    with_plate = sum(p.last - p.first + 1 for p in truth(config))
    assert with_plate / Script(config).frames == pytest.approx(0.2, abs=0.01)


def test_night_is_dark_but_plates_shine() -> None:
    config = Config(vehicles=1, direction="approaching", night=True)
    script = Script(config)
    picture = Stage(config, script).picture(truth(config)[0].last)
    box = script.actors[0].plate(script.eye, truth(config)[0].last).box
    plate = picture[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)]
    assert picture.mean() < 60
    assert plate.mean() > 2 * picture.mean()


def test_an_empty_street_has_no_plates() -> None:
    config = Config(vehicles=0, gap=1)
    assert truth(config) == []
    assert Script(config).frames == 25


def test_a_scene_that_begins_again_goes_on_with_its_first_picture() -> None:
    config = Config(width=320, height=180, vehicles=1, fps=2, again=True)
    length = Script(config).frames
    round_again = list(islice(scene.draw(config), length + 1))
    assert np.array_equal(round_again[0], round_again[length])
    assert not np.array_equal(round_again[0], round_again[length // 2])


def test_a_real_time_scene_is_live_and_can_be_closed() -> None:
    source = scene.build(Config(realtime=True, fps=1, vehicles=1), SourceContext("gate", FakeClock()))
    assert source.live
    pictures = iter(source)
    next(pictures)
    source.close()
    assert list(pictures) == []


def test_it_takes_what_a_command_line_can_say() -> None:
    config = Config.model_validate({"texts": "AB12 CDE,7654 BCD", "seed": "3"})
    assert config.texts == ("AB12 CDE", "7654 BCD")
    assert config.seed == 3


def test_random_texts_are_such_as_some_country_issues() -> None:
    formats, random = Formats(["gb", "fr", "es"]), np.random.default_rng(1)
    texts = [plate_text(random) for _ in range(60)]
    assert len(set(texts)) == 60
    assert [text for text in texts if formats.match(reading(normalize(text), 0.99))[0].region is None] == []
