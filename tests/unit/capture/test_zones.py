"""Where plates are wanted."""

from __future__ import annotations

from marque.capture.zones import Zones, inside
from marque.config import Zone
from marque.types import Box

SIZE = (200, 100)
LEFT = Zone(name="left", polygon=[(0, 0), (0.5, 0), (0.5, 1), (0, 1)])
CORNER = Zone(name="corner", polygon=[(0, 0), (0.2, 0), (0, 0.4)], exclude=True)


def at(x: float, y: float) -> Box:
    return Box(x - 5, y - 5, x + 5, y + 5)


def test_without_zones_all_is_wanted() -> None:
    assert Zones([]).wants(at(10, 10), SIZE)
    assert Zones([]).name(at(10, 10), SIZE) is None


def test_with_an_include_zone_only_what_lies_in_it() -> None:
    zones = Zones([LEFT])
    assert zones.wants(at(50, 50), SIZE)
    assert not zones.wants(at(150, 50), SIZE)
    assert zones.name(at(50, 50), SIZE) == "left"


def test_an_exclude_zone_wins() -> None:
    zones = Zones([LEFT, CORNER])
    assert not zones.wants(at(5, 5), SIZE)
    assert zones.wants(at(60, 60), SIZE)


def test_an_exclude_zone_alone_leaves_the_rest() -> None:
    assert Zones([CORNER]).wants(at(150, 50), SIZE)


def test_a_polygon_may_be_hollowed() -> None:
    notched = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.2), (0.0, 1.0)]
    assert inside((0.1, 0.5), notched)
    assert not inside((0.5, 0.5), notched)
