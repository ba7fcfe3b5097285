"""Several looks at one thing."""

from __future__ import annotations

import pytest

from marque.types import Attribute
from marque.vision.tally import Tally


def said(**shares: float) -> list[Attribute]:
    return [Attribute(name, share) for name, share in shares.items()]


def test_nothing_said_is_nothing_known() -> None:
    tally = Tally()
    tally.add([])
    assert tally.best(0.0) is None


def test_weightier_looks_count_for_more() -> None:
    tally = Tally()
    tally.add(said(car=0.9, van=0.1), 1.0)
    tally.add(said(van=0.8, car=0.2), 3.0)
    best = tally.best(0.5)
    assert best is not None
    assert best.value == "van"
    assert best.confidence == pytest.approx(0.625)


def test_what_is_not_sure_enough_is_not_told() -> None:
    tally = Tally()
    tally.add(said(car=0.45, van=0.4, bus=0.15))
    assert tally.best(0.5) is None


def test_looks_at_the_same_thing_elsewhere_are_taken_over() -> None:
    one, other = Tally(), Tally()
    one.add(said(car=1.0))
    other.add(said(bus=1.0), 2.0)
    one.absorb(other)
    best = one.best(0.5)
    assert best is not None
    assert best.value == "bus"
    assert best.confidence == pytest.approx(2 / 3)
