"""Settings: what one YAML file may say. The text under a field is its description in the schema and the reference."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from marque.types import EventClass, EventKind

DURATION = re.compile(r"(\d+(?:\.\d+)?) *(ms|s|m|h|d)?")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, None: 1.0}


def to_seconds(value: object) -> object:
    """``5s``, ``2m``, ``1h`` as seconds; anything else is left to the field's own check."""
    match = DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(match[1]) * UNITS[match[2]] if match else value


def known_timezone(name: str) -> str:
    """A zone of the tz database, or ValueError."""
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone; write one such as 'Europe/Oslo'")
    return name


Seconds = Annotated[
    float,
    Field(ge=0, le=366 * 86400),
    BeforeValidator(to_seconds),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{DURATION.pattern}$"}]}),
]
"""A span of time: a number of seconds, or text such as ``5s``, ``2m``, ``1h``."""

Fraction = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
RegionCode = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z0-9]{1,8})?$")]


class Section(BaseModel):
    """Base of every section: unknown keys are mistakes, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Zone(Section):
    """A polygon on the picture."""

    name: str
    """the name of the zone in every event"""
    polygon: list[tuple[Fraction, Fraction]] = Field(min_length=3)
    """corners as [x, y] in 0..1 of width and height"""
    exclude: bool = False
    """plates in this zone are never read"""


class CameraSettings(Section):
    """One camera: where its frames come from and how they are read."""

    id: Name
    """the name of the camera in every event"""
    source: str | dict[str, Any]
    """a URL, path or `scene:`; or a mapping with `type` and the source's own options"""
    enabled: bool = True
    """false: this camera is left alone"""
    timezone: Annotated[str, AfterValidator(known_timezone)] = "UTC"
    """the camera's zone in the tz database; times are kept in UTC beside it"""
    regions: list[RegionCode] = []
    """regions expected here (`gb`, `us-ca`); empty: those of `reader`"""
    zones: list[Zone] = []
    """where plates are read; without an including zone the whole picture counts"""
    min_plate_width: int = Field(16, ge=4)
    """pixels; narrower plates are not read"""
    frame_skip: int = Field(0, ge=0)
    """frames left out after each one that is looked at"""
    vehicles: bool = False
    """name each plate's vehicle, and tell of vehicles without a plate as well"""
    motion_gate: bool = True
    """look only at frames in which something moved"""
    detection_threshold: Fraction | None = None
    """score a plate needs, at least that of `reader.detector.threshold` or, without it, of the detector's card"""
    recognition_threshold: Fraction = 0.5
    """a `new` event needs a fused text at least this confident"""
    min_readings: int = Field(2, ge=1)
    """readings that must agree before `new` (a still picture needs one)"""
    min_plate_length: int = Field(4, ge=1)
    """shorter texts are quarantined"""
    ocr_budget: int = Field(24, ge=1)
    """recogniser calls per track at most"""
    lost_after: Seconds = 5.0
    """seconds without the plate before `lost`"""
    reappear_after: Seconds = 60.0
    """seconds a parked vehicle's plate must have been away before it is a new pass"""


class ReaderSettings(Section):
    """The nets and how they run."""

    device: Literal["auto", "cpu", "cuda", "tensorrt", "openvino"] = "auto"
    """where the nets run; `auto`: CUDA, else OpenVINO, else the CPU; what is not there falls back to the CPU, aloud"""
    threads: int = Field(1, ge=1, le=64)
    """threads of one inference"""
    detector: dict[str, Any] = {"type": "marque"}
    """`type` and the detector's own options"""
    recognizer: dict[str, Any] = {"type": "marque"}
    """`type` and the recogniser's own options"""
    vehicles: dict[str, Any] = {"type": "marque"}
    """`type` and the vehicle finder's own options; it is loaded where a camera asks for vehicles"""
    veto: Fraction = 0.9
    """how sure the recogniser must be that a doubtful find carries no text for it to be no plate; 1: never"""
    regions: list[RegionCode] = []
    """regions expected when a camera names none; empty: all"""


class Filter(Section):
    """Which events a sink gets; an empty list means all."""

    cameras: list[str] = []
    """ids of cameras"""
    kinds: list[EventKind] = []
    """`new`, `update`, `lost`"""
    classes: list[EventClass] = [EventClass.NORMAL]
    """`normal`, `quarantine`"""
    regions: list[RegionCode] = []
    """regions the plate is from"""
    plate: str | None = None
    """a plate pattern: `?` one character, `*` any number"""
    min_confidence: Fraction = 0.0
    """confidence the text needs"""


