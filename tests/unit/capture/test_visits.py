"""From sights and readings to new, update and lost."""

from __future__ import annotations

from datetime import timedelta

from cameras import NOON
from gates import Gate
from marque.capture.visit import KEPT_PICTURES
from marque.types import Direction, EventClass, EventKind
from plate_readings import reading


def test_two_agreeing_readings_make_a_new_event() -> None:
    gate = Gate()
    gate.sees(0.0, "AB12CDE")
    assert gate.told == []
    gate.sees(0.1, "AB12CDE")
    assert gate.told == [("id1", 1, "new", "AB12CDE")]


def test_lookalikes_agree() -> None:
    gate = Gate({"min_readings": 3})
    for n, text in enumerate(("AB12CDO", "AB12CDO", "AB12CD0")):
        gate.sees(n / 10, text)
    assert len(gate.told) == 1


def test_a_single_picture_needs_one_reading_only() -> None:
    gate = Gate(stills=True)
    gate.sees(0.0, "AB12CDE")
    gate.close(0.0)
    assert [kind for _, _, kind, _ in gate.told] == ["new", "lost"]


def test_lost_comes_once_lost_after_has_passed() -> None:
    gate = Gate({"lost_after": 5})
    for t in (0.0, 0.1, 2.0):
        gate.sees(t, "AB12CDE")
    gate.time(6.9)
    assert len(gate.told) == 1
    gate.time(7.0)
    gate.time(30.0)
    assert gate.told[1:] == [("id1", 2, "lost", "AB12CDE")]
    lost = gate.events[-1]
    assert lost.last_seen == NOON + timedelta(seconds=2)
    assert lost.time == NOON + timedelta(seconds=7)


def test_one_overconfident_frame_does_not_outvote_two() -> None:
    gate = Gate()
    gate.sees(0.0, reading("XX99XXX", 1.0), sharp=1.0)
    gate.sees(0.1, reading("AB12CDE", 0.93), sharp=0.4)
    gate.sees(0.2, reading("AB12CDE", 0.93), sharp=0.4)
    gate.close(1.0)
    assert [e.read.text for e in gate.events if e.read] == ["AB12CDE"] * len(gate.events)


def test_an_update_says_what_changed_from_what() -> None:
    gate = Gate()
    for t in (0.0, 0.1):
        gate.sees(t, reading("AB12CDF", 0.95), sharp=0.3)
    for n, t in enumerate((0.2, 0.3, 0.4, 0.5)):
        gate.sees(t, reading("AB12CDE", 0.95), sharp=0.4 * 1.2**n)
    updates = [e for e in gate.events if e.kind is EventKind.UPDATE]
    assert updates[0].changes["text"] == ("AB12CDF", "AB12CDE")
    assert [e.revision for e in gate.events] == list(range(1, len(gate.events) + 1))


def test_a_rising_confidence_class_is_an_update() -> None:
    gate = Gate()
    for t in (0.0, 0.1):
        gate.sees(t, reading("AB12CDE", 0.96), sharp=0.2)
    for n, t in enumerate((0.2, 0.3, 0.4, 0.5, 0.6)):
        gate.sees(t, reading("AB12CDE", 0.999), sharp=0.25 * 1.2**n)
    assert gate.events[1].changes == {"confidence_class": ("medium", "high")}


def test_once_a_sure_text_was_told_only_clearer_crops_are_read() -> None:
    gate = Gate()
    sure = reading("AB12CDE", 0.999)
    asked = [gate.sees(n / 10, sure, sharp=0.5) for n in range(20)]
    assert asked == [True, True] + [False] * 18
    assert gate.sees(2.0, sure, sharp=0.6)
    assert gate.sees(2.1, sure, sharp=0.6, width=140)


def test_a_told_text_that_is_not_sure_is_read_on_at_intervals_up_to_half_the_budget() -> None:
    gate = Gate({"ocr_budget": 12})
    asked = [gate.sees(n / 10, reading("AB12CDE", 0.97), sharp=0.5) for n in range(20)]
    assert len(gate.told) == 1
    assert [n for n, wanted in enumerate(asked) if wanted] == [0, 1, 2, 4, 6, 8]


