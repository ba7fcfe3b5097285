"""One camera's vehicles: which sight belongs to which visit, and what is told of it.

``new`` at the first text that enough frames agree on, ``update`` when what was told has changed, ``lost`` when the
vehicle has been away for ``lost_after``. A vehicle is told of once: a plate that appears again while its visit lasts
joins it, and so does one that appears again where it was parked. What never became a trustworthy text is told as
well, once, when it has left: as quarantine, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from marque.capture import judge
from marque.capture.carriers import Carriers, NoCarriers, news
from marque.capture.judge import Reason, Why
from marque.capture.rejections import Picture, Rejection, Rejections
from marque.capture.visit import Encode, Sight, Visit
from marque.capture.zones import Zones
from marque.config import CameraSettings
from marque.plates import fold, similarity
from marque.types import Detection, EventClass, EventKind, Image, PlateEvent, PlateRead, Reading

ALIKE = 0.75
"""similarity of two texts that may be one plate, where place and time agree"""
ALIKE_PARKED = 0.6
"""the same on the very spot where a vehicle was parked"""
UNLIKE = 0.5
"""similarity of two texts that cannot be one plate"""
SURE = 0.7
"""two texts both at least this sure and different are two vehicles"""
NEAR = 4.0
"""plate widths between the ends of two fragments of one pass"""

Interpret = Callable[[Reading, Detection, int], PlateRead]
"""(fused reading, its best detection, count of readings) -> plate read with its format matched"""
Told = tuple[PlateEvent, Mapping[str, bytes]]
"""an event and its pictures by name"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every event of a camera needs from outside. ``dropped`` is told why a visit gave no event."""

    interpret: Interpret
    new_id: Callable[[], str]
    dropped: Callable[[str], object]
    models: Mapping[str, str] = field(default_factory=dict)
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Parting:
    """A visit that is about to end, and pictures that its frames make together."""

    visit: Visit
    pictures: Sequence[Image]