class SinkSettings(BaseModel):
    """One subscription: a filter and a sink. Keys beyond these are the sink plugin's own options."""

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)

    name: Name
    """the name of the sink in deliveries, metrics and health"""
    type: str
    """the sink plugin"""
    enabled: bool = True
    """false: nothing is sent, and no deliveries are written"""
    filter: Filter = Filter()
    """which events go there"""
    expires_after: Seconds | None = Field(None, gt=0)
    """seconds; an event not delivered by then is never delivered late"""
    supersede: bool = False
    """drop unsent older revisions of an event when a newer one is stored"""
    batch: int = Field(50, ge=1, le=1000)
    """events handed over at once, at most"""
    timeout: Seconds = Field(30.0, gt=0)
    """seconds for one attempt"""
    max_attempts: int = Field(20, ge=1)
    """attempts before a dead letter"""

    @property
    def options(self) -> dict[str, Any]:
        """The sink plugin's own options."""
        return dict(self.model_extra or {})


class ServerSettings(Section):
    """HTTP API and dashboard."""

    enabled: bool = True
    """false: no port is opened"""
    host: str = "127.0.0.1"
    """address to listen at"""
    port: int = Field(6277, ge=0, le=65535)
    """0: any free port"""
    authentication: bool = False
    """users sign in and programs send API keys; without it `host` has to be loopback, and who is here may do all"""
    allowed_hosts: list[str] = []
    """further names this server is called by, when it listens at loopback behind a proxy"""
    trusted_proxies: list[str] = ["127.0.0.1", "::1"]
    """addresses of proxies that are believed where a request came from (`X-Forwarded-For`) and whether it used TLS"""
    camera_networks: list[str] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]
    """names and networks inside the site where cameras that are added through the API may be"""
    camera_folder: Path | None = None
    """folder whose files may be cameras that are added through the API; without it no file may"""


class AccessSettings(Section):
    """Who may do what: sign-ins, and what is written down of acts."""

    session_idle: Seconds = Field(8 * 3600.0, gt=0)
    """seconds after which a session that was not used ends"""
    session_lifetime: Seconds = Field(7 * 86400.0, gt=0)
    """seconds after which every session ends"""
    password_length: int = Field(12, ge=8, le=64)
    """characters a new password needs"""
    audit_days: float = Field(365.0, gt=0, le=36500)
    """what was written down longer ago is deleted"""


class RecognitionSettings(Section):
    """Reading pictures that are sent to `/v1/read`."""

    workers: int = Field(1, ge=1, le=64)
    """pictures read at a time"""
    queue: int = Field(8, ge=1, le=1000)
    """requests in the house at a time; further ones are told when to come back"""
    pictures: int = Field(16, ge=1, le=1000)
    """pictures in one request"""
    megabytes: float = Field(32.0, gt=0, le=1024)
    """size of one request"""
    megapixels: float = Field(64.0, gt=0, le=256)
    """size of one picture"""
    patience: Seconds = Field(60.0, gt=0)
    """seconds that a request may take to arrive"""


class StorageSettings(Section):
    """Where events and pictures are kept, and for how long."""

    folder: Path = Path("marque-data")
    """for the database and the pictures, unless they have a URL of their own"""
    database: str | None = None
    """SQLAlchemy URL; without it SQLite in `folder`"""
    blobs: str | None = None
    """object store URL (`file:///...`, `s3://bucket`) of the pictures; without it a folder in `folder`"""
    retention_days: float = Field(30.0, gt=0, le=36500)
    """events and pictures older than this are deleted"""

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.folder.absolute() / 'marque.db'}"

    @property
    def blobs_url(self) -> str:
        return self.blobs or f"file://{self.folder.absolute() / 'blobs'}"


class LogSettings(Section):
    """Logs go to stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """the least important kind of message that is shown"""
    style: Literal["console", "json"] = "console"
    """lines for people, or JSON for machines"""


class Settings(Section):
    """Configuration of Marque: one file."""

    site: str | None = None
    """the name of this place in every event"""
    cameras: list[CameraSettings] = []
    """what is watched"""
    reader: ReaderSettings = ReaderSettings()
    """the nets and how they run"""
    processors: list[dict[str, Any]] = []
    """what every event goes through before it is stored, in order; `type` and its own options"""
    sinks: list[SinkSettings] = []
    """where events are handed on to"""
    storage: StorageSettings = StorageSettings()
    """where events and pictures are kept"""
    server: ServerSettings = ServerSettings()
    """HTTP API and dashboard"""
    access: AccessSettings = AccessSettings()
    """who may do what: sign-ins, and what is written down of acts"""
    recognition: RecognitionSettings = RecognitionSettings()
    """reading pictures that are sent in"""
    log: LogSettings = LogSettings()
    """what is told on stderr"""
