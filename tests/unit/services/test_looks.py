"""Who looks on is written down once, and again when that was long ago."""

from __future__ import annotations

import pytest

from cameras import FakeClock
from marque.access.audit import Audit
from marque.access.scopes import everything
from marque.errors import StoreError
from marque.services import looks
from marque.services.looks import LASTS, Looks
from marque.types import AuditEntry

ANNA, BEN = everything("anna"), everything("ben")


class Trail:
    """Keeps what was written down; a ``full`` one cannot."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.full = False

    def add(self, entry: AuditEntry) -> None:
        if self.full:
            raise StoreError("the disk is full")
        self.said.append((entry.principal, entry.target))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def trail() -> Trail:
    return Trail()


@pytest.fixture
def seen(trail: Trail, clock: FakeClock) -> Looks:
    return Looks(Audit(trail, clock), clock)


def test_looking_on_is_one_look(seen: Looks, trail: Trail) -> None:
    for _ in range(3):
        seen.note(ANNA, "camera looked at", "gate")
    assert trail.said == [("anna", "gate")]


def test_another_camera_or_somebody_else_or_elsewhere_is_another_look(seen: Looks, trail: Trail) -> None:
    for who, camera in ((ANNA, "gate"), (ANNA, "yard"), (BEN, "gate"), (everything("anna", "192.0.2.7"), "gate")):
        seen.note(who, "camera looked at", camera)
    assert trail.said == [("anna", "gate"), ("anna", "yard"), ("ben", "gate"), ("anna", "gate")]


def test_a_long_look_is_written_down_again(seen: Looks, trail: Trail, clock: FakeClock) -> None:
    seen.note(ANNA, "camera looked at", "gate")
    clock.seconds = LASTS
    seen.note(ANNA, "camera looked at", "gate")
    assert len(trail.said) == 2


def test_a_look_that_could_not_be_written_down_is_none(seen: Looks, trail: Trail) -> None:
    trail.full = True
    for _ in range(2):
        with pytest.raises(StoreError):
            seen.note(ANNA, "camera looked at", "gate")


def test_it_remembers_a_bounded_number(trail: Trail, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "MOST", 2)
    seen = Looks(Audit(trail, clock), clock)
    for camera in ("a", "b", "c", "c", "a"):
        seen.note(ANNA, "camera looked at", camera)
    assert [camera for _, camera in trail.said] == ["a", "b", "c", "a"]
