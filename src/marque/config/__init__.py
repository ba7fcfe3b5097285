"""What one YAML file may say: the models, and ``load``, which reads it or raises ConfigError with every mistake."""

from __future__ import annotations

from marque.config.loading import Further, check_plugin, load, parse
from marque.config.mistakes import masked, without_passwords
from marque.config.schema import json_schema
from marque.config.settings import (
    AccessSettings,
    CameraSettings,
    Filter,
    LogSettings,
    ReaderSettings,
    RecognitionSettings,
    Seconds,
    Section,
    ServerSettings,
    Settings,
    SinkSettings,
    StorageSettings,
    Zone,
)
from marque.config.template import template

__all__ = [
    "AccessSettings",
    "CameraSettings",
    "Filter",
    "Further",
    "LogSettings",
    "ReaderSettings",
    "RecognitionSettings",
    "Seconds",
    "Section",
    "ServerSettings",
    "Settings",
    "SinkSettings",
    "StorageSettings",
    "Zone",
    "check_plugin",
    "json_schema",
    "load",
    "masked",
    "parse",
    "template",
    "without_passwords",
]
