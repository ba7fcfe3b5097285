"""The pictures of what was read, for those who may see them. A busy wall asks for the same crops again and again: what
was shown a moment ago is at hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from marque.access.audit import Audit
from marque.errors import NotFound
from marque.ports import Blobs, Clock
from marque.services.looks import Looks
from marque.services.reads import ReadService, visible
from marque.services.recent import Recent
from marque.types import PlateEvent, Principal

LASTS = 60.0
"""seconds that a picture is at hand; one that the retention deletes may be shown so much longer"""
NAMED = 4096
"""revisions of which it is known what pictures they have"""
SHOWN = 32 * 2**20
"""bytes of pictures"""
SMALL = 64 * 2**10
"""bytes of a picture that is worth keeping: a crop, not a frame"""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of one pass. ``digest``: its sha256."""

    event_id: str
    name: str
    digest: str


class Pictures:
    """Raises NotFound for what is not there, or not there for whoever asks; StoreError."""

    def __init__(self, reads: ReadService, blobs: Blobs, audit: Audit, clock: Clock) -> None:
        self._reads, self._blobs, self._looks = reads, blobs, Looks(audit, clock)
        self._named: Recent[tuple[str, int], PlateEvent] = Recent(clock, LASTS, NAMED)
        self._shown: Recent[str, bytes] = Recent(clock, LASTS, SHOWN)

    def find(self, who: Principal, event_id: str, name: str, revision: int | None = None) -> Picture:
        """A picture of one revision, or of the newest that has it."""
        for event in self._revisions(who, event_id, revision):
            if name in event.images:
                return Picture(event_id, name, event.images[name])
        raise NotFound(f"this event has no picture {name!r}", hint="Its `images` names those it has.")

    def open(self, who: Principal, picture: Picture) -> bytes:
        """The picture itself, as JPEG. Who sees it is written down."""
        data = self._shown.get(picture.digest)
        if data is None:
            data = self._blobs.open(picture.digest)
            if len(data) <= SMALL:
                self._shown.put(picture.digest, data, len(data))
        self._looks.note(who, "picture viewed", picture.event_id, {"picture": picture.name})
        return data

    def _revisions(self, who: Principal, event_id: str, revision: int | None) -> Iterable[PlateEvent]:
        """The one that is asked for, or all of them, newest first."""
        known = None if revision is None else self._named.get((event_id, revision))
        if known is not None and visible(who.within, known):
            return [known]
        found = [stored.event for stored in reversed(self._reads.revisions(who, event_id))]
        for event in found:
            self._named.put((event_id, event.revision), event)
        return [event for event in found if revision in (None, event.revision)]
