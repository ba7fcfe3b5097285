"""What one YAML file may say: the models, and ``load``, which reads it or raises ConfigError with every mistake."""

from __future__ import annotations

from marque.config.settings import (
    CameraSettings,
    Filter,
    LogSettings,
    ReaderSettings,
    Section,
    ServerSettings,
    Settings,
    SinkSettings,
    StorageSettings,
    Zone,
)

__all__ = [
    "CameraSettings",
    "Filter",
    "LogSettings",
    "ReaderSettings",
    "Section",
    "ServerSettings",
    "Settings",
    "SinkSettings",
    "StorageSettings",
    "Zone",
]