def test_a_track_never_costs_more_than_its_budget() -> None:
    gate = Gate({"ocr_budget": 6})
    asked = [gate.sees(n / 10, f"AB{n:02}CDE", sharp=0.01 * 1.2**n) for n in range(20)]
    assert sum(asked) == 6


def test_half_the_budget_waits_for_clearer_crops() -> None:
    gate = Gate({"ocr_budget": 6})
    asked = [gate.sees(n / 10, f"AB{n:02}CDE", sharp=0.3) for n in range(20)]
    assert sum(asked) == 3
    assert gate.sees(2.1, "AB12CDE", sharp=0.5)


def test_a_fragment_with_the_same_text_joins_the_visit() -> None:
    gate = Gate()
    for t in (0.0, 0.1):
        gate.sees(t, "AB12CDE", track=1)
    for t in (2.0, 2.1):
        gate.sees(t, "AB12CDE", track=2, x=700)
    gate.close(3.0)
    assert gate.told == [("id1", 1, "new", "AB12CDE"), ("id1", 2, "lost", "AB12CDE")]


def test_readings_of_fragments_add_up() -> None:
    gate = Gate()
    gate.sees(0.0, "AB12CDE", track=1)
    gate.sees(0.5, "AB12CDE", track=2)
    assert gate.told == [("id1", 1, "new", "AB12CDE")]
    assert gate.events[0].track == 1


def test_an_unsure_fragment_nearby_joins_where_the_text_is_alike() -> None:
    gate = Gate()
    for t in (0.0, 0.1):
        gate.sees(t, "AB12CDE", track=1)
    gate.sees(1.0, "AB12CDF", track=2, x=350)
    gate.close(3.0)
    assert [kind for _, _, kind, _ in gate.told] == ["new", "lost"]


def test_two_sure_texts_that_differ_are_two_vehicles() -> None:
    gate = Gate()
    for t in (0.0, 0.1):
        gate.sees(t, "AB12CDE", track=1)
    for t in (1.0, 1.1):
        gate.sees(t, "AB12CDF", track=2)
    assert [e.id for e in gate.events] == ["id1", "id2"]


def test_a_far_fragment_with_another_text_is_another_vehicle() -> None:
    gate = Gate()
    for t in (0.0, 0.1):
        gate.sees(t, "AB12CDE", track=1)
    gate.sees(1.0, "AB12CDF", track=2, x=1100)
    gate.close(3.0)
    assert [e.id for e in gate.events if e.event_class is EventClass.QUARANTINE] == ["id2"]


def test_a_vehicle_that_stays_is_told_once() -> None:
    gate = Gate()
    for n in range(600):
        gate.sees(n, "AB12CDE")
        gate.time(n)
    gate.close(600)
    assert [kind for _, _, kind, _ in gate.told] == ["new", "lost"]
    assert gate.events[-1].parked


def test_a_parked_vehicle_seen_again_keeps_its_event() -> None:
    gate = Gate({"lost_after": 5, "reappear_after": 60})
    for n in range(20):
        gate.sees(n, "AB12CDE", track=1)
    gate.time(30)
    gate.sees(70, reading("AB12CDF", 0.9), track=2, x=310)
    gate.time(80)
    assert [(e.id, e.kind.value) for e in gate.events] == [("id1", "new"), ("id1", "lost"), ("id1", "lost")]
    assert gate.events[-1].first_seen == NOON


def test_after_a_long_absence_a_parked_vehicle_is_new_again() -> None:
    gate = Gate({"reappear_after": 60})
    for n in range(20):
        gate.sees(n, "AB12CDE", track=1)
    gate.time(90)
    for t in (100, 101):
        gate.sees(t, "AB12CDE", track=2)
    assert [(e.id, e.kind.value) for e in gate.events] == [("id1", "new"), ("id1", "lost"), ("id2", "new")]


def test_a_vehicle_that_passes_again_is_new_again() -> None:
    gate = Gate()
    for t in (0.0, 0.1):
        gate.sees(t, "AB12CDE", track=1)
    gate.time(10)
    for t in (20.0, 20.1):
        gate.sees(t, "AB12CDE", track=2)
    assert [(e.id, e.kind.value) for e in gate.events] == [("id1", "new"), ("id1", "lost"), ("id2", "new")]


