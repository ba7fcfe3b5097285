"""A camera's vehicles: whose plate is on which, and what is told of those without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import numpy as np
import pytest

from cameras import NOON, FakeClock, FakeReader, FakeSource, Seen, frame, read_as
from gates import gate
from marque.capture import pool as pools
from marque.capture.vehicles import Passings
from marque.capture.visit import Sight
from marque.capture.visits import Surroundings
from marque.config import CameraSettings
from marque.errors import ConfigError, InferenceError
from marque.telemetry import Telemetry
from marque.types import Attribute, Box, Detection, Direction, Frame, Image, PlateEvent, SeenVehicle
from plate_readings import reading

SIZE = (640, 360)
PICTURE = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)


def seen(x: float, width: float = 200, y: float = 60, *, type_: str = "truck", sure: float = 0.9) -> SeenVehicle:
    types = (Attribute(type_, sure), Attribute("other", 1 - sure))
    return SeenVehicle(Detection(Box(x, y, x + width, y + 0.8 * width), 0.9, "vehicle"), types)


def called(attribute: Attribute | None) -> tuple[str, float] | None:
    return (attribute.value, round(attribute.confidence, 3)) if attribute else None


@dataclass
class Yard:
    """A camera whose vehicles and plates the test gives."""

    settings: dict[str, Any] = field(default_factory=dict)
    stills: bool = False
    told: list[tuple[PlateEvent, Mapping[str, bytes]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        ids = count(1)
        outside = Surroundings(read_as, lambda: f"id{next(ids)}", lambda _: None, {"vehicles": "v1"}, "yard")
        camera = CameraSettings.model_validate({"id": "gate", "source": "scene:", "vehicles": True, **self.settings})
        self.passings = Passings(camera, outside, stills=self.stills)

    def sees(self, seconds: float, *found: SeenVehicle, plates: Sequence[Box] = ()) -> None:
        time = NOON + timedelta(seconds=seconds)
        sights = [Sight(n, Detection(box, 0.9), time, 0, SIZE) for n, box in enumerate(plates, 1)]
        self.passings.see(Frame(PICTURE, "gate", time, round(10 * seconds)), found, sights)
        self.told += self.passings.tick(time)

    def passes(self, *, start: float = 0.0, plates: bool = False, **how: Any) -> None:
        """A vehicle crosses the picture in a second."""
        for n in range(6):
            one = seen(40.0 + 40 * n, **how)
            box = one.detection.box
            on_it = [Box(box.x0 + 80, box.y1 - 30, box.x0 + 120, box.y1 - 20)]
            self.sees(start + 0.2 * n, one, plates=on_it if plates else [])

    def until(self, seconds: float) -> None:
        self.told += self.passings.tick(NOON + timedelta(seconds=seconds))

    @property
    def kinds(self) -> list[tuple[float, str]]:
        return [((event.time - NOON).total_seconds(), event.kind.value) for event, _ in self.told]


def test_a_vehicle_without_a_plate_is_new_when_it_is_out_of_sight_and_lost_later() -> None:
    yard = Yard()
    yard.passes()
    yard.sees(2.2)
    yard.until(5.9)
    assert yard.kinds == [(2.2, "new")]
    yard.until(6.1)
    assert yard.kinds == [(2.2, "new"), (6.1, "lost")]
    (new, pictures), (lost, _) = yard.told
    assert (new.id, new.revision, lost.id, lost.revision) == ("id1", 1, "id1", 2)
    assert new.read is None
    assert new.vehicle is not None
    assert called(new.vehicle.type) == ("truck", 0.9)
    assert new.vehicle.color is None  # the picture is grey
    assert set(pictures) == {"frame", "vehicle"}
    assert (new.models, new.site, new.frame_size) == ({"vehicles": "v1"}, "yard", SIZE)
    assert (lost.last_seen - NOON).total_seconds() == 1.0


def test_a_vehicle_whose_plate_is_told_is_no_event_of_its_own() -> None:
    yard = Yard()
    yard.passes(plates=True)
    yard.passings.told({1})
    yard.sees(2.2)
    yard.until(20)
    assert yard.told == []


def test_a_plate_that_was_told_before_its_vehicle_was_found_still_names_it() -> None:
    yard = Yard()
    yard.passings.told({1})
    yard.passes(plates=True)
    yard.sees(2.2)
    yard.until(20)
    assert yard.told == []


def test_a_plate_knows_its_vehicle_as_it_was_in_its_own_frame() -> None:
    yard = Yard()
    yard.passes(plates=True)
    vehicle = yard.passings.of({1}, NOON + timedelta(seconds=0.5))
    assert vehicle is not None
    assert vehicle.box == Box(140, 60, 340, 220)
    assert called(vehicle.type) == ("truck", 0.9)
    assert yard.passings.of({2}, NOON) is None


def test_of_two_vehicles_the_smaller_that_holds_a_plate_carries_it() -> None:
    yard = Yard()
    for n in range(4):
        near, far = seen(100, 300, 20), seen(150, 160, 60, type_="car")
        yard.sees(0.2 * n, near, far, plates=[Box(200, 160, 240, 170)])
    vehicle = yard.passings.of({1}, NOON)
    assert vehicle is not None
    assert called(vehicle.type) == ("car", 0.9)


def test_a_plate_that_was_found_and_never_told_does_not_hide_its_vehicle() -> None:
    yard = Yard()
    yard.passes(plates=True)
    yard.sees(2.2)
    yard.until(6.5)  # its plate may be told yet
    assert yard.told == []
    yard.until(7.1)
    assert yard.kinds == [(7.1, "new"), (7.1, "lost")]


def test_what_does_not_move_passes_nobody() -> None:
    yard = Yard()
    for n in range(10):
        yard.sees(0.2 * n, seen(100))
    yard.sees(5)
    yard.until(20)
    assert yard.told == []


def test_boxes_that_tremble_do_not_move() -> None:
    yard = Yard()
    for n in range(30):
        yard.sees(0.2 * n, seen(100 + 20 * (n % 3), 200 + 25 * (n % 2)))
    yard.sees(9)
    yard.until(20)
    assert yard.told == []


@pytest.mark.parametrize(
    ("how", "settings"),
    [
        ({"width": 100}, {}),
        ({}, {"min_plate_width": 30}),
        ({}, {"zones": [{"name": "left", "polygon": [[0, 0], [0.1, 0], [0.1, 1], [0, 1]]}]}),
    ],
)
def test_vehicles_too_far_to_read_or_out_of_the_zones_are_not_told(
    how: dict[str, Any], settings: dict[str, Any]
) -> None:
    yard = Yard(settings)
    yard.passes(**how)
    yard.sees(2.2)
    yard.until(20)
    assert yard.told == []


def test_two_looks_are_too_few() -> None:
    yard = Yard()
    yard.sees(0, seen(40))
    yard.sees(0.2, seen(160))
    yard.sees(2)
    yard.until(20)
    assert yard.told == []


def test_a_part_of_a_vehicle_is_no_vehicle() -> None:
    yard = Yard()
    for n in range(6):
        x = 20.0 + 30 * n
        yard.sees(0.2 * n, seen(x, 300, 20), seen(x + 20, 150, 60, type_="car"))
    yard.sees(2.2)
    yard.until(20)
    assert [event.vehicle.type.value for event, _ in yard.told if event.vehicle and event.vehicle.type] == ["truck"] * 2


def test_a_vehicle_hidden_for_a_moment_is_one_pass_and_an_update_says_what_changed() -> None:
    yard = Yard()
    yard.passes(type_="car", sure=0.6)
    yard.sees(2.1)
    for n in range(12):
        yard.sees(2.3 + 0.2 * n, seen(300 + 5 * n, 240, type_="van", sure=1.0))
    yard.until(20)
    assert [kind for _, kind in yard.kinds] == ["new", "update", "lost"]
    assert {event.id for event, _ in yard.told} == {"id1"}
    assert yard.told[1][0].changes == {"vehicle_type": ("car", "van")}


def test_the_way_it_drives_is_told_by_its_size() -> None:
    yard = Yard()
    for n in range(8):
        yard.sees(0.2 * n, seen(100, 130 + 20 * n, 20))
    yard.sees(3)
    assert yard.told[0][0].direction is Direction.APPROACHING


def test_of_a_picture_by_itself_one_look_is_enough() -> None:
    yard = Yard(stills=True)
    yard.sees(0, seen(100), seen(380, type_="car"))
    yard.told += yard.passings.close(NOON)
    assert [(event.kind.value, event.id) for event, _ in yard.told] == [
        ("new", "id1"), ("lost", "id1"), ("new", "id2"), ("lost", "id2"),
    ]  # fmt: skip


def test_looks_are_a_few_times_a_second() -> None:
    yard = Yard()
    assert yard.passings.due(NOON)
    yard.sees(0)
    assert not yard.passings.due(NOON + timedelta(seconds=0.1))
    assert yard.passings.due(NOON + timedelta(seconds=0.2))
    assert yard.passings.due(NOON - timedelta(hours=1))  # the clock was set back


def test_in_a_still_picture_vehicles_stay() -> None:
    yard = Yard()
    yard.passes()
    for n in range(60):
        yard.passings.stay(NOON + timedelta(seconds=1 + 0.2 * n))
        yard.until(1 + 0.2 * n)
    assert yard.told == []
    yard.until(19)
    assert [kind for _, kind in yard.kinds] == ["new", "lost"]


def test_a_camera_that_nobody_asked_looks_for_no_vehicles() -> None:
    assert not gate(FakeReader()).seeks(frame(0))
    assert gate(FakeReader(), vehicles="on").seeks(frame(0))


def test_events_of_a_plate_name_its_vehicle() -> None:
    plate, vehicle = Box(20, 30, 50, 38), SeenVehicle(Detection(Box(5, 5, 60, 45), 0.9), (Attribute("car", 0.9),))
    reader = FakeReader({n: [Seen(reading("AB12CDE"), plate)] for n in range(20)})
    camera = gate(reader, vehicles=True)
    told = []
    for one in (frame(n) for n in range(10)):
        wanted = camera.follow(one, reader.detect([one.image])[0], [vehicle] if camera.seeks(one) else None)
        for want, said in zip(wanted, reader.recognize([w.crop for w in wanted]), strict=True):
            told += camera.learn(want, said)
        told += camera.tick(one.time)
    told += camera.close(NOON + timedelta(seconds=2))
    assert [event.kind.value for event, _ in told] == ["new", "lost"]
    for event, _ in told:
        assert event.read is not None
        assert event.vehicle is not None
        assert (event.vehicle.box, called(event.vehicle.type)) == (Box(5, 5, 60, 45), ("car", 0.9))


class Finder:
    """Sees a lorry cross the picture; in ``broken`` calls the network fails."""

    version = "f1"

    def __init__(self, *broken: int) -> None:
        self.calls, self._broken = 0, broken

    def find(self, images: Sequence[Image]) -> list[list[SeenVehicle]]:
        self.calls += 1
        if self.calls in self._broken:
            raise InferenceError("the net failed", hint="Try again.")
        return [[seen(4.0 * self.calls, 34, 5)] for _ in images]


def crossing(monkeypatch: pytest.MonkeyPatch, finder: Finder | None) -> list[PlateEvent]:
    """What a pool tells of three seconds without plates."""
    told: list[PlateEvent] = []
    monkeypatch.setattr(pools, "build_source", lambda *_: FakeSource([[frame(n) for n in range(30)]]))
    camera = {"id": "gate", "source": "scene:", "vehicles": "on", "min_plate_width": 4, "motion_gate": False}
    find = None if finder is None else lambda: finder
    pool = pools.CameraPool(
        [CameraSettings.model_validate(camera)],
        FakeReader,
        lambda event, _: told.append(event),
        FakeClock(),
        Telemetry(),
        finder=find,
    )
    pool.start()
    assert pool.wait(30)
    pool.stop()
    return told


@pytest.mark.parametrize("broken", [(), (3, 4)])
def test_a_pool_looks_five_times_a_second_and_goes_on_where_a_look_fails(
    broken: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    finder = Finder(*broken)
    told = crossing(monkeypatch, finder)
    assert 15 <= finder.calls <= 15 + len(broken)
    assert [(event.kind.value, event.read) for event in told] == [("new", None), ("lost", None)]
    assert told[0].models == {"detector": "d1", "recognizer": "r1", "vehicles": "f1"}


def test_vehicles_where_nothing_finds_them_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="nothing here finds vehicles"):
        crossing(monkeypatch, None)