class Visits:
    """The visits of one camera. ``stills``: every frame is a picture of its own, so one reading is enough.
    ``rejections`` keeps what is not told, and why; ``carriers`` knows the vehicles.
    """

    def __init__(
        self,
        camera: CameraSettings,
        outside: Surroundings,
        *,
        stills: bool = False,
        rejections: Rejections | None = None,
        carriers: Carriers | None = None,
    ) -> None:
        self._camera = camera
        self._outside = outside
        self._rejections = rejections or Rejections()
        self._carriers = carriers or NoCarriers()
        self._needed = 1 if stills else camera.min_readings
        self._zones = Zones(camera.zones)
        self._visits: list[Visit] = []

    def see(self, sight: Sight) -> None:
        """A tracked plate is in the frame."""
        visit = self._of(sight.track)
        if visit is None:
            self._visits.append(Visit.begin(self._outside.new_id(), sight))
        else:
            visit.see(sight)

    def wants(self, sight: Sight) -> bool:
        """Whether the sight, which was seen, should be read."""
        visit = self._of(sight.track)
        return visit is not None and visit.wants(sight, self._camera.ocr_budget)

    def text(self, sight: Sight) -> str:
        """What its plate was read as so far; empty where it was not."""
        visit = self._of(sight.track)
        return visit.text if visit else ""

    def unread(self, sight: Sight, reason: Reason, picture: Picture) -> None:
        """A sight, which was seen, cannot be read."""
        visit = self._of(sight.track)
        if visit is not None and not visit.reads:
            visit.hindrance = reason
            self._refuse(visit, sight.time, reason, picture=picture, open_=True)

    def learn(self, sight: Sight, reading: Reading, encode: Encode, crop: Image | None = None) -> list[Told]:
        """A sight, which was seen, has been read; gives the events that follow. ``crop``: what was read."""
        visit = self._of(sight.track)
        if visit is None:
            return []
        if self._unlike(reading, visit):
            if reading.confidence < SURE and visit.doubts is not None:
                visit.doubt(sight)
                self._doubt(visit, sight, reading)
                return []
            if reading.confidence >= SURE:
                visit = self._replace(visit, sight)
        self._rejections.forget(_doubted(visit))
        visit.learn(sight, reading, encode, crop)
        if not visit.text:
            self._refuse(visit, sight.time, judge.unread(visit.reads), open_=True)
            return []
        return self._tell(self._joined(visit, self._same) or visit, sight.time)

    def parting(self, time: datetime | None) -> list[Parting]:
        """The visits that ``tick`` at this time, or ``close`` (None), will end, with pictures that may tell more: what
        they are read as goes to ``reconsider`` first."""
        gone = [v for v in self._visits if not v.left and v.text and (time is None or self._gone(v, time))]
        return [Parting(visit, pictures) for visit in gone if (pictures := visit.pictures())]

    def reconsider(self, parting: Parting, readings: Sequence[Reading], time: datetime) -> list[Told]:
        """The pictures of a visit have been read; gives the ``update`` that follows, if one does."""
        parting.visit.reconsider(readings)
        return self._tell(parting.visit, time) if parting.visit.last else []

    def tick(self, time: datetime) -> list[Told]:
        """Time has passed: gives ``lost`` for those that are gone, and forgets those gone for long; gives ``new`` for
        those that stay without having been told.
        """
        gone = [v for v in self._visits if not v.left and self._gone(v, time)]
        told = self._end(gone, time)
        staying = [v for v in self._visits if v.parked and v.last is None and v.text]
        told += [event for visit in staying if visit in self._visits for event in self._tell(visit, time)]
        self._visits = [v for v in self._visits if not v.left or _seconds(v.last_seen, time) < self._memory(v)]
        return told

    def close(self, time: datetime) -> list[Told]:
        """Nothing more will come: everything still there is lost."""
        told = self._end([v for v in self._visits if not v.left], time)
        self._visits = []
        return told

    def _end(self, visits: Sequence[Visit], time: datetime) -> list[Told]:
        """These visits are over. Fragments first find the visit they belong to; what remains is lost."""
        told = [event for visit in visits for event in self._settle(visit, time)]
        return told + [event for visit in visits if visit in self._visits for event in self._lose(visit, time)]

    def _gone(self, visit: Visit, time: datetime) -> bool:
        return _seconds(visit.last_seen, time) >= self._camera.lost_after

    def _of(self, track: int) -> Visit | None:
        return next((v for v in self._visits if track in v.tracks), None)

    def _memory(self, visit: Visit) -> float:
        """Seconds since it was last seen that a visit which was told lost is remembered."""
        return self._camera.reappear_after if visit.parked else 2 * self._camera.lost_after

    def _joined(self, fragment: Visit, belongs: Callable[[Visit, Visit], bool]) -> Visit | None:
        """The visit that a fragment became part of, if there is one that it belongs to."""
        if fragment.last is not None:
            return None
        known = [v for v in self._visits if v is not fragment and v.text]
        home = next((v for v in sorted(known, key=lambda v: v.last is None) if belongs(fragment, v)), None)
        if home is not None:
            self._note_again(fragment, home)
            home.absorb(fragment)
            self._visits.remove(fragment)
        return home

    def _unlike(self, reading: Reading, visit: Visit) -> bool:
        """Whether a reading speaks of another vehicle than the one that was told."""
        told = visit.last is not None and self._sure(visit)
        return told and similarity(reading.text, visit.text) < UNLIKE

    def _replace(self, visit: Visit, sight: Sight) -> Visit:
        """A new visit for a vehicle that the tracker took for the last one."""
        visit.tracks.discard(sight.track)
        fresh = Visit.begin(self._outside.new_id(), sight)
        self._visits.append(fresh)
        return fresh

    def _same(self, fragment: Visit, visit: Visit) -> bool:
        """Surely one vehicle: the same text within ``lost_after``, or much the same text where it was parked."""
        gap = _gap(visit, fragment)
        if gap <= self._camera.lost_after and fold(fragment.text) == fold(visit.text):
            return True
        on_the_spot = visit.parked and gap <= self._camera.reappear_after and _widths_apart(visit, fragment) <= 1
        return on_the_spot and similarity(fragment.text, visit.text) >= ALIKE_PARKED

    def _alike(self, fragment: Visit, visit: Visit) -> bool:
        """Probably one vehicle: near in place, time and text, unless both texts are sure."""
        if self._sure(fragment) and self._sure(visit):
            return False
        gap = _gap(visit, fragment)
        # What is seen at one time is two plates, or one that was found twice on the same spot.
        near = gap <= self._camera.lost_after and _widths_apart(visit, fragment) <= (NEAR if gap > 0 else 1)
        return near and similarity(fragment.text, visit.text) >= ALIKE

    def _sure(self, visit: Visit) -> bool:
        return visit.agreeing >= self._needed and visit.fused.confidence >= SURE

    def _tell(self, visit: Visit, time: datetime) -> list[Told]:
        """``new`` or ``update``, when there is one to tell. What is unconfirmed waits, unless the vehicle is parked and
        may stay for hours: then it is told as quarantine.
        """
        event = self._event(visit, time)
        if visit.last is None:
            unconfirmed = self._shortfall(visit, event.read) if event.read else None
            if unconfirmed and not visit.parked:
                self._refuse(visit, time, unconfirmed, open_=True)
                return []
            home = self._joined(visit, self._alike)
            return self._tell(home, time) if home else [self._record(visit, event)]
        changes = _changes(visit.last, event)
        return [self._record(visit, replace(event, kind=EventKind.UPDATE, changes=changes))] if changes else []

    def _settle(self, visit: Visit, time: datetime) -> list[Told]:
        """Join what was never told to the visit it is a fragment of, if there is one; that may complete its text."""
        if not visit.text:
            return []
        home = self._joined(visit, self._same) or self._joined(visit, self._alike)
        return self._tell(home, time) if home and home.last is None else []

    def _lose(self, visit: Visit, time: datetime) -> list[Told]:
        """``lost``; all there is to tell of what never became a trustworthy text."""
        visit.left = True
        if not visit.text:
            self._outside.dropped("no_text" if visit.reads else "not_read")
            reason = judge.unread(visit.reads)
            self._refuse(visit, visit.last_seen, reason if visit.reads else visit.hindrance or reason)
            return []
        event, pictures = self._record(visit, replace(self._event(visit, time), kind=EventKind.LOST))
        strip = visit.strip.drawn(visit.text)
        return [(event, {**pictures, "strip": strip} if strip else pictures)]

    def _shortfall(self, visit: Visit, read: PlateRead) -> Reason | None:
        """What keeps the text from being announced."""
        return judge.shortfall(visit.agreeing, self._needed, read.confidence, self._camera.recognition_threshold)

    def _reason(self, visit: Visit, read: PlateRead, size: tuple[int, int]) -> Reason | None:
        """Why the read belongs into quarantine. One that was trusted is not lost to a blurred reading."""
        trusted = visit.last is not None and visit.last.event_class is EventClass.NORMAL
        doubt = judge.doubt(read, size, self._camera.min_plate_length)
        return doubt or (None if trusted else self._shortfall(visit, read))

    def _event(self, visit: Visit, time: datetime) -> PlateEvent:
        """What is known of the visit now, as the next revision."""
        sight = visit.best.sight
        read = self._outside.interpret(visit.fused, sight.detection, visit.readings)
        reason = self._reason(visit, read, sight.size)
        return PlateEvent(
            id=visit.id,
            revision=visit.last.revision + 1 if visit.last else 1,
            kind=EventKind.NEW,
            camera=self._camera.id,
            time=time,
            first_seen=visit.first_seen,
            last_seen=visit.last_seen,
            read=read,
            event_class=EventClass.QUARANTINE if reason else EventClass.NORMAL,
            reason=str(reason) if reason else None,
            site=self._outside.site,
            zone=self._zones.name(sight.detection.box, sight.size),
            direction=visit.direction,
            track=visit.last.track if visit.last else min(visit.tracks),
            best_shot=sight.sequence,
            frame_size=sight.size,
            parked=visit.parked,
            models=self._outside.models,
            timezone=self._camera.timezone,
            vehicle=self._carriers.of(visit.tracks, sight.time) or (visit.last.vehicle if visit.last else None),
        )

    def _record(self, visit: Visit, event: PlateEvent) -> Told:
        """Remember what was told, and give it with its pictures."""
        reason = self._reason(visit, event.read, event.frame_size) if event.read else None
        visit.last = event
        self._carriers.told(visit.tracks)
        if reason is None:
            self._rejections.forget(visit.id)
        else:
            self._refuse(visit, visit.last_seen, reason, open_=event.kind is not EventKind.LOST, read=event.read)
        return event, visit.best.pictures

    def _refuse(
        self,
        visit: Visit,
        time: datetime,
        reason: Reason,
        *,
        picture: Picture | None = None,
        open_: bool = False,
        read: PlateRead | None = None,
    ) -> None:
        """Keep why the visit is not told, or (with its read) not told as one to be trusted."""
        sure = read.confidence if read else visit.fused.confidence if visit.text else None
        seen = Rejection(
            time=visit.first_seen,
            last=time,
            reason=reason,
            text=read.text if read else visit.text,
            confidence=sure,
            readings=visit.reads,
            width=visit.box.width,
            score=visit.score,
            box=visit.box,
            open=open_,
            event=visit.id if visit.last else None,
        )
        self._rejections.note(visit.id, seen, picture or (lambda: visit.strip.best))

    def _doubt(self, visit: Visit, sight: Sight, reading: Reading) -> None:
        """Keep that a reading says too little to know whether another vehicle took the place."""
        what = f"read as {reading.text}" if reading.text else "without a text"
        reason = Reason(
            Why.DOUBTED, f"{what}, {reading.confidence:.2f} sure: too little to tell another vehicle from {visit.text}"
        )
        box, confidence = sight.detection.box, reading.confidence
        seen = Rejection(sight.time, sight.time, reason, reading.text, confidence, 1, box.width, sight.detection.score)
        self._rejections.note(_doubted(visit), replace(seen, box=box))

    def _note_again(self, fragment: Visit, home: Visit) -> None:
        """A plate turned out to be a vehicle that is known. That it is not told again is worth knowing where it had
        been away.
        """
        self._rejections.forget(fragment.id)
        if home.last is None or not (home.parked or home.left):
            return
        how = "parked" if home.parked else f"back after {_gap(home, fragment):.0f} s"
        seen = Rejection(
            time=fragment.first_seen,
            last=fragment.last_seen,
            reason=Reason(Why.TOLD_ALREADY, f"{how} and told already as {home.text}"),
            text=fragment.text,
            confidence=fragment.fused.confidence,
            readings=fragment.reads,
            width=fragment.box.width,
            score=fragment.score,
            box=fragment.box,
            event=home.id,
        )
        self._rejections.note(f"{home.id} again", seen, lambda: fragment.strip.best)


