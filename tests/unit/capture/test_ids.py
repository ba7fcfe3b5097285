"""Event ids are UUIDv7."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from cameras import NOON
from marque.capture.ids import uuid7


def test_an_id_says_its_version_and_its_time() -> None:
    one = UUID(uuid7(NOON, bytes(10)))
    assert (one.version, one.variant) == (7, "specified in RFC 4122")
    assert one.int >> 80 == int(NOON.timestamp() * 1000)


def test_ids_of_later_times_sort_later() -> None:
    earlier = uuid7(NOON, b"\xff" * 10)
    assert earlier < uuid7(NOON + timedelta(milliseconds=1), bytes(10))


def test_ids_of_one_instant_differ_by_chance() -> None:
    assert uuid7(NOON, bytes(10)) != uuid7(NOON, b"\1" * 10)
