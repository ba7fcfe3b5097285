"""What a page has to know of its server before its view asks the API for the rest."""

from __future__ import annotations

from dataclasses import dataclass, field

from marque.access.gate import Gate, OpenGate
from marque.services.cameras import Cameras
from marque.services.deliveries import Deliveries
from marque.services.recognition import Recognition

KEY = "marque.services"
"""under which a request carries the services of its server"""


@dataclass(frozen=True)
class Services:
    """``gate``: knows who asks. The others are None in a process that has none of it, so that a page does not offer
    it."""

    gate: Gate = field(default_factory=OpenGate)
    cameras: Cameras | None = None
    recognition: Recognition | None = None
    deliveries: Deliveries | None = None
