"""Marque, open licence plate recognition::

    from marque import Reader

    for plate in Reader().read("car.jpg"):
        print(plate.text, plate.confidence)

The names here are the public API; they are imported when they are first used, so that ``import marque`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marque import errors
    from marque.types import PlateEvent, PlateRead
    from marque.vision.reader import Reader

    __version__: str

__all__ = ["PlateEvent", "PlateRead", "Reader", "__version__", "errors"]

_HOMES = {"PlateEvent": "marque.types", "PlateRead": "marque.types", "Reader": "marque.vision.reader"}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("marque")
    if name == "errors":
        return import_module("marque.errors")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
