"""Corrections: a person says what the plate is. The machine's text and the raw one stay beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from marque.access.audit import Audit
from marque.access.scopes import demand
from marque.errors import Conflict, Unacceptable
from marque.plates import normalize
from marque.ports import Clock
from marque.services.reads import ReadService
from marque.services.rows import text_of
from marque.types import Correction, EventClass, EventKind, PlateEvent, PlateRead, Principal, StoredEvent

TRIES = 3
"""how often a correction is made anew because the camera told of the pass in the same moment"""
LONGEST = 32
"""characters of a plate as people write it"""


class Log(Protocol):
    """Where corrections go; see :class:`marque.events.log.EventLog`."""

    def correct(self, event: PlateEvent) -> int | None: ...


class Corrections:
    """Raises NotFound, Forbidden, Unacceptable, Conflict or StoreError; then nothing was changed."""

    def __init__(self, reads: ReadService, log: Log, audit: Audit, clock: Clock) -> None:
        self._reads, self._log, self._audit, self._clock = reads, log, audit, clock

    def correct(
        self,
        who: Principal,
        event_id: str,
        text: str,
        reason: str = "",
        check: Callable[[StoredEvent], None] = lambda _: None,
    ) -> StoredEvent:
        """The pass's new revision, an ``update``. ``text`` as people write it; ``check`` may refuse the revision that
        would be corrected, by raising."""
        demand(who, "reads:correct")
        for _ in range(TRIES):
            newest = self._reads.one(who, event_id)
            check(newest)
            changed = corrected(newest.event, self._correction(who, newest.event, text, reason), shown(text))
            cursor = self._log.correct(changed)
            if cursor is not None:
                self._note(who, newest.event, changed)
                return StoredEvent(cursor, changed)
        raise Conflict("the camera tells of this pass just now", hint="Try again.")

    def _correction(self, who: Principal, event: PlateEvent, text: str, reason: str) -> Correction:
        plate = normalize(text)
        if not plate:
            raise Unacceptable("there is no letter or digit in it", field="text")
        if len(plate) > LONGEST:
            raise Unacceptable(f"a plate has at most {LONGEST} characters", field="text")
        if plate == text_of(event):
            raise Unacceptable(f"the plate is {plate} already", field="text")
        return Correction(plate, machine_text(event), who.name, self._clock.now(), reason.strip())

    def _note(self, who: Principal, before: PlateEvent, after: PlateEvent) -> None:
        correction = after.correction
        detail = {"from": text_of(before), "to": text_of(after), "reason": correction.reason if correction else ""}
        self._audit.record(who, "read corrected", after.id, detail)


def machine_text(event: PlateEvent) -> str:
    """What was read before anybody corrected it; empty where no plate was read."""
    if event.correction is not None:
        return event.correction.machine
    return event.read.text if event.read else ""


def shown(text: str) -> str:
    """The text as people write it, tidied: upper case, single spaces."""
    return " ".join(text.upper().split())


def corrected(event: PlateEvent, correction: Correction, display: str) -> PlateEvent:
    """The revision after ``event`` in which a person said what the plate is. What a person said is in no quarantine."""
    changes: dict[str, tuple[Any, Any]] = {"text": (text_of(event), correction.text)}
    if event.event_class is not EventClass.NORMAL:
        changes["class"] = (str(event.event_class), str(EventClass.NORMAL))
    return replace(
        event,
        revision=event.revision + 1,
        kind=EventKind.UPDATE,
        time=correction.at,
        event_class=EventClass.NORMAL,
        reason=None,
        read=event.read and _reread(event.read, correction.text, display),
        changes=changes,
        correction=correction,
    )


def _reread(read: PlateRead, text: str, display: str) -> PlateRead:
    """The read with another text. Where the machine held that one possible too, its format goes with it."""
    known = next((one for one in read.candidates if one.text == text), None)
    if known is None:
        return replace(read, text=text, display=display, format=None)
    return replace(read, text=text, display=known.display or display, format=known.format)
