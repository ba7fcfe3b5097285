"""Where on the picture plates are wanted."""

from __future__ import annotations

from collections.abc import Sequence

from marque.capture.judge import Reason, Why
from marque.config import Zone
from marque.types import Box, Point


class Zones:
    """The zones of one camera. A place is wanted when it lies in an include zone (or there is none) and in no exclude
    zone.
    """

    def __init__(self, zones: Sequence[Zone]) -> None:
        self._include = [z for z in zones if not z.exclude]
        self._exclude = [z for z in zones if z.exclude]

    def refuses(self, box: Box, size: tuple[int, int]) -> Reason | None:
        """Why the centre of ``box`` (pixels of a picture of ``size``) is not wanted; None where it is."""
        place = _relative(box, size)
        excluding = next((z.name for z in self._exclude if inside(place, z.polygon)), None)
        if excluding is not None:
            return Reason(Why.EXCLUDED, f"in the excluded zone {excluding}")
        if self._include and not any(inside(place, z.polygon) for z in self._include):
            return Reason(Why.OUTSIDE_ZONES, "outside every zone")
        return None

    def wants(self, box: Box, size: tuple[int, int]) -> bool:
        """Whether the centre of ``box`` is wanted."""
        return self.refuses(box, size) is None

    def name(self, box: Box, size: tuple[int, int]) -> str | None:
        """The first include zone that holds the centre of ``box``."""
        place = _relative(box, size)
        return next((z.name for z in self._include if inside(place, z.polygon)), None)


def inside(point: Point, polygon: Sequence[Point]) -> bool:
    """Even-odd rule: whether a ray to the right crosses the polygon's edges an odd number of times."""
    x, y = point
    edges = zip(polygon, [*polygon[1:], polygon[0]], strict=True)
    crossed = [x < x0 + (y - y0) * (x1 - x0) / (y1 - y0) for (x0, y0), (x1, y1) in edges if (y0 > y) != (y1 > y)]
    return sum(crossed) % 2 == 1


def _relative(box: Box, size: tuple[int, int]) -> Point:
    x, y = box.center
    return x / size[0], y / size[1]
