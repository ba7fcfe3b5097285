"""A picture that many look at is fetched once, shown to those who may see it, and written down for each of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cameras import FakeClock
from event_samples import event
from marque.access.audit import Audit
from marque.access.scopes import everything
from marque.errors import NotFound
from marque.services.pictures import LASTS, SMALL, Pictures
from marque.services.reads import ReadService
from marque.types import AuditEntry, Principal, StoredEvent, Within

ID = event(1).id
ANNA = everything("anna")
BEN = Principal("ben", "user", frozenset({"pictures:view"}), Within(cameras=frozenset({"elsewhere"})))


class Site:
    """A log with two revisions of one pass, its pictures and the audit trail; ``opened`` counts what was fetched."""

    def __init__(self) -> None:
        first = replace(event(1), images={"plate": "small", "frame": "large"})
        self.log = [first, replace(first, revision=2, images={"frame": "large"})]
        self.bytes = {"small": b"crop", "large": b"f" * (SMALL + 1)}
        self.opened: list[str] = []
        self.trail: list[tuple[str, str]] = []

    def revisions(self, event_id: str) -> list[StoredEvent]:
        return [StoredEvent(n, one) for n, one in enumerate(self.log) if one.id == event_id]

    def open(self, digest: str) -> bytes:
        self.opened.append(digest)
        if digest not in self.bytes:
            raise NotFound("it is gone")
        return self.bytes[digest]

    def add(self, entry: AuditEntry) -> None:
        self.trail.append((entry.principal, entry.detail["picture"]))


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def pictures(site: Site, clock: FakeClock) -> Pictures:
    audit = Audit(site, clock)
    return Pictures(ReadService(site, site, audit), site, audit, clock)  # type: ignore[arg-type]


def shown(pictures: Pictures, who: Principal, name: str = "plate", revision: int | None = 1) -> bytes:
    return pictures.open(who, pictures.find(who, ID, name, revision))


def test_a_crop_is_fetched_once_for_all_who_look(pictures: Pictures, site: Site) -> None:
    carl = everything("carl")
    assert [shown(pictures, who) for who in (ANNA, carl, ANNA)] == [b"crop"] * 3
    assert site.opened == ["small"]
    assert site.trail == [("anna", "plate"), ("carl", "plate")]


def test_a_frame_is_too_large_to_keep(pictures: Pictures, site: Site) -> None:
    for _ in range(2):
        shown(pictures, ANNA, "frame")
    assert site.opened == ["large", "large"]


def test_the_newest_revision_that_has_it_is_shown(pictures: Pictures, site: Site) -> None:
    assert shown(pictures, ANNA, "plate", None) == b"crop"
    site.log.append(replace(site.log[0], revision=3, images={"plate": "large"}))
    assert shown(pictures, ANNA, "plate", None) == site.bytes["large"]


def test_who_may_not_see_the_camera_sees_no_picture_that_another_saw(pictures: Pictures, site: Site) -> None:
    shown(pictures, ANNA)
    with pytest.raises(NotFound, match="there is no such event"):
        shown(pictures, BEN)
    assert site.trail == [("anna", "plate")]


def test_what_was_deleted_is_gone_after_a_minute(pictures: Pictures, site: Site, clock: FakeClock) -> None:
    shown(pictures, ANNA)
    site.log.clear()
    clock.seconds += LASTS
    with pytest.raises(NotFound, match="there is no such event"):
        shown(pictures, ANNA)


def test_a_revision_without_it_says_so(pictures: Pictures) -> None:
    with pytest.raises(NotFound, match="this event has no picture 'plate'"):
        shown(pictures, ANNA, "plate", 2)