def test_a_short_text_is_quarantined_with_its_reason() -> None:
    gate = Gate()
    for t in (0.0, 0.1):
        gate.sees(t, "AB")
    (event,) = gate.events
    assert (event.kind, event.event_class) == (EventKind.NEW, EventClass.QUARANTINE)
    assert event.reason == "too_short: 2 characters, at least 4 are expected"


def test_a_single_character_is_counted_as_one() -> None:
    gate = Gate()
    for t in (0.0, 0.1):
        gate.sees(t, "A")
    assert [event.reason for event in gate.events] == ["too_short: 1 character, at least 4 are expected"]


def test_doubtful_text_without_a_format_is_quarantined() -> None:
    gate = Gate()
    for t in (0.0, 0.1):
        gate.sees(t, reading("C00DX", 0.93))
    assert str(gate.events[0].reason).startswith("no_format: ")


def test_impossible_shapes_are_quarantined() -> None:
    tall, wide = Gate(), Gate()
    for t in (0.0, 0.1):
        tall.sees(t, "AB12CDE", width=30, height=90)
        wide.sees(t, "AB12CDE", x=10, width=1200, height=250)
    assert str(tall.events[0].reason).startswith("geometry: ")
    assert str(wide.events[0].reason).startswith("geometry: ")


def test_what_was_never_confirmed_is_told_once_as_quarantine() -> None:
    gate = Gate()
    gate.sees(0.0, "AB12CDE")
    gate.time(10)
    gate.time(20)
    (event,) = gate.events
    assert (event.kind, event.revision, event.event_class) == (EventKind.LOST, 1, EventClass.QUARANTINE)
    assert event.reason == "unconfirmed: 1 of 2 readings agree"


def test_an_unsure_text_is_not_announced() -> None:
    gate = Gate({"recognition_threshold": 0.9})
    for t in (0.0, 0.1):
        gate.sees(t, reading("AB12CDE", 0.97))
    gate.close(1.0)
    assert [e.kind for e in gate.events] == [EventKind.LOST]
    assert str(gate.events[0].reason).startswith("low_confidence: 0.81")


def test_plates_without_text_are_counted_with_a_reason() -> None:
    gate = Gate()
    gate.sees(0.0, reading(""), track=1)
    gate.sees(0.0, None, track=2, x=800)
    gate.close(1.0)
    assert gate.events == []
    assert gate.dropped == ["no_text", "not_read"]


def test_a_quarantined_read_can_recover() -> None:
    gate = Gate()
    for t in (0.0, 0.1):
        gate.sees(t, reading("AB12", 0.94), sharp=0.2)
    for n, t in enumerate((0.2, 0.3, 0.4, 0.5)):
        gate.sees(t, "AB12CDE", sharp=0.3 * 1.2**n)
    assert gate.events[0].event_class is EventClass.QUARANTINE
    assert gate.events[-1].event_class is EventClass.NORMAL
    assert any(e.changes.get("event_class") == ("quarantine", "normal") for e in gate.events)


def test_the_best_shot_is_the_sharpest_frame_that_says_the_final_text() -> None:
    gate = Gate()
    gate.sees(0.0, "AB12CDE", sharp=0.3)
    gate.sees(0.1, "AB12CDE", sharp=0.4)
    gate.sees(0.2, reading("AB12CDF", 0.9), sharp=0.9)
    gate.close(1.0)
    assert gate.events[-1].best_shot == 1
    assert gate.pictures[-1] == {"frame": b"1"}


def test_pictures_are_encoded_only_when_they_are_the_best_so_far() -> None:
    gate = Gate({"min_readings": 5})
    for n, sharp in enumerate((0.5, 0.4, 0.3, 0.6)):
        gate.sees(n / 10, "AB12CDE", sharp=sharp)
    assert gate.encoded == 2


def test_pictures_of_a_few_texts_are_kept() -> None:
    gate = Gate({"ocr_budget": 12, "min_readings": 3})
    for n in range(6):
        gate.sees(n / 10, f"AB1{n}CDE")
    (visit,) = gate.visits._visits
    assert sum(bool(shot.pictures) for shot in visit.shots) == KEPT_PICTURES


