"""Why was this rejected: what a camera saw and did not tell, for people who ask."""

from __future__ import annotations

from marque.access.audit import Audit
from marque.capture.pool import CameraPool
from marque.capture.rejections import Rejection
from marque.errors import NotFound
from marque.services.cameras import Cameras
from marque.types import Principal


class Rejected:
    """Raises NotFound for a camera that is not there, or not there for whoever asks."""

    def __init__(self, cameras: Cameras, pool: CameraPool, audit: Audit) -> None:
        self._cameras, self._pool, self._audit = cameras, pool, audit

    def all(self, principal: Principal, camera: str) -> list[Rejection]:
        """The last ones, newest first; none of a camera that is not watched."""
        self._cameras.one(principal, camera)
        return self._pool.rejections(camera)

    def picture(self, principal: Principal, camera: str, number: int) -> bytes:
        """The crop of one of them, as JPEG. Raises NotFound where there is none, or none any more."""
        found = next((one for one in self.all(principal, camera) if one.number == number), None)
        if found is None or found.picture is None:
            raise NotFound("there is no such picture", hint="Only the last ones are kept, in memory.")
        self._audit.record(principal, "rejection viewed", camera, {"text": found.text, "reason": str(found.reason)})
        return found.picture
