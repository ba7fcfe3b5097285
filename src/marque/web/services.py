"""What the dashboard is made of. The composition root fills it; a page gets it with its visitor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from marque.access.desk import Desk
from marque.access.gate import Gate, OpenGate
from marque.ports import Clock
from marque.services.analytics import Analytics
from marque.services.archive import Archive
from marque.services.cameras import Cameras
from marque.services.corrections import Corrections
from marque.services.deliveries import Deliveries
from marque.services.recognition import Recognition
from marque.services.sinks import Sinks


@dataclass(frozen=True)
class Services:
    """``health``: state of all parts. ``gate``: knows who asks. ``desk``: users, keys and sessions, None where nobody
    signs in. ``cameras`` and ``recognition`` are None in a process that has none."""

    clock: Clock
    archive: Archive
    analytics: Analytics
    corrections: Corrections
    health: Callable[[], Mapping[str, Any]]
    gate: Gate = field(default_factory=OpenGate)
    desk: Desk | None = None
    recognition: Recognition | None = None
    cameras: Cameras | None = None
    deliveries: Deliveries | None = None
    sinks: Sinks | None = None
    version: str = "0"