def test_growing_plates_approach_and_shrinking_ones_recede() -> None:
    for widths, expected in (
        (range(60, 160, 10), Direction.APPROACHING),
        (range(160, 60, -10), Direction.RECEDING),
        ([100] * 10, Direction.UNKNOWN),
    ):
        gate = Gate()
        for n, width in enumerate(widths):
            gate.sees(n / 10, "AB12CDE", width=width)
        gate.close(5.0)
        assert gate.events[-1].direction is expected


def test_an_event_names_the_zone_of_its_best_shot() -> None:
    polygon = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]
    gate = Gate({"zones": [{"name": "lane 1", "polygon": polygon}]})
    for t in (0.0, 0.1):
        gate.sees(t, "AB12CDE")
    assert gate.events[0].zone == "lane 1"


def test_a_parked_vehicle_that_cannot_be_read_well_is_told_while_it_stays() -> None:
    gate = Gate()
    for n in range(20):
        gate.sees(n, ("AB12CDE", "XY98ZZZ", None)[min(n, 2)])
        gate.time(n)
    (event,) = gate.events
    assert (event.kind, event.event_class) == (EventKind.NEW, EventClass.QUARANTINE)
    assert event.parked


def test_two_plates_side_by_side_are_two_vehicles() -> None:
    gate = Gate()
    for t in (0.0, 0.1, 0.2):
        gate.sees(t, "AB12CDE", track=1)
        gate.sees(t, "AB12CDF" if t == 0.0 else None, track=2, x=500)
    gate.close(1.0)
    assert {e.id for e in gate.events} == {"id1", "id2"}


def test_a_trusted_read_stays_trusted_when_a_blurred_reading_lowers_it() -> None:
    gate = Gate({"recognition_threshold": 0.9})
    for t in (0.0, 0.1):
        gate.sees(t, "AB12CDE", sharp=0.2)
    for n in range(4):
        gate.sees(1 + n, reading("AB12CDE", 0.97), sharp=0.25 * 1.2**n)
    assert gate.events[-1].read is not None
    assert gate.events[-1].read.confidence < 0.9
    assert {e.event_class for e in gate.events} == {EventClass.NORMAL}


def test_another_vehicle_that_the_tracker_takes_for_the_last_one_is_told_by_itself() -> None:
    gate = Gate()
    for t in (0.0, 0.1):
        gate.sees(t, "AB12CDE")
    for t in (0.6, 0.7, 0.8):
        gate.sees(t, "7654XYZ")
    gate.close(1.0)
    assert [(e.id, e.kind.value, e.read.text) for e in gate.events if e.read] == [
        ("id1", "new", "AB12CDE"),
        ("id2", "new", "7654XYZ"),
        ("id1", "lost", "AB12CDE"),
        ("id2", "lost", "7654XYZ"),
    ]


def test_a_plate_that_was_out_of_sight_is_read_once_more() -> None:
    gate = Gate()
    asked = [gate.sees(t, reading("AB12CDE", 0.999)) for t in (0.0, 0.1, 0.2, 0.8, 0.9)]
    assert asked == [True, True, False, True, False]


def test_another_vehicle_is_told_even_when_it_is_first_read_badly() -> None:
    gate = Gate()
    for t in (0.0, 0.1):
        gate.sees(t, "AB12CDE")
    for n, sure in enumerate((0.7, 0.7, 0.99, 0.99)):
        gate.sees(0.6 + n, reading("7654XYZ", sure))
    gate.close(5.0)
    assert [(e.id, e.kind.value) for e in gate.events] == [
        ("id1", "new"),
        ("id2", "new"),
        ("id1", "lost"),
        ("id2", "lost"),
    ]
    assert {e.read.text for e in gate.events if e.read and e.id == "id1"} == {"AB12CDE"}


def test_a_plate_that_shrank_and_grows_again_is_read_once_more() -> None:
    gate = Gate()
    sure, widths = reading("AB12CDE", 0.999), (100, 90, 60, 40, 30, 32, 40, 48, 50)
    asked = [gate.sees(n / 10, sure, width=width) for n, width in enumerate(widths)]
    assert asked == [True, True, False, False, False, False, False, True, False]
