"""The JSON Schema of the configuration, for editors: the models, and every plugin's own options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marque import plugins
from marque.config.settings import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """One schema of the whole file; a section with a ``type`` offers the options of that plugin."""
    schema = Settings.model_json_schema()
    definitions = schema["$defs"]
    sink = definitions.pop("SinkSettings")
    properties = schema["properties"]
    properties["sinks"]["items"] = _choice(definitions, "sinks", sink)
    properties["processors"]["items"] = _choice(definitions, "processors")
    for key in ("detector", "recognizer"):
        definitions["ReaderSettings"]["properties"][key] |= _choice(definitions, f"{key}s")
    definitions["CameraSettings"]["properties"]["source"]["anyOf"] = [
        {"type": "string"},
        _choice(definitions, "sources"),
    ]
    return {"$schema": DIALECT, **schema, "title": "Marque"}


def _choice(definitions: dict[str, Any], folder: str, host: Mapping[str, Any] | None = None) -> dict[str, Any]:
    options = [_options(definitions, folder, name, host or {}) for name in plugins.names(folder)]
    return {"type": "object", **({"oneOf": options} if options else {})}


def _options(definitions: dict[str, Any], folder: str, name: str, host: Mapping[str, Any]) -> dict[str, Any]:
    """The plugin's options, ``type`` and the host's own keys, as one closed object."""
    prefix = f"{folder}.{name}."
    own = plugins.load(folder, name).Config.model_json_schema(ref_template=f"#/$defs/{prefix}{{model}}")
    definitions |= {prefix + key: part for key, part in own.pop("$defs", {}).items()}
    properties = host.get("properties", {}) | own.get("properties", {}) | {"type": {"const": name}}
    required = sorted({*host.get("required", []), *own.get("required", []), "type"})
    return {"title": name, "properties": properties, "required": required, "additionalProperties": False}
