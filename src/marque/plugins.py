"""Name to plugin: one file per plugin in the folder of its port, imported only when it is used.

Other packages add plugins with an entry point in the group ``marque.<folder>`` (``marque.sinks``, ``marque.sources``
...).
"""

from __future__ import annotations

import difflib
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from marque.errors import MissingExtra, UnknownPlugin

PACKAGES = {
    "sources": "marque.capture.sources",
    "detectors": "marque.vision.detectors",
    "recognizers": "marque.vision.recognizers",
    "vehicles": "marque.vision.vehicles",
    "sinks": "marque.sinks",
    "processors": "marque.events.processors",
}


def names(folder: str) -> list[str]:
    """Names of every plugin of a folder, sorted."""
    package = import_module(PACKAGES[folder])
    local = {m.name for m in iter_modules(package.__path__) if not m.name.startswith("_")}
    return sorted(local | {e.name for e in entry_points(group=f"marque.{folder}")})


def load(folder: str, name: str) -> ModuleType:
    """The plugin's module. Raises UnknownPlugin or MissingExtra."""
    known = names(folder)
    if name not in known:
        close = difflib.get_close_matches(name, known, 1)
        guess = f"Did you mean {close[0]!r}? " if close else ""
        raise UnknownPlugin(f"there is no {folder[:-1]} {name!r}", hint=f"{guess}Known: {', '.join(known)}.")
    for entry in entry_points(group=f"marque.{folder}"):
        if entry.name == name:
            return import_module(entry.value)
    return import_module(f"{PACKAGES[folder]}.{name}")


def build(folder: str, name: str, options: dict[str, Any], context: Any) -> Any:
    """Validate ``options`` with the plugin's Config and build it; a missing package becomes MissingExtra."""
    module = load(folder, name)
    try:
        return module.build(module.Config(**options), context)
    except ModuleNotFoundError as missing:
        if not getattr(module, "REQUIRES", ""):
            raise
        raise MissingExtra(str(missing.name), module.REQUIRES) from missing
