"""What visits of plates need to know of the vehicles that carry them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from marque.types import Vehicle


class Carriers(Protocol):
    """A camera's vehicles; plates go by the numbers of their tracks."""

    def of(self, plates: Collection[int], time: datetime) -> Vehicle | None:
        """The vehicle that carries a plate of these tracks, its box as it was at ``time``."""

    def told(self, plates: Collection[int]) -> None:
        """The plate of these tracks was told of."""


class NoCarriers:
    """Where nobody asked for vehicles."""

    def of(self, plates: Collection[int], time: datetime) -> Vehicle | None:  # noqa: ARG002
        return None

    def told(self, plates: Collection[int]) -> None:
        """Nobody is waiting for it."""


def news(before: Vehicle | None, after: Vehicle | None) -> dict[str, tuple[Any, Any]]:
    """What of type and colour is known now and was not, or was another; to be less sure is no news."""
    was, now = _looks(before), _looks(after)
    return {name: (was.get(name), value) for name, value in now.items() if value != was.get(name)}


def _looks(vehicle: Vehicle | None) -> Mapping[str, str]:
    seen = {"vehicle_type": vehicle.type, "vehicle_color": vehicle.color} if vehicle else {}
    return {name: one.value for name, one in seen.items() if one is not None}
