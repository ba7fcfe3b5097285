"""Settings: what one YAML file may say. ``load`` reads it or raises ConfigError with file:line and "did you mean"."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """Base of every section: unknown keys are mistakes, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Zone(Section):
    """A polygon on the picture, corners in 0..1 of width and height. ``exclude`` zones are never read."""

    name: str
    polygon: list[tuple[float, float]] = Field(min_length=3)
    exclude: bool = False


class CameraSettings(Section):
    """One camera: where its frames come from and how they are read."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    source: str | dict[str, Any]
    """a URL or path, or ``{type: rtsp, url: ...}`` with the source plugin's own options"""
    enabled: bool = True
    timezone: str = "UTC"
    regions: list[str] = []
    zones: list[Zone] = []
    min_plate_width: int = Field(16, ge=4)
    """pixels; narrower plates are not read"""
    frame_skip: int = Field(0, ge=0)
    """frames left out after each one that is looked at"""
    motion_gate: bool = True
    detection_threshold: float | None = Field(None, ge=0, le=1)
    """None: what the detector's own card recommends"""
    recognition_threshold: float = Field(0.5, ge=0, le=1)
    """a ``new`` event needs a fused text at least this confident"""
    min_readings: int = Field(2, ge=1)
    """readings that must agree before ``new`` (a still picture needs one)"""
    min_plate_length: int = Field(4, ge=1)
    ocr_budget: int = Field(12, ge=1)
    """recogniser calls per track at most"""
    lost_after: float = Field(5.0, ge=0)
    """seconds without the plate before ``lost``"""
    reappear_after: float = Field(60.0, ge=0)
    """seconds a parked vehicle's plate must have been away before it is a new pass"""


class ReaderSettings(Section):
    """The nets and how they run."""

    device: str = Field("auto", pattern="^(auto|cpu|cuda|tensorrt|openvino)$")
    threads: int = Field(1, ge=1, le=64)
    detector: dict[str, Any] = {"type": "marque"}
    recognizer: dict[str, Any] = {"type": "marque"}
    regions: list[str] = []


class Filter(Section):
    """Which events a sink gets; an empty list means all."""

    cameras: list[str] = []
    kinds: list[str] = []
    classes: list[str] = ["normal"]
    regions: list[str] = []
    plate: str | None = None
    """a plate pattern: ``?`` one character, ``*`` any number"""
    min_confidence: float = Field(0.0, ge=0, le=1)


class SinkSettings(BaseModel):
    """One subscription: a filter and a sink. Keys beyond these are the sink plugin's own options."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    type: str
    enabled: bool = True
    filter: Filter = Filter()
    expires_after: float | None = Field(None, gt=0)
    """seconds; an event not delivered by then is never delivered late"""
    supersede: bool = False
    """drop unsent older revisions of an event when a newer one is stored"""
    batch: int = Field(50, ge=1, le=1000)
    timeout: float = Field(30.0, gt=0)
    max_attempts: int = Field(20, ge=1)

    @property
    def options(self) -> dict[str, Any]:
        """The sink plugin's own options."""
        return dict(self.model_extra or {})


class ServerSettings(Section):
    host: str = "127.0.0.1"
    port: int = Field(6277, ge=0, le=65535)
    enabled: bool = True


class StorageSettings(Section):
    folder: Path = Path("marque-data")
    database: str | None = None
    """SQLAlchemy URL; None: SQLite in ``folder``"""
    blobs: str | None = None
    """object store URL (``file:///...``, ``s3://bucket``); None: a folder in ``folder``"""
    retention_days: float = Field(30.0, gt=0)

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.folder.absolute() / 'marque.db'}"

    @property
    def blobs_url(self) -> str:
        return self.blobs or f"file://{self.folder.absolute() / 'blobs'}"


class LogSettings(Section):
    level: str = Field("info", pattern="^(debug|info|warning|error)$")
    style: str = Field("console", pattern="^(console|json)$")


class Settings(Section):
    """The whole file."""

    site: str | None = None
    cameras: list[CameraSettings] = []
    reader: ReaderSettings = ReaderSettings()
    processors: list[dict[str, Any]] = []
    sinks: list[SinkSettings] = []
    storage: StorageSettings = StorageSettings()
    server: ServerSettings = ServerSettings()
    log: LogSettings = LogSettings()
