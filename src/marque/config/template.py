"""The commented file that ``marque init`` writes: every setting with its meaning and default, and every plugin."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from textwrap import indent
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from marque import plugins
from marque.config.settings import (
    AccessSettings,
    CameraSettings,
    LogSettings,
    ReaderSettings,
    RecognitionSettings,
    ServerSettings,
    StorageSettings,
)

SECTIONS: Mapping[str, type[BaseModel]] = {
    "reader": ReaderSettings,
    "storage": StorageSettings,
    "server": ServerSettings,
    "access": AccessSettings,
    "recognition": RecognitionSettings,
    "log": LogSettings,
}
HEADER = """\
# Configuration of Marque. `marque check` says whether this file is right, `marque run --config marque.yaml` uses it.
# What is commented out shows its default. ${VAR} and ${VAR:-default} are filled in from the environment, and
# MARQUE_SERVER__PORT=7000 overrides a setting. Times are seconds, or such as 5s, 2m, 1h.

# the name of this place in every event
# site: north-gate

cameras:
  # a drawn street, to see it work; put your camera's URL here
"""


def template() -> str:
    """YAML that ``marque check`` accepts and ``marque run`` runs."""
    parts = [
        HEADER + indent("\n".join(_camera()), "  "),
        _examples("sources", "Other sources", "- id: {name}\n  source:\n    ", "    "),
    ]
    parts += [f"{name}:\n" + indent("\n".join(_lines(model, {})), "  ") for name, model in SECTIONS.items()]
    parts += ["sinks:", _examples("sinks", "Where events are handed on to; uncomment what you need", "- ", "  ")]
    return "\n\n".join(part.rstrip() for part in parts if part) + "\n"


def _camera() -> list[str]:
    first, *rest = _lines(CameraSettings, {"id": "gate", "source": "scene:"})
    return [f"- {first}", *(f"  {line}" for line in rest)]


def _lines(model: type[BaseModel], values: Mapping[str, Any]) -> Iterator[str]:
    """Value and meaning of every field: those in ``values`` live, the others commented out with their default."""
    for name, field in model.model_fields.items():
        line = f"{name}: {_plain(values[name])}" if name in values else f"# {name}: {_plain(_default(field))}"
        yield f"{line:<36} # {field.description}" if field.description else line


def _default(field: FieldInfo) -> Any:
    return to_jsonable_python(field.get_default(call_default_factory=True))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) and re.fullmatch(r"[\w./-]+", value) else json.dumps(value)


def _examples(folder: str, title: str, frame: str, margin: str) -> str:
    """Every plugin's example as an entry of a list, commented out. ``frame``: what stands before its lines."""
    shown = [f"{title}:"]
    for name in plugins.names(folder):
        lines = plugins.load(folder, name).EXAMPLE.strip().splitlines()
        entry = frame.format(name=name) + indent("\n".join(lines), margin).lstrip()
        shown += ["", *entry.splitlines()]
    return indent("\n".join(shown), "  # ", lambda _: True).replace("# \n", "#\n")
