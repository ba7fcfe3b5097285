"""Events from elsewhere: what another Marque kept comes in here, each revision once, whatever is sent again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import ValidationError

from marque.errors import Overloaded, Unacceptable
from marque.events.log import EventLog
from marque.ports import Blobs, Drop
from marque.services.seats import Seats
from marque.types import PlateEvent, Principal, Within
from marque.vision import header
from marque.wire import from_wire

SEATS = 8
"""requests that hand events in at a time"""
LAST_REVISION = 2**30
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
PICTURE = re.compile(r"[a-z][a-z0-9_-]{0,31}")
DIGEST = re.compile(r"[0-9a-f]{64}")
LONGEST = 200
"""characters of a site's or zone's name"""

Status = Literal["accepted", "duplicate", "dropped", "refused"]
Mistake = tuple[str, str]
"""a field and what is wrong with it"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one event: ``accepted`` at a cursor; ``duplicate`` (this revision is here already); ``dropped`` by
    this server's own rules; ``refused`` because of ``mistakes``."""

    id: str | None
    revision: int | None
    status: Status
    cursor: int | None = None
    reason: str | None = None
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What came in place of an event, and why it is none."""

    why: str


class Intake:
    """``take`` and ``keep`` may be called again with the same: nothing comes twice."""

    def __init__(self, log: EventLog, blobs: Blobs) -> None:
        self._log, self._blobs = log, blobs
        self._seats = Seats(SEATS, lambda: Overloaded("others hand events in already", hint="Try again in a second."))

    def seat(self) -> AbstractContextManager[None]:
        """A place for a request. Raises Overloaded."""
        return self._seats.one()

    def take(self, principal: Principal, offered: Sequence[Any]) -> list[Verdict]:
        """Keep what are ``marque.event/1`` objects in one transaction; one verdict each, in their order. Raises
        StorageFull or StoreError; then none was kept."""
        read = [_event(one, principal.within) for one in offered]
        good = [one for one in read if isinstance(one, PlateEvent)]
        kept = iter(self._log.append_many([(event, {}) for event in good]) if good else [])
        return [_verdict(one, next(kept)) if isinstance(one, PlateEvent) else one for one in read]

    def missing(self, principal: Principal, digests: Iterable[str]) -> list[str]:
        """Those pictures that are not here, each once."""
        del principal
        return [digest for digest in dict.fromkeys(digests) if not self._blobs.has(digest)]

    def keep(self, principal: Principal, data: bytes, digest: str | None = None) -> str:
        """Keep a JPEG; its sha256, which is ``digest`` where one was told. Raises Unacceptable, StorageFull or
        StoreError."""
        del principal
        found = hashlib.sha256(data).hexdigest()
        if digest not in (None, found):
            raise Unacceptable(f"the sha256 of what came is {found}", field="digest", hint="Send it again.")
        told = header.parse(data)
        if told is None or told.format != "JPEG":
            raise Unacceptable("this is no JPEG", field="body", hint="Pictures of events are JPEG files.")
        return self._blobs.put(data)


def _verdict(event: PlateEvent, kept: int | Drop) -> Verdict:
    if isinstance(kept, int):
        return Verdict(event.id, event.revision, "accepted", kept)
    if kept.reason == "duplicate":
        return Verdict(event.id, event.revision, "duplicate")
    return Verdict(event.id, event.revision, "dropped", reason=kept.reason)


def _event(data: Any, within: Within) -> PlateEvent | Verdict:
    if isinstance(data, Unreadable):
        return _refused(data, (("event", data.why),))
    try:
        event = from_wire(data)
    except ValidationError as error:
        wrong = tuple((".".join(map(str, e["loc"])) or "event", e["msg"]) for e in error.errors(include_url=False))
        return _refused(data, wrong[:10])
    except (ValueError, OverflowError) as error:
        return _refused(data, (("event", str(error)),))
    mistakes = tuple(_mistakes(event)) or tuple(_elsewhere(event, within))
    return _refused(data, mistakes) if mistakes else event


def _refused(data: Any, mistakes: tuple[Mistake, ...]) -> Verdict:
    told = data if isinstance(data, dict) else {}
    name, revision = told.get("id"), told.get("revision")
    return Verdict(
        name[:LONGEST] if isinstance(name, str) else None,
        revision if isinstance(revision, int) and abs(revision) <= LAST_REVISION else None,
        "refused",
        mistakes=mistakes,
    )


def _mistakes(event: PlateEvent) -> Iterable[Mistake]:
    """What the wire format lets through and no Marque sends."""
    if not _is_uuid(event.id):
        yield "id", "should be a UUID in lower case"
    if event.revision > LAST_REVISION:
        yield "revision", f"should be at most {LAST_REVISION}"
    if not NAME.fullmatch(event.camera):
        yield "camera", f"should match {NAME.pattern}"
    for name, text in (("site", event.site), ("zone", event.zone)):
        if text is not None and not (0 < len(text) <= LONGEST and text.isprintable()):
            yield name, f"should be 1 to {LONGEST} printable characters"
    for name, digest in event.images.items():
        if not PICTURE.fullmatch(name) or not DIGEST.fullmatch(digest):
            yield "images", "should map names such as frame to a sha256 in hex"


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _elsewhere(event: PlateEvent, within: Within) -> Iterable[Mistake]:
    """Where whoever hands the event in may not write."""
    if within.cameras is not None and event.camera not in within.cameras:
        yield "camera", f"you may not hand in events of the camera {event.camera}"
    if within.sites is not None and event.site not in within.sites:
        yield "site", f"you may not hand in events of the site {event.site}"