def _doubted(visit: Visit) -> str:
    """Key of what may be another vehicle on the place of this one."""
    return f"{visit.id} doubted"


def _changes(before: PlateEvent, after: PlateEvent) -> dict[str, tuple[Any, Any]]:
    """What an update has to tell: field -> (from, to)."""
    pairs = {name: (value, _facts(after)[name]) for name, value in _facts(before).items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]} | news(before.vehicle, after.vehicle)


def _facts(event: PlateEvent) -> dict[str, Any]:
    """The facts whose change is worth an update."""
    read = event.read
    if read is None:
        return {}
    return {
        "text": read.text,
        "region": read.region.code if read.region else None,
        "confidence_class": judge.confidence_class(read.confidence),
        "event_class": event.event_class.value,
    }


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()


def _gap(visit: Visit, fragment: Visit) -> float:
    """Seconds between the end of one and the beginning of the other; 0 when they overlap."""
    return max(0.0, _seconds(visit.last_seen, fragment.first_seen), _seconds(fragment.last_seen, visit.first_seen))


def _widths_apart(visit: Visit, fragment: Visit) -> float:
    """Distance of the two places last seen, in plate widths."""
    width = max(visit.box.width, fragment.box.width, 1.0)
    return math.dist(visit.box.center, fragment.box.center) / width
