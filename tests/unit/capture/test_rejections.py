"""What was not told is kept, with the reason, for those who ask."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cameras import NOON, FakeReader, Seen, frame
from gates import Gate, always, frames, gate, watch
from marque.capture.judge import Reason, Why, shortfall, unread, unreadable, weakness
from marque.capture.rejections import ROOM, Rejection, Rejections
from marque.types import Box, Frame
from plate_readings import reading

FAR = Box(40, 10, 60, 18)
LEFT = {"name": "lane", "polygon": [(0, 0), (0.5, 0), (0.5, 1), (0, 1)]}
BUSH = {"name": "bush", "polygon": [(0.5, 0), (1, 0), (1, 1), (0.5, 1)], "exclude": True}


def seen(seconds: float = 0.0, width: float = 20, x: float = 10) -> Rejection:
    time = NOON + timedelta(seconds=seconds)
    return Rejection(time, time, Reason(Why.WEAK, "weak"), width=width, box=Box(x, 10, x + width, 18))


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (shortfall(1, 2, 0.9, 0.5), "unconfirmed: 1 of 2 readings agree"),
        (shortfall(2, 2, 0.41, 0.6), "low_confidence: 0.41 sure, 0.60 is needed"),
        (unreadable(14, 16, False), "too_narrow: 14 pixels wide, at least 16 are needed"),
        (unreadable(20, 16, True), "cut: the border of the picture cuts it"),
        (unread(0), "not_read: seen too shortly to be read"),
        (unread(1), "no_text: there is no text in the reading"),
        (unread(3), "no_text: there is no text in 3 readings"),
        (weakness(0.4, 0.5), "weak: the detector is 0.40 sure that it is a plate, 0.50 is needed"),
    ],
)
def test_a_reason_has_a_name_and_a_sentence(reason: Reason, told: str) -> None:
    assert str(reason) == told


def test_the_last_one_seen_comes_first_and_what_was_not_seen_for_longest_goes() -> None:
    kept = Rejections()
    for n in range(ROOM + 3):
        kept.note(f"plate {n}", seen(n))
    kept.note("plate 10", seen(100))
    assert len(kept.all()) == ROOM
    assert kept.all()[0].last == NOON + timedelta(seconds=100)
    assert min(one.time for one in kept.all()) == NOON + timedelta(seconds=3)


def test_a_plate_that_is_refused_again_stays_one_and_gets_a_picture_when_it_is_larger() -> None:
    kept, taken = Rejections(), iter([b"small", b"large"])
    for seconds, width in enumerate((20, 21, 30, 15)):
        kept.note("plate", seen(seconds, width), lambda: next(taken))
    (one,) = kept.all()
    assert (one.number, one.times, one.width, one.picture) == (1, 4, 30, b"large")
    assert (one.time, one.last) == (NOON, NOON + timedelta(seconds=3))


def test_what_nobody_follows_is_the_same_plate_while_it_is_near() -> None:
    kept = Rejections()
    key = kept.key(Why.WEAK, Box(10, 10, 30, 18), NOON)
    kept.note(key, seen())
    assert kept.key(Why.WEAK, Box(20, 10, 40, 18), NOON + timedelta(seconds=4)) == key
    assert kept.key(Why.WEAK, Box(40, 10, 60, 18), NOON) != key
    assert kept.key(Why.WEAK, Box(10, 10, 30, 18), NOON + timedelta(seconds=6)) != key
    assert kept.key(Why.EXCLUDED, Box(10, 10, 30, 18), NOON) != key


def refused(reader: FakeReader, pictures: list[Frame] | None = None, **settings: Any) -> list[Rejection]:
    camera = gate(reader, **settings)
    watch(camera, reader, pictures or frames())
    return camera.rejections.all()


def test_a_plate_out_of_the_zones_is_kept_once_with_its_picture() -> None:
    (one,) = refused(always(FAR), zones=[LEFT])
    assert str(one.reason) == "outside_zones: outside every zone"
    assert (one.times, one.width, one.box, one.open) == (10, 20, FAR, False)
    assert one.picture is not None
    assert one.picture.startswith(b"\xff\xd8")


def test_an_excluded_zone_is_named() -> None:
    (one,) = refused(always(FAR), zones=[BUSH])
    assert str(one.reason) == "excluded: in the excluded zone bush"


def test_a_weak_detection_is_kept_with_its_score() -> None:
    reader = FakeReader({n: [Seen(reading("AB12CDE"), FAR, score=0.4)] for n in range(10)})
    (one,) = refused(reader, detection_threshold=0.5)
    assert (one.reason.why, one.score) == (Why.WEAK, 0.4)


def test_a_narrow_plate_waits_and_is_forgotten_once_it_is_told() -> None:
    sizes = {n: Box(10, 10, 14 + 4 * n, 12 + n) for n in range(10)}
    reader = FakeReader({n: [Seen(reading("AB12CDE"), box)] for n, box in sizes.items()})
    camera = gate(reader, min_plate_width=16)
    watch(camera, reader, frames(3))
    (one,) = camera.rejections.all()
    assert (str(one.reason), one.open) == ("too_narrow: 12 pixels wide, at least 16 are needed", True)
    assert len(watch(camera, reader, frames()[3:])) == 1
    assert camera.rejections.all() == []


def test_a_plate_that_stayed_too_narrow_says_so_when_it_has_left() -> None:
    reader = always(Box(10, 10, 22, 13))
    camera = gate(reader)
    watch(camera, reader, frames())
    camera.close(NOON + timedelta(seconds=9))
    (one,) = camera.rejections.all()
    assert (one.reason.why, one.open, one.last) == (Why.TOO_NARROW, False, NOON + timedelta(seconds=0.9))


def test_a_plate_that_the_border_cuts_says_so() -> None:
    (one,) = refused(always(Box(10, 40, 40, 47.5)))
    assert one.reason.why is Why.CUT


def test_pictures_that_were_not_looked_at_are_counted() -> None:
    still = [Frame(frame(0).image, "gate", NOON + timedelta(seconds=n), n) for n in range(60)]
    (one,) = refused(FakeReader(), still)
    assert str(one.reason) == "still: nothing moved, so the picture was not looked at"
    assert one.times > 40


def test_what_waits_for_agreement_is_open_and_forgotten_once_it_is_told() -> None:
    one_gate = Gate()
    one_gate.sees(0.0, "AB12CDE")
    (one,) = one_gate.rejections.all()
    assert (str(one.reason), one.text, one.open) == ("unconfirmed: 1 of 2 readings agree", "AB12CDE", True)
    assert (one.readings, one.event, one.score) == (1, None, 0.9)
    one_gate.sees(0.1, "AB12CDE")
    assert one_gate.rejections.all() == []


def test_a_quarantined_read_names_its_event() -> None:
    one_gate = Gate()
    for seconds in (0.0, 0.1):
        one_gate.sees(seconds, "A1")
    (one,) = one_gate.rejections.all()
    assert (str(one.reason), one.event, one.open) == (one_gate.events[0].reason, "id1", True)
    one_gate.close(9.0)
    assert one_gate.rejections.all()[0].open is False


def test_what_has_no_text_is_told_of_nobody_and_kept_here() -> None:
    one_gate = Gate()
    for seconds in (0.0, 0.1):
        one_gate.sees(seconds, "")
    one_gate.close(9.0)
    (one,) = one_gate.rejections.all()
    assert (str(one.reason), one.text, one.open) == ("no_text: there is no text in 2 readings", "", False)
    assert one_gate.events == []


def test_a_parked_vehicle_that_appears_again_is_told_already() -> None:
    one_gate = Gate()
    for seconds in (0.0, 0.1, 5.0, 10.5):
        one_gate.sees(seconds, "AB12CDE")
    one_gate.time(20.0)
    for again in range(3):
        one_gate.sees(30.0 + 10 * again, "AB12CDE", track=2 + again)
    (one,) = one_gate.rejections.all()
    assert str(one.reason) == "told_already: parked and told already as AB12CDE"
    assert (one.event, one.times) == ("id1", 3)


def test_a_reading_that_may_be_another_vehicle_is_kept_until_it_is_known() -> None:
    one_gate = Gate()
    for seconds in (0.0, 0.1):
        one_gate.sees(seconds, "AB12CDE")
    one_gate.sees(1.0, reading("XY", 0.6))
    (one,) = one_gate.rejections.all()
    assert str(one.reason) == "doubted: read as XY, 0.36 sure: too little to tell another vehicle from AB12CDE"
    one_gate.sees(2.0, "AB12CDE")
    assert one_gate.rejections.all() == []
