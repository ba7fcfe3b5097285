"""A vehicle as several looks at it show it: its type and colour."""

from __future__ import annotations

from dataclasses import dataclass, field

from marque.types import Box, Image, SeenVehicle, Vehicle
from marque.vision import paint
from marque.vision.tally import Tally

TYPE = 0.5
"""share that a type needs to be told"""


@dataclass(slots=True)
class Looks:
    """Grows with every look at one vehicle."""

    types: Tally = field(default_factory=Tally)
    colors: Tally = field(default_factory=Tally)

    def add(self, seen: SeenVehicle, image: Image) -> None:
        """One look; the nearer and surer, the more it counts."""
        box = seen.detection.box
        weight = seen.detection.score * box.width
        self.types.add(seen.types, weight)
        self.colors.add(paint.colors(image, box), weight)

    def absorb(self, other: Looks) -> None:
        """Take over the looks at what turned out to be the same vehicle."""
        self.types.absorb(other.types)
        self.colors.absorb(other.colors)

    def vehicle(self, box: Box) -> Vehicle:
        """What is known of the vehicle, which is at ``box``."""
        return Vehicle(box=box, type=self.types.best(TYPE), color=self.colors.best(paint.load().threshold))


def at_once(seen: SeenVehicle, image: Image) -> Vehicle:
    """What one look tells."""
    looks = Looks()
    looks.add(seen, image)
    return looks.vehicle(seen.detection.box)
