"""One camera, step by step: what is looked at, tracked and read."""

from __future__ import annotations

from datetime import timedelta

from cameras import NOON, FakeReader, Seen, frame
from gates import HERE, always, frames, gate, parting, watch
from marque.types import Box, Detection, Direction, Frame
from plate_readings import reading

LEFT = {"name": "left", "polygon": [(0, 0), (0.5, 0), (0.5, 1), (0, 1)]}


def test_the_pictures_of_an_event_are_of_the_frame_that_was_read() -> None:
    reader = always()
    (event, pictures), *_ = watch(gate(reader), reader, frames())
    assert event.best_shot in reader.read
    assert event.frame_size == (64, 48)
    assert set(pictures) == {"frame", "plate"}


def test_plates_out_of_the_zones_are_neither_tracked_nor_read() -> None:
    reader = always(Box(40, 10, 60, 18))
    assert watch(gate(reader, zones=[LEFT]), reader, frames()) == []
    assert reader.read == []


def test_narrow_plates_are_tracked_and_not_read() -> None:
    sizes = {n: Box(10, 10, 14 + 2 * n, 12 + n / 2) for n in range(10)}
    reader = FakeReader({n: [Seen(reading("AB12CDE"), box)] for n, box in sizes.items()})
    camera = gate(reader, min_plate_width=16)
    watch(camera, reader, frames())
    assert min(sizes[n].width for n in reader.read) >= 16
    ((event, _),) = camera.close(NOON + timedelta(seconds=9))
    assert event.direction is Direction.APPROACHING
    assert event.first_seen == NOON


def test_a_weak_detection_starts_nothing_where_the_camera_asks_for_more() -> None:
    reader = FakeReader({n: [Seen(reading("AB12CDE"), HERE, score=0.4)] for n in range(10)})
    assert watch(gate(reader, detection_threshold=0.5), reader, frames()) == []


def test_what_is_no_plate_is_left_alone() -> None:
    reader = always()
    camera = gate(reader)
    assert camera.follow(frame(0), [Detection(HERE, 0.9, kind="car")]) == []


def test_a_still_picture_shows_what_the_last_one_showed() -> None:
    reader = always(count=200)
    camera = gate(reader)
    told = watch(camera, reader, [Frame(frame(0).image, "gate", NOON + timedelta(seconds=n), n) for n in range(60)])
    assert sum(reader.batches) < 12
    assert [event.kind.value for event, _ in told] == ["new"]
    ((lost, _),) = camera.close(NOON + timedelta(seconds=60))
    assert lost.last_seen == NOON + timedelta(seconds=59)
    assert lost.parked


def test_without_the_gate_every_frame_is_looked_at() -> None:
    reader = FakeReader()
    watch(gate(reader, motion_gate=False), reader, [Frame(frame(0).image, "gate", NOON, n) for n in range(10)])
    assert sum(reader.batches) == 10


def test_every_still_is_told_by_itself_whatever_its_time() -> None:
    reader = always()
    pictures = [Frame(one.image, "gate", NOON - timedelta(days=n), n) for n, one in enumerate(frames(3))]
    told = watch(gate(reader, stills=True), reader, pictures)
    assert [event.kind.value for event, _ in told] == ["new", "lost"] * 3
    assert [event.best_shot for event, _ in told] == [0, 0, 1, 1, 2, 2]


def test_a_plate_that_the_pictures_border_cuts_is_not_read() -> None:
    reader = always(Box(10, 40, 40, 47.5))
    assert watch(gate(reader), reader, frames()) == []
    assert reader.read == []


def test_a_still_is_read_even_where_its_border_cuts_the_plate() -> None:
    reader = always(Box(0, 10, 40, 18), count=1)
    assert len(watch(gate(reader, stills=True), reader, frames(1))) == 2


def test_when_the_clock_is_set_back_nothing_waits_for_it() -> None:
    reader = always(count=20)
    back = [Frame(frame(n).image, "gate", NOON + timedelta(seconds=n / 10 - 3600 * (n >= 5)), n) for n in range(20)]
    told = watch(gate(reader), reader, back)
    assert [event.kind.value for event, _ in told] == ["new", "lost", "new"]


def test_what_frames_show_together_is_read_before_the_plate_is_lost() -> None:
    texts = ["A812CDE"] * 4 + ["AB12CDE"] * 2
    blurred = {n: [Seen(reading(text, 0.93), HERE)] for n, text in enumerate(texts)}
    reader = FakeReader(blurred, together=reading("AB12CDE", 0.999))
    camera = gate(reader, motion_gate=False)
    watch(camera, reader, frames(6))
    [(update, _)] = parting(camera, reader)
    assert update.changes["text"] == ("A812CDE", "AB12CDE")
    [(lost, _)] = camera.close(NOON)
    assert lost.read
    assert (lost.read.text, lost.read.readings) == ("AB12CDE", len(reader.read))


def test_what_is_known_well_is_not_read_again() -> None:
    reader = FakeReader({n: [Seen(reading("AB12CDE", 0.999), HERE)] for n in range(6)})
    camera = gate(reader, motion_gate=False)
    watch(camera, reader, frames(6))
    assert camera.parting() == []


def test_a_picture_without_a_text_changes_nothing() -> None:
    reader = FakeReader({n: [Seen(reading("AB12CDE", 0.9), HERE)] for n in range(6)})
    camera = gate(reader, motion_gate=False)
    watch(camera, reader, frames(6))
    assert camera.parting()
    assert parting(camera, reader) == []


def test_a_still_has_no_other_frames() -> None:
    reader = always()
    camera = gate(reader, stills=True)
    camera.follow(frame(0), reader.detect([frame(0).image])[0])
    assert camera.parting() == []
