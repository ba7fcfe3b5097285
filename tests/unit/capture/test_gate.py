"""The motion gate lets movement through, and not noise."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from cameras import NOON
from marque.capture.gate import LINGER, REFRESH, MotionGate
from marque.types import Image


def street(seed: int = 0, *, car: int | None = None, noise: float = 6.0) -> Image:
    random = np.random.default_rng(seed)
    image = np.full((360, 640, 3), 110, np.uint8)
    image[::40] = 140
    if car is not None:
        image[200:240, car : car + 70] = 60
    return np.clip(image + random.normal(0, noise, image.shape), 0, 255).astype(np.uint8)


def opens(gate: MotionGate, seconds: float, image: Image) -> bool:
    return gate.opens(image, NOON + timedelta(seconds=seconds))


def test_the_first_picture_is_looked_at() -> None:
    assert opens(MotionGate(), 0, street())


def test_noise_is_no_movement() -> None:
    gate = MotionGate()
    opens(gate, 0, street(0))
    assert not any(opens(gate, LINGER + n / 10, street(n)) for n in range(1, 20))


def test_a_car_is_movement_and_is_looked_at_a_little_longer() -> None:
    gate = MotionGate()
    opens(gate, 0, street(0))
    assert opens(gate, 5.0, street(1, car=300))
    assert opens(gate, 5.0 + LINGER, street(2, car=300))
    assert not opens(gate, 5.1 + LINGER, street(3, car=300))


def test_slow_movement_adds_up() -> None:
    gate = MotionGate()
    opens(gate, 0, street(car=300, noise=0))
    assert any(opens(gate, 2 + n / 10, street(car=300 + n, noise=0)) for n in range(1, 30))


def test_a_still_picture_is_looked_at_now_and_then() -> None:
    gate = MotionGate()
    opens(gate, 0, street())
    assert not opens(gate, REFRESH - 0.1, street())
    assert opens(gate, REFRESH, street())


def test_a_picture_of_another_size_is_looked_at() -> None:
    gate = MotionGate()
    opens(gate, 0, street())
    assert opens(gate, 5.0, street()[:250])
